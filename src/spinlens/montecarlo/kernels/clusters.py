"""Clusters of one reflection, site by site."""

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.scalar import WORD, advance, next_word, uniform

FIXED = 2  # side of a spin that the reflection leaves as it is: it joins no cluster


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
