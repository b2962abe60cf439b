"""Ground states of angles between edges that ask for a turn: it is spread evenly over the rows and columns."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.boundary import Edge

if TYPE_CHECKING:
    from spinlens.physics.systems import System


def spiral(system: "System", down: int, right: int) -> NDArray[np.float32]:
    """(m, n) angles of least energy where all couplings are equal and no field acts; held sites as they are.

    A twisted seam asks for half a turn over the side, pinned edges for one between them where they differ. down, right:
    +1 or -1, the sense in which rows and columns turn. Neighbours differ by half a turn where `staggered`.
    """
    (m, n), edges = system.lattice.shape, system.boundary
    rows, columns = _turns(edges.vertical, m) * down, _turns(edges.horizontal, n) * right
    angles = rows[:, None] + columns
    if system.staggered:
        angles = angles + np.pi * (np.indices((m, n)).sum(0) % 2)
    angles = angles - 2 * np.pi * np.rint(angles / (2 * np.pi))
    return np.where(system.held, system.pinned, angles).astype(np.float32)


def _turns(edge: Edge, side: int) -> NDArray[Any]:
    """(side,): how far each row has turned."""
    if edge.pins:
        first, last = (0.0 if pin > 0 else np.pi for pin in edge.pins)
        return np.linspace(first, last, side)
    return np.pi * np.arange(side) / side * (edge.seam < 0)
