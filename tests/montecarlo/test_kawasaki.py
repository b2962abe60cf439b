"""Kawasaki dynamics: in every sector the states counted against Boltzmann's weights within it.

A sector is what exchange conserves: how many free sites hold each state. Lanes are shared out among the sectors, and
the G statistics of the sectors add up; below 200 tests run, each at a level of 1e-6.
"""

import itertools

import numpy as np
import pytest
from scipy.stats import chi2

from spinlens import BlumeCapel, Ising, Potts, Square, System, energy, get_boundary
from spinlens.montecarlo.protocols import Quench
from spinlens.montecarlo.sample import sample
from spinlens.montecarlo.updaters.registry import UPDATERS, local_updater
from spinlens.physics.boltzmann import boltzmann
from spinlens.physics.couplings import Gaussian
from spinlens.physics.exact.enumeration import enumerate_states
from spinlens.physics.spaces import index_states

LEVEL, POOLED = 1e-6, 10
TEMPERATURE = {Ising: 2.0, BlumeCapel: 2.0, Potts: 1.2}  # lower, local exchange would need a longer GAP
SNAPSHOTS, GAP, LANES = 20, 15, 3000
EDGES = (
    ("periodic", "periodic"),
    ("open", "open"),
    ("pinned+-", "periodic"),
    ("antiperiodic", "antiperiodic"),
    ("antiperiodic", "open"),
    ("screw", "periodic"),
)
KINDS = ("kawasaki", "kawasaki-nonlocal")


def compositions(system: System, states: np.ndarray) -> np.ndarray:
    """(n, k): how many free sites of each of the states (n, m, n) hold each of the k values."""
    free = states.reshape(len(states), -1)[:, system.free_sites]
    return np.stack([(free == value).sum(1) for value in system.model.space.states], 1)


def count_in_sectors(
    system: System, kind: str, seed: int, factor: float = 1.0, largest: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """(counts (states,), sector (states,)) in the order of enumerate_states; lanes start in one state of each sector,
    or all in one state of the largest."""
    states, free = enumerate_states(system), system.free_sites
    found, sector, sizes = np.unique(compositions(system, states), axis=0, return_inverse=True, return_counts=True)
    first = np.array([np.flatnonzero(sector == k)[0] for k in range(len(found))])
    first, sizes = (first[[sizes.argmax()]], sizes[[sizes.argmax()]]) if largest else (first, sizes)
    lanes = np.repeat(first[sizes > 1], -(-LANES // (sizes > 1).sum()))
    spins = np.ascontiguousarray(states[lanes].reshape(len(lanes), -1))
    before = compositions(system, spins)
    rng, hot = np.random.default_rng(seed), np.full(len(lanes), factor * TEMPERATURE[type(system.model)])
    update, known = UPDATERS[kind].update, len(system.model.space.states)
    order = np.argsort(
        index_states(system.model.space, states.reshape(len(states), -1)[:, free]) @ known ** np.arange(free.size)
    )
    counts = np.zeros(len(states), int)
    update(system, spins, hot, 3 * GAP, rng)
    for _ in range(SNAPSHOTS):
        update(system, spins, hot, GAP, rng)
        numbers = index_states(system.model.space, spins[:, free]) @ known ** np.arange(free.size)
        counts += np.bincount(order[numbers], minlength=len(states))
    assert (compositions(system, spins) == before).all()
    assert (spins == states[lanes].reshape(len(lanes), -1))[:, system.held.ravel()].all()
    return counts, sector


def g_within(system: System, counts: np.ndarray, sector: np.ndarray, levels: bool = False) -> float:
    """p-value of the counts of states, or of energy levels, under Boltzmann's weights within each sector."""
    energies, g, freedom = np.round(energy(system, enumerate_states(system)), 9), 0.0, 0
    temperature = TEMPERATURE[type(system.model)]
    for k in range(sector.max() + 1):
        mine = np.flatnonzero(sector == k)
        expected, seen = boltzmann(energies[mine], temperature) * counts[mine].sum(), counts[mine]
        if levels:
            level = np.unique(energies[mine], return_inverse=True)[1]
            expected, seen = np.bincount(level, expected), np.bincount(level, seen)
        order = np.argsort(expected)
        group = np.unique((np.cumsum(expected[order]) // POOLED).astype(int), return_inverse=True)[1]
        some, wanted = np.bincount(group, seen[order]), np.bincount(group, expected[order])
        if len(wanted) > 1:
            g += 2 * (some * np.log(np.where(some > 0, some, 1) / wanted)).sum()
            freedom += len(wanted) - 1
    return float(chi2.sf(g, freedom)) if freedom else 1.0


def systems() -> list[System]:
    """Ising on 3 x 3 and 2 x 4, and models of three states; of the large ones the slow run takes more edges."""
    found = []
    for shape, edges in itertools.product(((3, 3), (2, 4)), EDGES):
        if shape[0] > 2 or "pinned" not in edges[0]:
            shape = (4, 3) if "pinned" in edges[0] else shape
            found.append(System(Ising(-0.8, 0.3), Square(*shape), get_boundary(*edges)))
    for model, edges in itertools.product((BlumeCapel(D=0.4, B=0.2), Potts(3)), EDGES):
        found.append(System(model, Square(3, 3), get_boundary(*edges)))
    found.append(System(Ising(), Square(3, 3), get_boundary("periodic", "open"), couplings=Gaussian(1.0, 4)))
    return found


def cases() -> list:
    """Every system with both kinds; models of three states on most edges in the slow run alone."""
    found = []
    for system, kind in itertools.product(systems(), KINDS):
        edges, model = (system.boundary.vertical.name, system.boundary.horizontal.name), type(system.model)
        label = f"{model.__name__}-{system.lattice.rows}-{'-'.join(edges)}-{type(system.couplings).__name__}-{kind}"
        fast = model is Ising or edges == ("antiperiodic", "antiperiodic")
        found.append(pytest.param(system, kind, id=label, marks=[] if fast else [pytest.mark.slow]))
    return found


@pytest.mark.parametrize(("system", "kind"), cases())
def test_every_sector_follows_boltzmann(system: System, kind: str) -> None:
    """Breaks with a wrong pair, seam, coupling, sign or probability, or where an exchange creates a state."""
    for seed in (0, 1):
        counts, sector = count_in_sectors(system, kind, seed)
        assert g_within(system, counts, sector) > LEVEL
        assert g_within(system, counts, sector, levels=True) > LEVEL


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", [Ising(), BlumeCapel(D=0.4), Potts(3)])
def test_two_percent_in_the_temperature_fail(model, kind: str) -> None:  # type: ignore[no-untyped-def]
    """The power of the test above: states at 1.02 T do not pass for states at T."""
    system = System(model, Square(3, 3), get_boundary("periodic", "periodic"))
    found = [count_in_sectors(system, kind, seed, 1.02, largest=True) for seed in range(3)]
    assert g_within(system, sum(counts for counts, _ in found), found[0][1], levels=True) < LEVEL


@pytest.mark.parametrize("kind", KINDS)
def test_replicas_are_independent_and_conserve(kind: str) -> None:
    """Breaks when replicas share random numbers between threads, or the sum of the spins on the sites moves."""
    system = System(Ising(), Square(6, 5), get_boundary("antiperiodic", "periodic"))
    spins = np.random.default_rng(5).choice(np.array([-1, 1], np.int8), (40, 30))
    whole, before = spins.copy(), spins.sum(1)
    UPDATERS[kind].update(system, whole, np.full(40, 1.5), 20, np.random.default_rng(3))
    assert (whole.sum(1) == before).all()
    assert (whole != spins).any()
    same = np.repeat(spins[:1], 40, 0)
    UPDATERS[kind].update(system, same, np.full(40, np.inf), 20, np.random.default_rng(3))
    assert len({row.tobytes() for row in same}) == 40, "every replica has a stream of its own"


@pytest.mark.parametrize("kind", KINDS)
def test_the_result_does_not_depend_on_threads_or_slices(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when replicas share random numbers, between threads or between two calls of the kernel."""
    system = System(Potts(3), Square(4, 5), get_boundary("antiperiodic", "open"))
    found = [sample(system, [0.8] * 600, Quench(7, updater=kind), threads=threads).spins for threads in (1, 4)]
    monkeypatch.setattr("spinlens.montecarlo.interrupts.VISITS", 100)
    found.append(sample(system, [0.8] * 600, Quench(7, updater=kind)).spins)
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()


def test_it_is_never_chosen_where_every_state_must_be_reached() -> None:
    """Breaks when an updater that conserves the magnetization drives a simulation by itself."""
    for system in systems():
        assert local_updater(system).name not in KINDS
        assert not any(UPDATERS[kind].ergodic for kind in KINDS)


def test_zero_temperature_never_raises_the_energy() -> None:
    """Breaks when a quench by exchange goes uphill, or a state without neighbours to exchange with is an error."""
    system = System(Ising(), Square(8, 8), get_boundary("periodic", "open"))
    spins = np.random.default_rng(5).choice(np.array([-1, 1], np.int8), (9, 64))
    last = energy(system, spins.reshape(-1, 8, 8))
    for _ in range(10):
        UPDATERS["kawasaki"].update(system, spins, np.zeros(9), 1, np.random.default_rng(1))
        now = energy(system, spins.reshape(-1, 8, 8))
        assert (now <= last).all()
        last = now
    alone = System(Ising(), Square(3, 3), get_boundary("pinned++", "pinned++"))
    spins = np.ones((2, 9), np.int8)
    UPDATERS["kawasaki"].update(alone, spins, np.zeros(2), 1, np.random.default_rng(1))
    assert (spins == 1).all()
