"""What a quantum Hamiltonian is made of: bonds between spins, and the spins that a pinned edge holds."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.models.transverse_ising import require_quantum
from spinlens.physics.systems import DOWN, RIGHT, System


class SpinBonds(NamedTuple):
    """-sum_b strength_b sz_first sz_second: every bond once, first (b,), second (b,), strength (b,) with sign and J."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    strength: NDArray[np.float64]


def spin_bonds(system: System) -> SpinBonds:
    """The bonds of the spins of a system, those of strength 0 left out. Raises InputError for a classical system."""
    J, bonds = require_quantum(system.model).J, system.bonds
    places = [(site, way) for site in range(system.lattice.spins) for way in (RIGHT, DOWN)]
    sites, ways = np.array(places).T
    strength = J * bonds.strength[sites, ways] * (1.0 - 2.0 * np.abs(bonds.turns[sites, ways]))
    there = strength != 0
    return SpinBonds(sites[there], bonds.neighbour[sites, ways][there], strength[there])


def held_spins(system: System) -> NDArray[np.int8]:
    """(spins,): the state of every spin that is pinned, 0 for those that are free."""
    return np.where(system.held, system.pinned, 0).astype(np.int8).ravel()[: system.lattice.spins]
