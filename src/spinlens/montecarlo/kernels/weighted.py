"""Heat bath where every bond has a factor of its own: one replica after the other, energies summed as floats.

Arrays: spins (count, sites) states as numbers from 0. neighbour, turns, strength (sites, 4): as `Bonds` has them.
across (3, states): what a state is seen as after -1, 0 and +1 turns. pairs (states, states), sites (states,): energies.
pull (sites,), along (states,): fields on sites, and what they couple to in each state. order: the sites to visit. beta
(count,). states (count, 4): the random streams, kept between calls.
"""

import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.scalar import uniform


@compiled(boundscheck=False)
def sweep_weighted(spins, neighbour, turns, strength, across, pairs, sites, pull, along, order, beta, sweeps, states):
    """So many sweeps over the sites of `order`, in place."""
    known = len(sites)
    energies, weights = np.empty(known), np.empty(known)
    for replica in range(len(spins)):
        spin, inverse, stream = spins[replica], beta[replica], states[replica]
        for _ in range(sweeps):
            for step in range(len(order)):
                site = order[step]
                least = np.inf
                for k in range(known):
                    energies[k] = sites[k] - pull[site] * along[k]
                for way in range(4):
                    seen = across[turns[site, way] + 1, spin[neighbour[site, way]]]
                    for k in range(known):
                        energies[k] += strength[site, way] * pairs[k, seen]
                for k in range(known):
                    least = min(least, energies[k])
                total = 0.0
                for k in range(known):
                    above = energies[k] - least
                    weights[k] = 1.0 if above == 0 else np.exp(-above * inverse)  # at T = 0 inverse is infinite
                    total += weights[k]
                chosen, left = known - 1, uniform(stream) * total
                for k in range(known - 1):
                    left -= weights[k]
                    if left < 0:
                        chosen = k
                        break
                spin[site] = chosen
