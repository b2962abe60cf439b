"""Cluster updates by reflections: Swendsen-Wang and Wolff on any boundary, in any field."""

from collections.abc import Callable
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_array, check_batch
from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.kernels.clusters import FIXED, swendsen_wang, wolff
from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.physics.counts import check_count
from spinlens.physics.spaces import index_states
from spinlens.physics.systems import System, pair_table

Kernel = Callable[..., None]


def update_clusters(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Swendsen-Wang by reflections that swap two states, on any boundary. In place; spins (count, sites).

    1. A reflection is drawn among `reflections`; for Ising it is the flip.
    2. Each satisfied bond between sites in one of its two states is closed with probability 1 - exp(-gap / T), where
       gap is the energy that breaks it, 2 |J| for Ising.
    3. Sites joined by closed bonds form a cluster; one that holds a pinned site stays.
    4. Every other cluster takes either orientation with its weight in the field.

    Swendsen and Wang, Phys. Rev. Lett. 58, 86 (1987); Wolff, Phys. Rev. Lett. 62, 361 (1989). An anti-periodic or
    antiferromagnetic bond is satisfied by states that differ. Sites in other states do not move: beside models of two
    states it needs a heat bath. Raises InputError where `reflections` has none, else as `checks.check_batch`.
    """
    _update(swendsen_wang, system, spins, temperature, sweeps, rng)


def update_wolff(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Wolff: one cluster a sweep (a number of visits would favour some states). In place; spins (count, sites).

    1. From a random free site a cluster grows over bonds that are closed as in `update_clusters`.
    2. It flips with probability min(1, exp(-change of the field's energy / T)), and never if it holds a pinned site.

    Wolff, Phys. Rev. Lett. 62, 361 (1989). Raises InputError as `update_clusters`.
    """
    _update(wolff, system, spins, temperature, sweeps, rng)


@lru_cache(maxsize=64)
def reflections(system: System) -> tuple[tuple[int, int], ...]:
    """Pairs of states (numbers from 0) whose swap leaves every bond's energy as it is, and all other states alone.

    On a twisted seam the swap must commute with the twist as well: what is seen of the swapped state is the swap of
    what is seen. Of Potts colours under a cyclic twist none does, for three colours and more.
    """
    space, pairs = system.model.space, pair_table(system.model)
    twist = np.arange(len(pairs))
    if system.bonds.turns.any():
        twist = index_states(space, space.across(space.states, np.array(1)))
    found = []
    for first, second in combinations(range(len(pairs)), 2):
        swap = np.arange(len(pairs))
        swap[[first, second]] = second, first
        if np.array_equal(pairs[np.ix_(swap, swap)], pairs) and np.array_equal(swap[twist], twist[swap]):
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
    """Clusters of one reflection: the second state of the pair is side 1, the first side 0."""
    states, (low, high) = system.model.space.states, pair
    pairs, sites = pair_table(system.model), system.model.site_energy(states)
    preferred = float(sites[low] - sites[high])
    with np.errstate(divide="ignore", over="ignore"):
        closed = -np.expm1(-abs(pairs[low, high] - pairs[low, low]) / temperature)
        pull = preferred / temperature if preferred else None
    sides = np.where(spins == states[high], 1, np.where(spins == states[low], 0, FIXED)).astype(np.uint8)
    reflect(kernel, system, sides, closed, sweeps, rng, pull)
    spins[:] = np.where(sides == FIXED, spins, states[[low, high]][sides & 1])


def reflect(
    kernel: Kernel,
    system: System,
    sides: NDArray[np.uint8],
    closed: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
    pull: NDArray[np.float64] | None = None,
) -> None:
    """Move clusters of one reflection, in place.

    sides (count, sites) uint8: 0 and 1 are mirror images, FIXED is its own. closed (count,): probability that a bond
    between spins that agree is closed. pull (count,): ln of the weight of side 1 over side 0 a spin. Raises InputError
    for other shapes, types or values.
    """
    pull = np.zeros(len(sides)) if pull is None else pull
    check_array("sides", sides, np.uint8, system.lattice.sites)
    check_count("sweeps", sweeps, 0)
    for field, values in (("closed", closed), ("pull", pull)):
        if values.shape != sides.shape[:1] or np.isnan(values).any():
            raise InputError(f"{field} (shape)", values.shape, f"{sides.shape[:1]} numbers")
    if sides.size and sides.max() > FIXED:
        raise InputError("sides", sides.max(), f"an array of 0, 1 and {FIXED}")
    neighbour, sign = system.bonds.neighbour, system.bonds.sign
    here = np.arange(len(sign))[:, None]
    differ = sign * (-1 if system.staggered else 1) < 0
    bonds = np.where(sign == 0, 2 * here + 1, 2 * neighbour + differ).astype(np.uint32)
    free, pinned = system.free_sites.astype(np.uint32), system.held.ravel()
    threshold = np.clip(np.ldexp(closed, 64), 0, np.nextafter(2.0**64, 0)).astype(WORD)
    states = rng.integers(0, 2**64, (len(sides), 4), dtype=WORD)
    for some, turns in slices(len(sides), sweeps, system.lattice.sites):
        kernel(sides[some], bonds, free, pinned, threshold[some], pull[some], turns, states[some])
