"""Wolff: clusters of one reflection that grow from a random site, site by site."""

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.scalar import next_word, uniform

FIXED = 2  # side of a spin that the reflection leaves as it is: it joins no cluster


@numba.njit(inline="always")
def _satisfied(sides, i, bond):
    """1 where the bond joins two spins that the reflection moves and that agree across it, else 0."""
    first, second = sides[i], sides[bond >> np.uint32(1)]
    turned = np.uint8(bond & np.uint32(1))
    return np.uint32(((first ^ second ^ turned) | ((first | second) >> np.uint8(1))) == np.uint8(0))


@compiled(boundscheck=False)
def wolff(sides, bonds, free, pinned, closed, pull, sweeps, states):
    """Clusters from random free sites. bonds (sites, 4): codes 2 * neighbour + (1 if turned) to the right, down, left,
    up, and the site itself turned where there is none."""
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
