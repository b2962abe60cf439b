"""Every updater on every boundary: all states of tiny lattices counted and held against Boltzmann.

A G test over 2 x 20 x 1024 snapshots, rare states pooled to an expectation of 10. Below 2000 tests run, each at a level
of 1e-6: a right kernel fails somewhere with a probability below 2e-3, and the seeds are fixed.
"""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import chi2

from conftest import edge_pairs
from spinlens import Ising, Square, System, energy, get_boundary, get_system
from spinlens.montecarlo import simd
from spinlens.montecarlo.clusters import update_clusters, update_wolff
from spinlens.montecarlo.shifts import update_shifts
from spinlens.montecarlo.singlespin import Lanes, metropolis, update_heat_bath, update_metropolis
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.physics.boundary import EDGES
from spinlens.physics.exact import boltzmann, enumerate_states

LEVEL = 1e-6
TEMPERATURE = 2.8
LANES, SNAPSHOTS, GAP = 1024, 20, 15


def update_shifts_and_heat_bath(system, spins, temperature, sweeps, rng) -> None:
    """Shifts alone do not reach every state."""
    for _ in range(3):
        update_shifts(system, spins, temperature, sweeps, rng)
        update_heat_bath(system, spins, temperature, -(-sweeps // 3), rng)


UPDATERS = {
    "metropolis": update_metropolis,
    "heat-bath": update_heat_bath,
    "clusters": update_clusters,
    "wolff": update_wolff,
    "shifts": update_shifts_and_heat_bath,
}


def count_states(
    system: System, update: Callable, seed: int, temperature: float = TEMPERATURE, start: Callable = random_start
) -> np.ndarray:
    rng, free = np.random.default_rng(seed), system.free_sites
    spins, lanes = start(system, LANES, rng), np.full(LANES, temperature)
    update(system, spins, lanes, 2 * GAP, rng)
    counts = np.zeros(2**free.size, int)
    for _ in range(SNAPSHOTS):
        update(system, spins, lanes, GAP, rng)
        counts += np.bincount(((spins[:, free] > 0) << np.arange(free.size)).sum(1), minlength=counts.size)
    return counts


def g_test(system: System, counts: np.ndarray, temperature: float = TEMPERATURE) -> float:
    """p-value of the counts (in the order of enumerate_states) under Boltzmann weights."""
    expected = boltzmann(energy(system, enumerate_states(system)), temperature) * counts.sum()
    order = np.argsort(expected)
    group = (np.cumsum(expected[order]) // 10).astype(int)
    group = np.unique(group, return_inverse=True)[1]
    seen, wanted = np.bincount(group, counts[order]), np.bincount(group, expected[order])
    g = 2 * (seen * np.log(np.where(seen > 0, seen, 1) / wanted)).sum()
    return float(chi2.sf(g, len(wanted) - 1)) if len(wanted) > 1 else 1.0


def systems() -> list[System]:
    found = []
    for shape, (vertical, horizontal) in itertools.product(((3, 3), (2, 4)), edge_pairs()):
        for J, B in ((1.0, 0.0), (-0.8, 0.3)):
            if shape[0] > 2 or not EDGES[vertical].pins:  # two pinned rows are all pinned
                found.append(System(Ising(J, B), Square(*shape), get_boundary(vertical, horizontal)))
    return [*found, get_system("ising-skewed", (4, 3)), get_system("ising-skewed-frame", 4)]


def label(system: System) -> str:
    edges, model = system.boundary, system.model
    return f"{system.lattice.rows}x{system.lattice.columns}-{edges.vertical.name}-{edges.horizontal.name}-B{model.B}"


def cases() -> list:
    """Every system with every updater; shifts only where one direction is pinned, for elsewhere they do nothing."""
    return [
        pytest.param(system, name, id=f"{label(system)}-{name}")
        for system, name in itertools.product(systems(), UPDATERS)
        if name != "shifts" or bool(system.boundary.vertical.pins) != bool(system.boundary.horizontal.pins)
    ]


@pytest.mark.parametrize(("system", "updater"), cases())
def test_states_appear_with_their_boltzmann_weights(system: System, updater: str) -> None:
    """Breaks with any wrong probability, neighbour, sign, seam, pinned spin or random bit; both seeds must pass."""
    p_values = [g_test(system, count_states(system, UPDATERS[updater], seed)) for seed in (0, 1)]
    assert min(p_values) > LEVEL


def update_in_order(system, spins, temperature, sweeps, rng) -> None:
    """Metropolis site after site: what other packages shipped, and what must not pass."""
    for some in np.split(np.arange(LANES), LANES // simd.LANES):
        lanes = Lanes(system, spins[some], temperature[some], metropolis, rng)
        lanes.visit(np.tile(system.free_sites, sweeps))
        spins[some] = lanes.spins()


def test_ordered_metropolis_fails() -> None:
    """The power of the test above: in typewriter order 8 of the 512 states of 3 x 3 never come up from the others."""
    system = get_system("ising-periodic", 3)
    states = enumerate_states(system)
    energies, reached, before = energy(system, states), {511}, set()
    while reached != before:  # all that sweeps lead to from all up, both outcomes where the energy rises
        before, now = set(reached), set(reached)
        for site in range(9):
            stay = {k for k in now if energies[k ^ (1 << site)] > energies[k]}
            now = stay | {k ^ (1 << site) for k in now}
        reached |= now
    lost = sorted(set(range(512)) - reached)
    assert len(lost) == 8
    counts = sum(count_states(system, update_in_order, seed, start=ordered_start) for seed in range(3))
    assert counts[lost].sum() == 0
    assert (boltzmann(energies, TEMPERATURE) * counts.sum())[lost].sum() > 100, "they should have been seen"
    assert g_test(system, counts) < LEVEL


def test_a_slightly_wrong_temperature_fails() -> None:
    """The power of the test against small errors: two percent in T shows."""
    system = get_system("ising-periodic", 3)
    counts = sum(count_states(system, update_metropolis, seed, temperature=1.02 * TEMPERATURE) for seed in range(6))
    assert g_test(system, counts) < LEVEL


def test_each_lane_has_its_own_temperature() -> None:
    """Breaks when digit planes are mixed up between lanes: hot and cold lanes interleaved, each group tested."""
    system, rng = get_system("ising-periodic", 3), np.random.default_rng(5)
    lanes = np.where(np.arange(LANES) % 3 == 0, 1.8, 4.5)
    spins = random_start(system, LANES, rng)
    counts = np.zeros((2, 512), int)
    for _ in range(60):
        update_metropolis(system, spins, lanes, 4 * GAP, rng)
        index = ((spins > 0) << np.arange(9)).sum(1)
        for k, temperature in enumerate((1.8, 4.5)):
            counts[k] += np.bincount(index[lanes == temperature], minlength=512)
    assert g_test(system, counts[0], 1.8) > LEVEL
    assert g_test(system, counts[1], 4.5) > LEVEL
