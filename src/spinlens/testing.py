"""Checks for models and updaters, ours and users' own: each runs every check and raises at the first that fails.

The states of tiny lattices are counted and held against Boltzmann's weights: a wrong probability, neighbour, seam or
random number shows there, whatever the code looks like.
"""

import itertools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2, norm

from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.registry import Update, Updater, local_updater, serving
from spinlens.physics.boltzmann import boltzmann
from spinlens.physics.boundary import EDGES, get_boundary
from spinlens.physics.exact.enumeration import enumerate_states
from spinlens.physics.lattices import Square
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.protocol import Model, rescale
from spinlens.physics.spaces import index_states
from spinlens.physics.states import CLOSE, are_same, is_continuous, trial_states
from spinlens.physics.symmetry import Element, apply, symmetry_group
from spinlens.physics.systems import System, energy, pair_table

LEVEL = 1e-6  # of each test: among a few thousand, right code fails somewhere with a probability below 1 %
LANES, SNAPSHOTS, GAP = 1024, 20, 15
POOLED = 10  # rare states are taken together until so many snapshots are expected
MOST_STATES = 4**9  # of a lattice whose states are counted
SHAPES = ((3, 3), (2, 3), (3, 2), (2, 2))  # tried in this order: with a side of 2 the bonds of a seam may cancel
BOUNDARIES = (
    ("periodic", "periodic"),
    ("antiperiodic", "periodic"),
    ("open", "pinned+-"),
    ("pinned++", "antiperiodic"),
)


class CheckError(AssertionError):
    """A check failed; the message names it and says what was found."""


def check_model(model: Model) -> None:
    """Raises CheckError unless a model is one that every part of spinlens can work with.

    Its energies, its space, its twist, the symmetries found for it, and the counted states of every updater that serves
    it, on four kinds of boundary; of angles, which cannot be counted, the mean energies that its updaters agree on.

    >>> from spinlens import Ising
    >>> check_model(Ising(J=-0.8, B=0.3))
    """
    _check_space(model)
    _check_energies(model)
    for edges in BOUNDARIES:
        system = small_system(model, *edges)
        _check_symmetries(system)
        for updater in serving(system):
            _check_states(system, updater, seed=0)


def check_updater(updater: Updater, model: Model | None = None, seeds: tuple[int, ...] = (0, 1)) -> None:
    """Raises CheckError unless an updater gives every state its Boltzmann weight on all boundaries that it serves.

    model: the Ising model in a field by default. An updater that is not ergodic is tested with sweeps of
    `local_updater` between its own.
    """
    for system in small_systems(Ising(-0.8, 0.3) if model is None else model):
        if updater.serves(system):
            for seed in seeds:
                _check_states(system, updater, seed)


def small_systems(model: Model) -> Iterator[System]:
    """The model on a lattice of few states with every pair of named edges."""
    for vertical, horizontal in itertools.product(EDGES, EDGES):
        if "screw" not in (vertical, horizontal) or "periodic" in (vertical, horizontal):
            yield small_system(model, vertical, horizontal)


def small_system(model: Model, vertical: str, horizontal: str) -> System:
    """The model with these edges on the largest lattice of SHAPES of at most MOST_STATES states."""
    for shape in SHAPES:
        held = (2 * bool(EDGES[vertical].pins), 2 * bool(EDGES[horizontal].pins))
        free = max(shape[0] - held[0], 0) * max(shape[1] - held[1], 0)
        if free and (is_continuous(model.space) or len(model.space.states) ** free <= MOST_STATES):
            return System(model, Square(*shape), get_boundary(vertical, horizontal))
    raise CheckError(f"a space has few enough states for a lattice to count them: got {len(model.space.states)}")


def count_states(system: System, update: Update, temperature: float, seed: int = 0) -> NDArray[np.int64]:
    """How often each state came up, in the order of `enumerate_states`."""
    rng, free = np.random.default_rng(seed), system.free_sites
    spins, lanes = random_start(system, LANES, rng), np.full(LANES, temperature)
    known = len(system.model.space.states)
    counts = np.zeros(known**free.size, np.int64)
    update(system, spins, lanes, 2 * GAP, rng)
    for _ in range(SNAPSHOTS):
        update(system, spins, lanes, GAP, rng)
        numbers = index_states(system.model.space, spins[:, free]) @ known ** np.arange(free.size)
        counts += np.bincount(numbers, minlength=counts.size)
    return counts


def g_test(system: System, counts: NDArray[np.int64], temperature: float) -> float:
    """p-value of counted states, in the order of `enumerate_states`, under Boltzmann's weights."""
    expected = boltzmann(energy(system, enumerate_states(system)), temperature) * counts.sum()
    order = np.argsort(expected)
    group = np.unique((np.cumsum(expected[order]) // POOLED).astype(int), return_inverse=True)[1]
    seen, wanted = np.bincount(group, counts[order]), np.bincount(group, expected[order])
    g = 2 * (seen * np.log(np.where(seen > 0, seen, 1) / wanted)).sum()
    return float(chi2.sf(g, len(wanted) - 1)) if len(wanted) > 1 else 1.0


def _check_states(system: System, updater: Updater, seed: int) -> None:
    known, unit = system.model.transition, system.model.scale
    order = 1.2 * float(np.ptp(pair_table(system.model))) if known is None else 1.1 * known.temperature
    temperature = max(1.5 * unit, order)  # snapshots GAP sweeps apart forget each other
    (_check_energy if is_continuous(system.model.space) else _check_counts)(system, updater, temperature, seed)


def _check_energy(system: System, updater: Updater, temperature: float, seed: int) -> None:
    """Moments of the energy by the updater and by `local_updater`, whose own moves must agree with it."""
    found: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
    for update in (_mixed(system, updater), local_updater(system).update):
        rng, lanes = np.random.default_rng((seed, len(found))), np.full(LANES, temperature)
        spins, energies = random_start(system, LANES, rng), np.zeros((2, LANES))
        update(system, spins, lanes, 10 * GAP, rng)
        for _ in range(SNAPSHOTS):
            update(system, spins, lanes, GAP, rng)
            e = energy(system, spins.reshape(-1, *system.lattice.shape))
            energies += np.stack([e, e * e]) / SNAPSHOTS
        found.append((energies.mean(1), energies.var(1) / LANES))
    (first, spread), (second, other) = found
    z = np.abs(first - second) / np.sqrt(spread + other)
    name = f"{_name(system)}, {updater.name}: E and E^2 differ by {np.round(z, 1).tolist()} errors"
    _require(bool((2 * norm.sf(z) > LEVEL).all()), "updaters agree on the energy", name)


def _mixed(system: System, updater: Updater) -> Update:
    local = local_updater(system).update

    def mixed(system: System, spins, temperature, sweeps, rng) -> None:  # type: ignore[no-untyped-def]
        for _ in range(3):
            updater.update(system, spins, temperature, -(-sweeps // 3), rng)
            local(system, spins, temperature, -(-sweeps // 3), rng)

    return updater.update if updater.ergodic else mixed


def _check_counts(system: System, updater: Updater, temperature: float, seed: int) -> None:
    update = _mixed(system, updater)
    p = g_test(system, count_states(system, update, temperature, seed), temperature)
    _require(p > LEVEL, "states appear with their Boltzmann weights", f"{_name(system)}, {updater.name}: p = {p:.2g}")


def _check_space(model: Model) -> None:
    if is_continuous(model.space):
        return
    space, states = model.space, model.space.states
    ascending = states.dtype == np.int8 and states.ndim == 1 and (np.diff(states.astype(int)) > 0).all()
    _require(len(states) >= 2 and bool(ascending), "states are two or more int8, ascending", states)
    _require(set(space.poles) <= set(states.tolist()), "poles are states", space.poles)
    middle = space.vectors.mean(0)
    _require(len(space.vectors) == len(states) and np.allclose(middle, 0), "vectors average to zero", middle)
    whole = (np.sort(space.maps, 1) == states).all() and (space.maps[0] == states).all()
    _require(bool(whole), "maps are permutations, the identity first", space.maps.tolist())


def _check_energies(model: Model) -> None:
    states = trial_states(model.space)
    pairs, sites = model.pair_energy(states[:, None], states), model.site_energy(states)
    finite = np.shape(pairs) == (len(states),) * 2 and np.shape(sites) == states.shape
    _require(finite and np.isfinite(pairs).all() and np.isfinite(sites).all(), "energies are finite arrays", pairs)
    _require(np.allclose(pairs, np.transpose(pairs)), "pair_energy(s, t) = pair_energy(t, s)", pairs)
    _require(0 < model.scale < np.inf, "scale is above 0", model.scale)
    scaled = pair_table(rescale(model, 2.0)) * 2, rescale(model, 2.0).site_energy(states) * 2
    same = np.allclose(scaled[0], pairs) and np.allclose(scaled[1], sites)
    _require(same, "energies are proportional to the parameters that are floats", scaled)
    known = model.transition
    _require(known is None or 0 < known.temperature < np.inf, "the transition is above T = 0, or None", known)
    hash(model)
    system = System(model, Square(3, 4), get_boundary("periodic", "open"))
    state = random_start(system, 1, np.random.default_rng(0)).reshape(3, 4)
    total = sum(float(model.site_energy(state[i, j])) for i in range(3) for j in range(4))
    for i, j in itertools.product(range(3), range(4)):
        total += float(model.pair_energy(state[i, j], state[(i + 1) % 3, j]))
        total += float(model.pair_energy(state[i, j], state[i, j + 1])) if j < 3 else 0.0
    found = float(energy(system, state))
    _require(np.isclose(found, total), "energies are those of a loop over sites and bonds", (found, total))


def _check_symmetries(system: System) -> None:
    space, states = system.model.space, trial_states(system.model.space)
    if system.bonds.turns.any():
        seen = space.across(states, np.array(1))
        _require(
            bool(are_same(space, space.across(seen, np.array(-1)), states).all()), "a turn back undoes a turn", seen
        )
        pairs = system.model.pair_energy(seen[:, None], seen)
        same = np.allclose(pairs, system.model.pair_energy(states[:, None], states), atol=CLOSE)
        _require(same, "a turn of both ends leaves a bond's energy as it is", pairs)
    group, rng = symmetry_group(system), np.random.default_rng(1)
    spins = random_start(system, 4, rng).reshape(-1, *system.lattice.shape)
    for down, right, (point, map_) in itertools.product(range(group.downs), range(group.rights), group.points):
        moved = apply(system, Element(down, right, point, map_), spins)
        same = np.allclose(energy(system, moved), energy(system, spins), atol=CLOSE)
        _require(same, "symmetries keep energies", f"{_name(system)}, {down}, {right}, {point}, {map_}")


def _name(system: System) -> str:
    edges = system.boundary
    return f"{system.model}, {edges.vertical.name} x {edges.horizontal.name}"


def _require(holds: object, check: str, found: object) -> None:
    if not holds:
        raise CheckError(f"{check}: got {found}")
