"""Exchange of the states of two sites, by Metropolis: one replica after the other.

Arrays: spins (count, sites) states as numbers from 0. neighbour, turns, strength (sites, 4): as `Bonds` has them.
pairs (3, states, states): the energy of a bond to a state seen after -1, 0 and +1 turns. pull (sites,): minus the
energy of a site in its field, per unit of `along` (states,). partners (n, 2): pairs of sites, empty for any two of
`free`. beta (count,). states (count, 4): the random streams, kept between calls.
"""

import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.scalar import uniform


@compiled(boundscheck=False)
def exchange_states(spins, neighbour, turns, strength, pairs, pull, along, free, partners, beta, attempts, states):
    """So many attempts in every replica, in place. A seam that turns states is crossed by the states of the sites."""
    for replica in range(len(spins)):
        spin, inverse, stream = spins[replica], beta[replica], states[replica]
        for _ in range(attempts):
            if len(partners):
                pick = np.int64(uniform(stream) * len(partners))
                first, second = partners[pick, 0], partners[pick, 1]
            else:
                first = free[np.int64(uniform(stream) * len(free))]
                second = free[np.int64(uniform(stream) * len(free))]
            a, b = spin[first], spin[second]
            if a == b:
                continue
            change = 0.0
            for way in range(4):
                there, turn, factor = neighbour[first, way], turns[first, way] + 1, strength[first, way]
                if there == second:
                    change += factor * (pairs[turn, b, a] - pairs[turn, a, b])
                else:
                    change += factor * (pairs[turn, b, spin[there]] - pairs[turn, a, spin[there]])
                there, turn, factor = neighbour[second, way], turns[second, way] + 1, strength[second, way]
                if there != first:
                    change += factor * (pairs[turn, a, spin[there]] - pairs[turn, b, spin[there]])
            if pull[first] != pull[second]:
                change -= (pull[first] - pull[second]) * (along[b] - along[a])
            if change <= 0 or uniform(stream) < np.exp(-change * inverse):  # at T = 0 inverse is infinite
                spin[first], spin[second] = b, a
