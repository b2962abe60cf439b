"""Every updater on every boundary: all states of tiny lattices counted and held against Boltzmann.

A G test over 2 x 20 x 1024 snapshots, rare states pooled to an expectation of about 10. Below 4000 tests run, each at a
level of 1e-6: right kernels fail somewhere with a probability below 4e-3, and the seeds are fixed.
"""

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike
from scipy.stats import chi2

from conftest import edge_pairs
from spinlens import Ising, Square, System, energy, get_boundary, get_system
from spinlens.montecarlo.kernels import simd
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.montecarlo.updaters.bits import Lanes, metropolis, update_heat_bath, update_metropolis
from spinlens.montecarlo.updaters.clusters import update_clusters, update_wolff
from spinlens.montecarlo.updaters.exchange import update_exchange
from spinlens.montecarlo.updaters.shifts import update_shifts
from spinlens.physics.boundary import EDGES
from spinlens.physics.exact.density import boltzmann
from spinlens.physics.exact.enumeration import enumerate_states

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
    "exchange": update_exchange,
}
LADDER = {"exchange": (1.0, 0.75, 1.3, 1.7)}  # lanes side by side at so many times TEMPERATURE


def count_states(
    system: System, update: Callable, seed: int, temperature: ArrayLike = TEMPERATURE, start: Callable = random_start
) -> np.ndarray:
    """Times each state was seen; temperature: of all lanes, or one a lane, then (temperatures, states), rising."""
    rng, free = np.random.default_rng(seed), system.free_sites
    spins, lanes = start(system, LANES, rng), np.broadcast_to(temperature, LANES)
    levels, row = np.unique(lanes, return_inverse=True)
    update(system, spins, lanes, 2 * GAP, rng)
    counts = np.zeros((len(levels), 2**free.size), int)
    for _ in range(SNAPSHOTS):
        update(system, spins, lanes, GAP, rng)
        np.add.at(counts, (row, ((spins[:, free] > 0) << np.arange(free.size)).sum(1)), 1)
    return counts if np.ndim(temperature) else counts[0]


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
    temperatures = TEMPERATURE * np.array(sorted(LADDER.get(updater, (1.0,))))
    lanes = np.resize(temperatures, LANES)
    for seed in (0, 1):
        counts = count_states(system, UPDATERS[updater], seed, lanes)
        assert min(g_test(system, c, t) for c, t in zip(counts, temperatures, strict=True)) > LEVEL


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
    system, lanes = get_system("ising-periodic", 3), np.where(np.arange(LANES) % 3 == 0, 1.8, 4.5)
    cold, hot = sum(count_states(system, update_metropolis, seed, lanes) for seed in range(3))
    assert g_test(system, cold, 1.8) > LEVEL
    assert g_test(system, hot, 4.5) > LEVEL


def test_a_swap_that_ignores_energies_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The power of the exchange test: with all energies taken for equal every swap is accepted."""
    equal = "spinlens.montecarlo.updaters.exchange.replica_energies"
    monkeypatch.setattr(equal, lambda system, spins: np.zeros(len(spins)))
    system, lanes = get_system("ising-periodic", 3), np.resize([2.1, 2.8, 3.5], LANES)
    counts = sum(count_states(system, update_exchange, seed, lanes)[1] for seed in range(3))
    assert g_test(system, counts, 2.8) < LEVEL
