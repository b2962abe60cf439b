"""How a system orders: magnetization, order parameter, and where relaxation is fast."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.physics.systems import System, flat_spins


def magnetization(system: System, spins: ArrayLike) -> NDArray[np.float64]:
    """Mean spin of each snapshot. spins: (..., m, n). Returns (...). Raises InputError as `energy` does."""
    return flat_spins(system, spins).mean(-1, dtype=np.float64).reshape(np.shape(spins)[:-2])


def order_parameter(system: System, spins: ArrayLike) -> NDArray[np.float64]:
    """|m|, or |m| of the staggered spins where J < 0. spins: (..., m, n). Returns (...)."""
    flat = flat_spins(system, spins).astype(np.int8)
    if system.staggered:
        rows, columns = np.indices(system.lattice.shape)
        flat = flat * (1 - 2 * ((rows + columns) % 2)).astype(np.int8).ravel()
    return np.abs(flat.mean(-1, dtype=np.float64)).reshape(np.shape(spins)[:-2])


def relaxes_fast(system: System) -> bool:
    """Whether cluster sweeps alone forget any start: an unfrustrated torus without a field."""
    edges, (m, n) = system.boundary, system.lattice.shape
    straight = edges.vertical.shift == edges.horizontal.shift == 0
    bipartite = system.model.J > 0 or (m % 2 == 0 and n % 2 == 0 and straight)
    return edges.vertical.seam == edges.horizontal.seam == 1 and system.model.B == 0 and bipartite
