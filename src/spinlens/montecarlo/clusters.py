"""Cluster updates by reflections: Swendsen-Wang and Wolff on any boundary, in any field."""

from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_array, check_batch
from spinlens.montecarlo.compiling import compiled
from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.scalar import WORD, advance, next_word, uniform
from spinlens.physics.counts import check_count
from spinlens.physics.systems import System

Kernel = Callable[..., None]
FIXED = 2  # side of a spin that the reflection leaves as it is: it joins no cluster


def update_clusters(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Swendsen-Wang on any boundary, in any field. In place; spins (count, sites).

    1. Each satisfied bond is closed with probability 1 - exp(-2 |J| / T).
    2. Spins joined by closed bonds form a cluster; one that holds a pinned spin stays.
    3. Every other cluster takes either orientation with its weight in the field, exp(+-B sum s / T).

    Swendsen and Wang, Phys. Rev. Lett. 58, 86 (1987); an anti-periodic or antiferromagnetic bond is satisfied by
    opposite spins.
    """
    _update(swendsen_wang, system, spins, temperature, sweeps, rng)


def update_wolff(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Wolff: one cluster a sweep (a number of visits would favour some states). In place; spins (count, sites).

    1. From a random free site a cluster grows over satisfied bonds, each closed with probability 1 - exp(-2 |J| / T).
    2. It flips with probability min(1, exp(-change of the field's energy / T)), and never if it holds a pinned spin.

    Wolff, Phys. Rev. Lett. 62, 361 (1989).
    """
    _update(wolff, system, spins, temperature, sweeps, rng)


def _update(
    kernel: Kernel,
    system: System,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
) -> None:
    """The reflection of the Ising model turns every spin over: up is side 1, down side 0."""
    temperature = check_batch(system, spins, temperature, sweeps)
    with np.errstate(divide="ignore", over="ignore"):
        closed = -np.expm1(-2 * abs(system.model.J) / temperature)
        pull = 2 * system.model.B / temperature if system.model.B else None
    sides = (spins > 0).astype(np.uint8)
    reflect(kernel, system, sides, closed, sweeps, rng, pull)
    spins[:] = 2 * sides.astype(np.int8) - 1


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
    neighbour, sign = system.bonds
    here = np.arange(len(sign))[:, None]
    bonds = np.where(sign == 0, 2 * here + 1, 2 * neighbour + (sign * np.sign(system.model.J) < 0)).astype(np.uint32)
    free, pinned = system.free_sites.astype(np.uint32), system.pinned.ravel() != 0
    threshold = np.clip(np.ldexp(closed, 64), 0, np.nextafter(2.0**64, 0)).astype(WORD)
    states = rng.integers(0, 2**64, (len(sides), 4), dtype=WORD)
    for some, turns in slices(len(sides), sweeps, system.lattice.sites):
        kernel(sides[some], bonds, free, pinned, threshold[some], pull[some], turns, states[some])


@numba.njit(inline="always")
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@numba.njit(inline="always")
def _closed_bonds(threshold, a, b, c, d):
    """64 bits, each 1 with probability threshold / 2^64: compared digit by digit, all 64 at once."""
    left, closed, digits = ~WORD(0), WORD(0), threshold
    while left != WORD(0) and digits != WORD(0):
        random, a, b, c, d = advance(a, b, c, d)
        bit = WORD(0) - (digits >> WORD(63))
        differs = bit ^ random
        closed |= left & bit & differs
        left &= ~differs
        digits <<= WORD(1)
    return closed, a, b, c, d


@numba.njit(inline="always")
def _satisfied(sides, i, bond):
    """1 where the bond joins two spins that the reflection moves and that agree across it, else 0."""
    first, second = sides[i], sides[bond >> np.uint32(1)]
    turned = np.uint8(bond & np.uint32(1))
    return np.uint32(((first ^ second ^ turned) | ((first | second) >> np.uint8(1))) == np.uint8(0))


@numba.njit(inline="always")
def _inner_and_seam(bonds):
    """(bonds left and up to sites of a smaller number, the other bonds with their site)."""
    sites = bonds.shape[0]
    inner, seam, count = np.empty((sites, 2), np.uint32), np.empty((2 * sites, 2), np.uint32), 0
    for i in range(sites):
        for k in range(2):
            bond = bonds[i, 2 + k]
            inner[i, k] = bond if bond >> np.uint32(1) < i else np.uint32(2 * i + 1)
            if bond >> np.uint32(1) > i:
                seam[count, 0], seam[count, 1] = i, bond
                count += 1
    return inner, seam[:count]


@compiled(boundscheck=False)
def swendsen_wang(sides, bonds, free, pinned, closed, pull, sweeps, states):
    """All clusters. bonds (sites, 4): codes 2 * neighbour + (1 if turned) to the right, down, left, up, and the site
    itself turned where there is none."""
    inner, seam = _inner_and_seam(bonds)
    count, sites = sides.shape
    words, held = (sites + 63) // 64, pinned.any()
    parent = np.empty(sites, np.uint32)  # never above the site's own number
    total = np.zeros(sites, np.int32)
    coins = np.empty(words, WORD)
    for replica in range(count):
        s, state, threshold, force = sides[replica], states[replica], closed[replica], pull[replica]
        a, b, c, d = state[0], state[1], state[2], state[3]
        for _ in range(sweeps):
            for word in range(words):
                to_left, a, b, c, d = _closed_bonds(threshold, a, b, c, d)
                upwards, a, b, c, d = _closed_bonds(threshold, a, b, c, d)
                coins[word], a, b, c, d = advance(a, b, c, d)
                for bit in range(min(64, sites - 64 * word)):
                    i = np.uint32(64 * word + bit)
                    left, up = inner[i, 0], inner[i, 1]
                    x = np.uint32((to_left >> WORD(bit)) & WORD(1)) & _satisfied(s, i, left)
                    y = np.uint32((upwards >> WORD(bit)) & WORD(1)) & _satisfied(s, i, up)
                    parent[i] = i  # masks, not branches: nobody can predict them
                    first = parent[i ^ ((i ^ (left >> np.uint32(1))) & np.uint32(np.uint32(0) - x))]
                    second = parent[i ^ ((i ^ (up >> np.uint32(1))) & np.uint32(np.uint32(0) - y))]
                    low, high = min(first, second), max(first, second)
                    if high != low and high != i:
                        first, second = _root(parent, first), _root(parent, second)
                        low = min(first, second)
                        parent[max(first, second)] = low
                    parent[i] = low
            for word in range((len(seam) + 63) // 64):
                across, a, b, c, d = _closed_bonds(threshold, a, b, c, d)
                for k in range(64 * word, min(len(seam), 64 * word + 64)):
                    i, bond = seam[k, 0], seam[k, 1]
                    if (across >> WORD(k & 63)) & WORD(1) and _satisfied(s, i, bond):
                        first, second = _root(parent, i), _root(parent, bond >> np.uint32(1))
                        parent[max(first, second)] = min(first, second)
            for i in range(sites):
                parent[i] = parent[parent[i]]
            if held:
                for i in range(sites):
                    if pinned[i]:
                        coins[parent[i] >> 6] &= ~(WORD(1) << WORD(parent[i] & 63))
            if force != 0.0:
                state[0], state[1], state[2], state[3] = a, b, c, d
                _pull(s, parent, total, pinned, coins, force, state)
                a, b, c, d = state[0], state[1], state[2], state[3]
            for i in range(sites):
                root = parent[i]
                s[i] ^= np.uint8((coins[root >> 6] >> WORD(root & 63)) & WORD(s[i] != FIXED))
        state[0], state[1], state[2], state[3] = a, b, c, d


@compiled(boundscheck=False)
def _pull(s, parent, total, pinned, coins, force, state):
    """Weight the coins of free clusters by the field; a cluster with a pinned spin keeps its coin, 0."""
    sites = s.size
    total[:] = 0
    for i in range(sites):
        total[parent[i]] += 2 * np.int32(s[i]) - 1 if s[i] != FIXED else 0
    for i in range(sites):
        if pinned[i]:
            total[parent[i]] = 0
    for root in range(sites):
        if parent[root] == root and total[root] != 0:
            turn = WORD(uniform(state) * (1.0 + np.exp(force * total[root])) < 1.0)
            bit = WORD(1) << WORD(root & 63)
            coins[root >> 6] = coins[root >> 6] & ~bit | turn << WORD(root & 63)


@compiled(boundscheck=False)
def wolff(sides, bonds, free, pinned, closed, pull, sweeps, states):
    """Clusters from random free sites; bonds as above."""
    count, sites = sides.shape
    member = np.zeros(sites, np.bool_)
    cluster = np.empty(sites, np.uint32)
    for replica in range(count):
        s, state, threshold, force = sides[replica], states[replica], closed[replica], pull[replica]
        for _ in range(sweeps):
            seed = free[np.int64(uniform(state) * free.size)]
            cluster[0], member[seed] = seed, True
            size, done, total, held = 1, 0, 0, False
            while done < size:
                i = cluster[done]
                done += 1
                held |= pinned[i]
                total += 2 * np.int64(s[i]) - 1
                for k in range(4):
                    bond = bonds[i, k]
                    j = bond >> np.uint32(1)
                    if not member[j] and _satisfied(s, i, bond) and next_word(state) < threshold:
                        member[j] = True
                        cluster[size] = j
                        size += 1
            change = force * total if total != 0 else 0.0
            flip = not held and s[seed] != FIXED and (change <= 0 or uniform(state) < np.exp(-change))
            for k in range(size):
                member[cluster[k]] = False
                if flip:
                    s[cluster[k]] ^= np.uint8(1)
