"""Every state of a small system."""

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.systems import System

ENUMERABLE_SITES = 20


def enumerate_states(system: System) -> NDArray[np.int8]:
    """All states, (2^free, m, n). Raises InputError above 20 free sites."""
    free = system.free_sites
    if free.size > ENUMERABLE_SITES:
        raise InputError("size", system.lattice.shape, f"a lattice of at most {ENUMERABLE_SITES} free sites")
    states = np.tile(system.ground_pattern.ravel(), (2**free.size, 1))
    states[:, free] = 2 * (np.arange(2**free.size)[:, None] >> np.arange(free.size) & 1) - 1
    return states.reshape(-1, *system.lattice.shape)
