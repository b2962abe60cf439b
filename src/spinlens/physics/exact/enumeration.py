"""Every state of a small system."""

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System, find_system

ENUMERABLE_STATES = 2**20


def is_enumerable(system: System) -> bool:
    """Whether `enumerate_states` takes the system."""
    if is_continuous(system.model.space):
        return False
    return len(system.model.space.states) ** int(system.free_sites.size) <= ENUMERABLE_STATES


def enumerate_states(system: System | str) -> NDArray[np.int8]:
    """All states, (k^free, m, n) for k states a site. Raises InputError above 2^20 of them.

    The first free site changes fastest, in the order of the space's states.
    """
    system = find_system(system)
    free, known = system.free_sites, system.model.space.states  # angles have none: this raises
    if not is_enumerable(system):
        expected = f"a lattice with at most {ENUMERABLE_STATES} states, {len(known)} for each of its free sites"
        raise InputError("size", system.lattice.shape, expected)
    states = np.tile(system.ground_pattern.ravel(), (len(known) ** free.size, 1))
    states[:, free] = known[np.arange(len(states))[:, None] // len(known) ** np.arange(free.size) % len(known)]
    return states.reshape(-1, *system.lattice.shape)
