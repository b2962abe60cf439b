"""Numbers of kinks of simulated worldlines, for densities of a quantum system over its transverse field."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.quantum import QuantumSimulation
from spinlens.physics.control import Control, Group
from spinlens.physics.models.transverse_ising import require_quantum
from spinlens.physics.systems import System

GAP = 2  # sweeps between two measurements
MAX_KINKS = 100_000  # beyond, histograms of neighbouring fields hardly overlap, and half an hour passes
Progress = Callable[[int, int, str], None]


def check_kinks(system: System, group: Group) -> None:
    """Raises InputError where worldlines have more than MAX_KINKS kinks at the field of a group, gamma / T a spin."""
    kinks = system.lattice.spins * require_quantum(group.system.model).gamma / float(group.temperature[0])
    if kinks > MAX_KINKS:
        expected = f"one with at most {MAX_KINKS} kinks, N gamma / T, where p(kinks | gamma) is simulated"
        raise InputError("size", f"{' x '.join(map(str, system.lattice.shape))} with {kinks:.0f}", expected)


def lowest(control: Control, grid: NDArray[np.float64]) -> float:
    """The lowest field to simulate in place of 0, where hardly a worldline has a kink: N gamma^2 / |J| T is 1."""
    group = control.groups(grid[-1:])[0]
    still = np.sqrt(control.system.model.scale * group.temperature[0] / control.system.lattice.spins)
    return float(grid[0]) if grid[0] > 0 else float(min(still, 0.01 * grid[-1]))


def measure_kinks(
    control: Control, group: Group, rng: np.random.Generator, count: int, progress: Progress | None
) -> NDArray[np.float64]:
    """(count, replicas): numbers of kinks of the replicas of a group at equilibrium, GAP sweeps apart."""
    simulation = QuantumSimulation(group.system, group.temperature, Equilibrium(), rng)
    settling, gap = simulation.rounds * simulation.sweeps, -(-GAP * simulation.sweeps // 10)
    total, measured = settling + gap * count, np.empty((count, len(group.temperature)))
    for k in range(simulation.rounds):
        _tell(progress, k * simulation.sweeps, total)
        simulation.advance()
    for k in range(count):
        _tell(progress, settling + gap * k, total)
        simulation.update(gap)
        measured[k] = simulation.kinks()
    _tell(progress, total, total)
    return measured


def _tell(progress: Progress | None, done: int, total: int) -> None:
    if progress:
        progress(done, total, "simulating kinks")
