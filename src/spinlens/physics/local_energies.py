"""What each state of a site would cost among the neighbours that it has: all that single-site statistics need."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.masks import along_pole
from spinlens.physics.spaces import index_states
from spinlens.physics.systems import System, pair_table

DIGITS = 12  # after which energies in the model's unit are the same


def local_energies(system: System, spins: NDArray[Any], sites: NDArray[np.int64]) -> NDArray[np.float64]:
    """(count, sites, k): the energy of each site in each of its k states, all other sites as they are.

    spins: (count, m, n). sites: flat indices. Energies are those of the site and its bonds, in the unit of the model.
    """
    space, flat, bonds = system.model.space, spins.reshape(len(spins), -1), system.bonds
    pairs = pair_table(system.model)
    total = np.broadcast_to(system.model.site_energy(space.states), (len(flat), len(sites), len(pairs))).copy()
    for k in range(bonds.neighbour.shape[1]):
        seen = flat[:, bonds.neighbour[sites, k]]
        if bonds.turns[sites, k].any():
            seen = space.across(seen, bonds.turns[sites, k])
        total += pairs[index_states(space, seen)] * bonds.strength[sites, k, None]
    if system.pull is not None:
        total -= system.pull[sites, None] * along_pole(space)
    return total


def own_index(system: System, spins: NDArray[Any], sites: NDArray[np.int64]) -> NDArray[np.int64]:
    """(count, sites): the place of each site's state among the states of its space."""
    return index_states(system.model.space, spins.reshape(len(spins), -1)[:, sites])


def count_environments(
    system: System, spins: NDArray[Any], sites: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(excess (levels, k), counts (count, levels)): how often each snapshot has sites of each kind.

    A row of excess: what every state would cost above the state that the site has, so that the site has its state with
    the probability 1 / sum exp(-excess / T).
    """
    energies, own = local_energies(system, spins, sites), own_index(system, spins, sites)
    excess = energies - np.take_along_axis(energies, own[..., None], 2)
    excess = np.round(excess / system.model.scale, DIGITS).reshape(-1, energies.shape[-1])
    excess.sort(axis=1)  # which state costs what does not matter
    keys = excess @ np.sqrt(np.arange(2, 2 + excess.shape[1]) * np.pi)  # one number for a row, many times faster
    _, first, kind = np.unique(np.round(keys, DIGITS - 3), return_index=True, return_inverse=True)
    places = kind.reshape(own.shape) + np.arange(len(own))[:, None] * len(first)
    counts = np.bincount(places.ravel(), minlength=len(own) * len(first)).reshape(len(own), -1)
    return excess[first] * system.model.scale, counts
