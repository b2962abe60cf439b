"""Energies of many snapshots: tables instead of arithmetic, no array in between.

Arrays: spins (count, sites) states as bytes. numbers (256,): the number of each state by its byte. neighbour, turns,
strength (sites, 4): as `Bonds` has them, right and down first. pairs (3, states, states): the energy of a bond after
-1, 0 and +1 turns. energies (states,): of a site. total (count,): what is written.
"""

from spinlens.montecarlo.kernels.compiling import compiled


@compiled(boundscheck=False, error_model="numpy")
def sum_energies(spins, numbers, neighbour, turns, strength, pairs, energies, total):
    """Every bond once, site after site."""
    sites = spins.shape[1]
    for replica in range(spins.shape[0]):
        spin, found = spins[replica], 0.0
        for site in range(sites):
            state = numbers[spin[site]]
            found += energies[state]
            for way in range(2):
                seen = numbers[spin[neighbour[site, way]]]
                found += strength[site, way] * pairs[turns[site, way] + 1, state, seen]
        total[replica] = found
