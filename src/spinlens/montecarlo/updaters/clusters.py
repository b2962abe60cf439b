"""Cluster updates by reflections: Swendsen-Wang and Wolff on any boundary, in any field."""

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.kernels import clusters as runs
from spinlens.montecarlo.kernels import wolff as single
from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.montecarlo.kernels.simd import WORDS
from spinlens.montecarlo.kernels.wolff import FIXED
from spinlens.montecarlo.updaters.colours import cyclic_turn, shift_clusters
from spinlens.montecarlo.updaters.rotor_clusters import has_mirrors, update_rotor_clusters, update_rotor_wolff
from spinlens.montecarlo.updaters.rotors import is_rotor
from spinlens.montecarlo.updaters.rows import Words, pack, rows_of, thresholds, unpack
from spinlens.physics.spaces import index_states
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System, pair_table

Kernel = Callable[..., None]


def update_clusters(
    system: System, spins: NDArray[Any], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Swendsen-Wang on any boundary, by shifts of the colour or reflections. In place; spins (count, sites).

    Where `cyclic_turn` has a number, each satisfied bond is closed with probability 1 - exp(-gap / T), and every
    cluster shifts by a number of states of its own, which commutes with twisted edges. Elsewhere:

    1. A reflection that swaps two states is drawn among `reflections`; for Ising it is the flip.
    2. Each satisfied bond between sites in one of its two states is closed with probability 1 - exp(-gap / T), where
       gap is the energy that breaks it, 2 |J| for Ising.
    3. Sites joined by closed bonds form a cluster; one that holds a pinned site stays.
    4. Every other cluster takes either orientation with its weight in the field.

    Swendsen and Wang, Phys. Rev. Lett. 58, 86 (1987); Wolff, Phys. Rev. Lett. 62, 361 (1989). An anti-periodic or
    antiferromagnetic bond is satisfied by states that differ. Sites in other states do not move: beside models of two
    states it needs a heat bath. XY and clocks: `update_rotor_clusters`. Raises InputError where neither serves, else as
    `checks.check_batch`.
    """
    if has_mirrors(system):
        update_rotor_clusters(system, spins, temperature, sweeps, rng)
    elif cyclic_turn(system) is None:
        _update(swendsen_wang, system, spins, temperature, sweeps, rng)
    else:
        shift_clusters(system, spins, check_batch(system, spins, temperature, sweeps), sweeps, rng)


def update_wolff(
    system: System, spins: NDArray[Any], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Wolff: one cluster a sweep (a number of visits would favour some states). In place; spins (count, sites).

    1. From a random free site a cluster grows over bonds that are closed as in `update_clusters`.
    2. It flips with probability min(1, exp(-change of the field's energy / T)), and never if it holds a pinned site.

    Wolff, Phys. Rev. Lett. 62, 361 (1989). Raises InputError as `update_clusters`.
    """
    if is_rotor(system):
        update_rotor_wolff(system, spins, temperature, sweeps, rng)
    else:
        _update(wolff, system, spins, temperature, sweeps, rng)


def serves_clusters(system: System) -> bool:
    """Whether `update_clusters` has a move there: no bond has a factor other than +1 and -1, or spins are angles."""
    return has_mirrors(system) or cyclic_turn(system) is not None or bool(reflections(system))


@lru_cache(maxsize=64)
def reflections(system: System) -> tuple[tuple[int, int], ...]:
    """Pairs of states (numbers from 0) whose swap leaves every bond's energy as it is, and all other states alone.

    On a twisted seam the swap must commute with the twist as well: what is seen of the swapped state is the swap of
    what is seen. Of Potts colours under a cyclic twist none does, for three colours and more. None where bonds have
    factors other than +1 and -1, or sites fields of their own. Pairs that like to differ where the model orders
    uniformly, or the reverse, are left out: the kernels know one kind of satisfied bond.
    """
    if not system.has_equal_bonds or system.pull is not None or is_continuous(system.model.space):
        return ()
    space, pairs = system.model.space, pair_table(system.model)
    twist = np.arange(len(pairs))
    if system.bonds.turns.any():
        twist = index_states(space, space.across(space.states, np.array(1)))
    found = []
    for first, second in combinations(range(len(pairs)), 2):
        swap = np.arange(len(pairs))
        swap[[first, second]] = second, first
        same = np.array_equal(pairs[np.ix_(swap, swap)], pairs) and np.array_equal(swap[twist], twist[swap])
        if same and (pairs[first, second] < pairs[first, first]) == system.staggered:
            found.append((first, second))
    return tuple(found)


def _update(
    kernel: Kernel,
    system: System,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
) -> None:
    """Sweeps in a row with the one reflection of a system, or a random one for each sweep."""
    temperature = check_batch(system, spins, temperature, sweeps)
    choices = reflections(system)
    if not choices:
        raise InputError("system", system.name, "one with a reflection that commutes with its twisted edges")
    turns = [sweeps] if len(choices) == 1 else [1] * sweeps
    for some in turns:
        pair = choices[0] if len(choices) == 1 else choices[rng.integers(len(choices))]
        _swap(kernel, system, pair, spins, temperature, some, rng)


def _swap(
    kernel: Kernel,
    system: System,
    pair: tuple[int, int],
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
) -> None:
    """Clusters of one reflection, of which the second state of the pair is side 1 and the first side 0."""
    states, (low, high) = system.model.space.states, pair
    pairs, sites = pair_table(system.model), system.model.site_energy(states)
    preferred = float(sites[low] - sites[high])
    with np.errstate(divide="ignore", over="ignore"):
        closed = thresholds(-np.expm1(-abs(pairs[low, high] - pairs[low, low]) / temperature))
        pull = preferred / temperature if preferred else np.zeros(len(spins))
    kernel(system, (int(states[low]), int(states[high])), spins, closed, pull, sweeps, rng)


def swendsen_wang(
    system: System,
    pair: tuple[int, int],
    spins: NDArray[np.int8],
    closed: Words,
    pull: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
) -> None:
    """All clusters, on packed rows. closed (count,): probability that a bond between spins that agree is closed, times
    2^64. pull (count,): ln of the weight of the second state over the first a spin."""
    rows, columns, (low, high) = rows_of(system, _differences, True), system.lattice.columns, pair
    whole = len(system.model.space.states) == 2
    sides = pack(spins, high, columns)
    moves = np.tile(rows.valid, system.lattice.rows)[None] if whole else sides | pack(spins, low, columns)
    streams = rng.integers(0, 2**64, (len(sides), 4 * WORDS + 4), dtype=WORD)
    bonds = rows.exist, rows.differ, rows.valid, rows.seam, rows.pinned
    for some, turns in slices(len(sides), sweeps, system.lattice.sites):
        mobile = moves if whole else moves[some]
        runs.swendsen_wang(sides[some], mobile, *bonds, closed[some], pull[some], turns, streams[some])
    if whole:
        unpack(sides, columns, spins, low, high)
    else:
        moved, moving = np.empty_like(spins), (spins == low) | (spins == high)
        unpack(sides, columns, moved, low, high)
        np.copyto(spins, moved, where=moving)


def wolff(
    system: System,
    pair: tuple[int, int],
    spins: NDArray[np.int8],
    closed: Words,
    pull: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
) -> None:
    """One cluster a sweep, site by site; arguments as above."""
    low, high = pair
    sides = (spins == high).view(np.uint8)
    sides[(spins != low) & (spins != high)] = FIXED
    sites, sign = np.arange(system.lattice.sites)[:, None], system.bonds.sign
    bonds = np.where(sign == 0, 2 * sites + 1, 2 * system.bonds.neighbour + _differences(system)).astype(np.uint32)
    free, pinned = system.free_sites.astype(np.uint32), system.held.ravel()
    streams = rng.integers(0, 2**64, (len(sides), 4), dtype=WORD)
    for some, turns in slices(len(sides), sweeps, system.lattice.sites):
        single.wolff(sides[some], bonds, free, pinned, closed[some], pull[some], turns, streams[some])
    np.copyto(spins, np.where(sides == 1, np.int8(high), np.int8(low)), where=sides != FIXED)


def _differences(system: System) -> NDArray[np.int64]:
    """(sites, 4): 1 where a bond wants its sides to differ."""
    return (system.bonds.sign * (-1 if system.staggered else 1) < 0).astype(np.int64)
