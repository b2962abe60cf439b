"""Wolff on angles: clusters of one reflection that grow from a random site, site by site, in double precision."""

import math

import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.scalar import uniform


@compiled(boundscheck=False)
def mirror_one(angles, neighbour, weight, free, held, factor, force, sweeps, states):
    """One cluster a sweep, in place. angles (count, sites); neighbour, weight (sites, 4); free: sites that may move;
    held (sites,): sites that never do; factor, force: as in `mirror_clusters`; states (count, 4)."""
    count, sites = angles.shape
    member, cluster, side = np.zeros(sites, np.bool_), np.empty(sites, np.uint32), np.zeros(sites)
    for replica in range(count):
        angle, state = angles[replica], states[replica]
        for _ in range(sweeps):
            axis = 2 * math.pi * uniform(state)
            seed = free[np.int64(uniform(state) * free.size)]
            cluster[0], member[seed], side[seed] = seed, True, math.cos(angle[seed] - axis)
            size, done, total, pinned = 1, 0, 0.0, False
            while done < size:
                i = cluster[done]
                done += 1
                pinned |= held[i]
                total += side[i]
                for k in range(4):
                    j, w = neighbour[i, k], weight[i, k]
                    if member[j] or w == 0:
                        continue
                    there = math.cos(angle[j] - axis)
                    product = factor[replica] * w * side[i] * there
                    if product < 0 and uniform(state) >= 2.0**product:
                        member[j], side[j], cluster[size] = True, there, j
                        size += 1
            cost = force[replica] * math.cos(axis) * total
            mirrored = not pinned and (cost <= 0 or uniform(state) < math.exp(-cost))
            for k in range(size):
                i = cluster[k]
                member[i] = False
                if mirrored:
                    turned = 2 * axis + math.pi - angle[i]
                    angle[i] = turned - 2 * math.pi * math.floor(turned / (2 * math.pi) + 0.5)
