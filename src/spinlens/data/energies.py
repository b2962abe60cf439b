"""Densities of states from simulated energies, for systems that nobody has solved."""

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.clusters import update_clusters
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.replicas import generator
from spinlens.montecarlo.reweighting import density_of_states_from
from spinlens.montecarlo.shifts import update_shifts
from spinlens.montecarlo.singlespin import update_metropolis
from spinlens.physics.systems import System, energy

REPLICAS, TEMPERATURES = 1024, 128
MEASUREMENTS = 24
BLOCKS = REPLICAS // TEMPERATURES


def estimated_density_of_states(
    system: System, grid: NDArray[np.float64], seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(levels, ln g): ln g (1 + BLOCKS, levels) from all replicas, then from independent blocks of them.

    Replicas at equilibrium on a fine grid of temperatures, measured MEASUREMENTS times and joined by multi-histogram
    reweighting (Ferrenberg and Swendsen, Phys. Rev. Lett. 63, 1195 (1989)). Good from
    max(grid[0], |J| / 10) to grid[-1]; below lie ground states alone.
    """
    low = max(grid[0], 0.1 * abs(system.model.J))
    if grid[-1] <= low:
        raise InputError("temperature", float(grid[-1]), f"a highest temperature above {low:g}")
    temperature = np.tile(np.linspace(low, grid[-1], TEMPERATURES), BLOCKS)
    rng = generator(system, seed, (0, 0, 103))
    spins = Equilibrium().run(system, temperature, rng)
    energies = np.empty((MEASUREMENTS, REPLICAS))
    for k in range(MEASUREMENTS):
        update_metropolis(system, spins, temperature, 20, rng)
        update_shifts(system, spins, temperature, 1, rng)
        update_clusters(system, spins, temperature, 2, rng)
        energies[k] = energy(system, spins.reshape(-1, *system.lattice.shape))
    levels, index = np.unique(np.round(energies, 9), return_inverse=True)
    index = index.reshape(energies.shape)
    blocks = np.arange(REPLICAS) // TEMPERATURES
    chosen = [np.ones(REPLICAS, bool), *(blocks == b for b in range(BLOCKS))]
    return levels, np.stack([density_of_states_from(levels, index[:, c], temperature[c]) for c in chosen])
