"""Weights of the spins of a quantum system in what is measured: the order, and waves of the longest wavelength."""

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.lattices import Chain
from spinlens.physics.models.protocol import has_field
from spinlens.physics.systems import System


def patterns(system: System) -> NDArray[np.float64]:
    """(spins, 6): 1; the signs of the order, a checkerboard for J < 0; where there are momenta cosine and sine of the
    order's longest waves, along the longer side or both sides of a square, each pair over sqrt(pairs); else 0."""
    spins, (m, n) = system.lattice.spins, system.lattice.shape
    row, column = (index.ravel()[:spins] for index in np.indices((m, n)))
    order = 1.0 - 2 * ((row + column) % 2) if system.staggered else np.ones(spins)
    columns = [np.ones(spins), order]
    if has_momenta(system):
        chain = isinstance(system.lattice, Chain)
        phases = [2 * np.pi * row / m] * (m >= n and not chain) + [2 * np.pi * column / n] * (n >= m or chain)
        columns += [order * wave(phase) / np.sqrt(len(phases)) for phase in phases for wave in (np.cos, np.sin)]
    return np.stack([*columns, *np.zeros((6 - len(columns), spins))], 1)


def longest_side(system: System) -> int:
    """Of the space, along which the waves of `patterns` run."""
    return system.lattice.columns if isinstance(system.lattice, Chain) else max(system.lattice.shape)


def has_momenta(system: System) -> bool:
    """Whether it is a ring or torus without disorder and a field on which its order fits."""
    edges, spins = system.boundary, system.lattice.drawn
    closed = all(edge.seam == 1 and not edge.shift for edge in (edges.vertical, edges.horizontal))
    fits = not system.staggered or all(side % 2 == 0 for side in spins if side > 1)
    return closed and fits and not system.is_disordered and not has_field(system.model)
