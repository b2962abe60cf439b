"""Heat bath of any discrete model with any couplings, a factor for each bond."""

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.kernels.weighted import sweep_weighted
from spinlens.physics.masks import along_pole
from spinlens.physics.spaces import index_states
from spinlens.physics.systems import System, pair_table


def update_weighted(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Heat bath of any discrete model, site after site, whatever the bonds' factors. In place; spins (count, sites).

    1. The energy of every state of the site is summed over its four bonds, each times its factor.
    2. The new state is drawn from their Boltzmann weights.

    Raises InputError as `checks.check_batch`.
    """
    temperature = check_batch(system, spins, temperature, sweeps, fields=True)
    space, bonds = system.model.space, system.bonds
    seen = [space.across(space.states, np.array(turn)) if bonds.turns.any() else space.states for turn in (-1, 0, 1)]
    across = np.stack([index_states(space, states) for states in seen]).astype(np.uint8)
    fixed = bonds.neighbour, bonds.turns, bonds.strength, across
    energies = pair_table(system.model), np.asarray(system.model.site_energy(space.states), np.float64)
    unit, order = system.model.scale, system.free_sites
    index = index_states(space, spins).astype(np.uint8)
    with np.errstate(divide="ignore", over="ignore"):
        beta = unit / temperature
    streams = rng.integers(0, 2**64, (len(spins), 4), dtype=np.uint64)
    scaled = energies[0] / unit, energies[1] / unit, *pull_of(system)
    for some, turns in slices(len(spins), sweeps, system.lattice.sites):
        sweep_weighted(index[some], *fixed, *scaled, order, beta[some], turns, streams[some])
    spins[:] = space.states[index]


def pull_of(system: System) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(fields (sites,) in the unit of the model, what they couple to in each state (states,))."""
    if system.pull is None:
        return np.zeros(system.lattice.sites), np.zeros(len(system.model.space.states))
    return system.pull / system.model.scale, along_pole(system.model.space)
