"""Moves of many spins at once: Swendsen-Wang clusters and shifts of the rows between pinned edges."""

import numba
import numpy as np
from numpy.typing import NDArray

from spinlens.physics.systems import LEFT, UP, System

WORD = np.uint64


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
    neighbour, sign = system.bonds
    backward = [LEFT, UP]
    with np.errstate(divide="ignore"):
        closed = -np.expm1(-2 * abs(system.model.J) / temperature)
        pull = 2 * system.model.B / temperature if system.model.B else np.zeros(len(spins))
    _swendsen_wang(
        spins,
        np.ascontiguousarray(neighbour[:, backward].astype(np.uint32)),
        np.ascontiguousarray(sign[:, backward] * np.int8(np.sign(system.model.J))),
        system.pinned.ravel(),
        np.minimum(np.ldexp(closed, 64), np.nextafter(2.0**64, 0)).astype(WORD),
        pull,
        sweeps,
        rng.integers(0, 2**64, (len(spins), 4), dtype=WORD),
    )


def update_shifts(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Shift all rows (columns) between two pinned edges by a random number, accepted by Metropolis. In place.

    What leaves on one side enters on the other, negated where the two edges are pinned to opposite values, so an
    interface moves anywhere in one step. The shifts form a group, so a shift and its inverse are equally likely.
    Systems without exactly one pinned direction are left alone.
    """
    edges, index = system.boundary, np.arange(system.lattice.sites).reshape(system.lattice.shape)
    if bool(edges.vertical.pins) == bool(edges.horizontal.pins):
        return
    pins, index = (edges.vertical.pins, index) if edges.vertical.pins else (edges.horizontal.pins, index.T)
    neighbour, sign = system.bonds
    assert pins is not None
    _shift_rows(
        spins,
        np.ascontiguousarray(index),
        np.int8(pins[0] * pins[1]),
        neighbour,
        sign,
        float(system.model.J),
        float(system.model.B),
        temperature,
        sweeps,
        rng.integers(0, 2**64, (len(spins), 4), dtype=WORD),
    )


@numba.njit(cache=True, nogil=True, inline="always")
def _next(state):
    """The next word of xoshiro256++ (Blackman and Vigna 2021)."""
    x = state[0] + state[3]
    result = ((x << WORD(23)) | (x >> WORD(41))) + state[0]
    x = state[1] << WORD(17)
    state[2] ^= state[0]
    state[3] ^= state[1]
    state[1] ^= state[2]
    state[0] ^= state[3]
    state[2] ^= x
    state[3] = (state[3] << WORD(45)) | (state[3] >> WORD(19))
    return result


@numba.njit(cache=True, nogil=True, inline="always")
def _uniform(state):
    """Uniform in [0, 1)."""
    return (_next(state) >> WORD(11)) * 2.0**-53


@numba.njit(cache=True, nogil=True, inline="always")
def _root(parent, i):
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _swendsen_wang(spins, neighbours, signs, pinned, closed, pull, sweeps, states):
    count, sites = spins.shape
    joined = np.empty(sites, np.uint8)  # bit 0: closed bond to the left, bit 1: upwards
    parent = np.empty(sites, np.uint32)
    total = np.empty(sites, np.int32)
    flip = np.empty(sites, np.int8)
    for replica in range(count):
        s, state, threshold = spins[replica], states[replica], closed[replica]
        for _ in range(sweeps):
            s0, s1, s2, s3 = state[0], state[1], state[2], state[3]
            for i in range(sites):
                bits = np.uint8(0)
                for d in range(2):
                    x = s0 + s3  # xoshiro256++, in registers
                    word = ((x << WORD(23)) | (x >> WORD(41))) + s0
                    x = s1 << WORD(17)
                    s2 ^= s0
                    s3 ^= s1
                    s1 ^= s2
                    s0 ^= s3
                    s2 ^= x
                    s3 = (s3 << WORD(45)) | (s3 >> WORD(19))
                    satisfied = s[i] * s[neighbours[i, d]] * signs[i, d] > 0
                    bits |= np.uint8(satisfied & (word < threshold)) << np.uint8(d)
                joined[i] = bits
            state[0], state[1], state[2], state[3] = s0, s1, s2, s3
            for i in range(sites):  # a parent's index is never above its child's
                left, up = neighbours[i, 0], neighbours[i, 1]
                bits = joined[i]
                to_left = (bits & 1) != 0 and left < i
                to_up = (bits & 2) != 0 and up < i
                if to_left and to_up:
                    a, b = _root(parent, left), _root(parent, up)
                    parent[i] = min(a, b)
                    parent[max(a, b)] = min(a, b)
                elif to_left:
                    parent[i] = parent[left]
                elif to_up:
                    parent[i] = parent[up]
                else:
                    parent[i] = i
                total[i] = 0
                flip[i] = 1
            for i in range(sites):  # bonds across a seam
                for d in range(2):
                    j = neighbours[i, d]
                    if j > i and (joined[i] >> d) & 1:
                        a, b = _root(parent, i), _root(parent, j)
                        parent[max(a, b)] = min(a, b)
            for i in range(sites):
                root = parent[parent[i]]
                parent[i] = root
                total[root] += s[i]
                if pinned[i] != 0:
                    flip[root] = 0
            for i in range(sites):
                root = parent[i]
                if root == i and flip[i] != 0:
                    x = pull[replica] * total[i] if total[i] != 0 else 0.0
                    heads = _next(state) >> WORD(63) == 0 if x == 0 else _uniform(state) * (1.0 + np.exp(x)) < 1.0
                    flip[i] = -1 if heads else 1
                s[i] = -s[i] if flip[root] < 0 else s[i]


@numba.njit(cache=True, nogil=True)
def _shift_rows(spins, index, product, neighbours, signs, coupling, field, temperature, attempts, states):
    count, sites = spins.shape
    rows, columns = index.shape
    free = rows - 2
    order = free if product > 0 else 2 * free
    moved = np.empty(sites, np.int8)
    for replica in range(count):
        s, state = spins[replica], states[replica]
        for _ in range(attempts):
            shift = int(_next(state) % WORD(order))
            moved[:] = s
            for row in range(free):
                target = row + shift
                sign = product if (target // free) % 2 == 1 else 1
                for column in range(columns):
                    moved[index[1 + target % free, column]] = s[index[1 + row, column]] * sign
            change = 0.0
            for i in range(sites):
                old, new = 0, 0
                for direction in range(2):
                    j = neighbours[i, direction]
                    old += s[i] * s[j] * signs[i, direction]
                    new += moved[i] * moved[j] * signs[i, direction]
                change -= coupling * (new - old) + field * (moved[i] - s[i])
            if change <= 0 or (temperature[replica] > 0 and _uniform(state) < np.exp(-change / temperature[replica])):
                s[:] = moved
