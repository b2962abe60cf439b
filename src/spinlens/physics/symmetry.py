"""The exact symmetry group of a system: maps of its states that leave every energy as it is."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.boundary import Boundary
from spinlens.physics.systems import System


@dataclass(frozen=True)
class Element:
    """One symmetry: first shift down and right (negating what crosses an anti-periodic seam), then the point map.

    point: 0 to 7, the square's symmetries (bit 2 transpose, then bit 1 up-down mirror, bit 0 left-right mirror).
    sign: -1 flips all spins.
    """

    down: int
    right: int
    point: int
    sign: int


@dataclass(frozen=True)
class SymmetryGroup:
    """downs, rights: numbers of shifts; boundary: what they cross; points: the allowed (point, sign) pairs."""

    downs: int
    rights: int
    boundary: Boundary
    points: tuple[tuple[int, int], ...]

    def draw(self, rng: np.random.Generator) -> Element:
        """An element, uniform over the group."""
        point, sign = self.points[rng.integers(len(self.points))]
        return Element(int(rng.integers(self.downs)), int(rng.integers(self.rights)), point, sign)

    def apply(self, element: Element, spins: NDArray[Any]) -> NDArray[Any]:
        """The image of spins (m, n), a new array of the same type."""
        return _move(element.point, self._shift(element, spins)) * spins.dtype.type(element.sign)

    def _shift(self, element: Element, spins: NDArray[Any]) -> NDArray[Any]:
        edges = self.boundary
        shifted = np.roll(spins, element.down, 0)
        shifted[: element.down] = np.roll(shifted[: element.down], edges.vertical.shift, 1) * edges.vertical.seam
        shifted = np.roll(shifted, element.right, 1)
        crossed = shifted[:, : element.right]
        shifted[:, : element.right] = np.roll(crossed, edges.horizontal.shift, 0) * edges.horizontal.seam
        return shifted


def _move(point: int, spins: NDArray[Any]) -> NDArray[Any]:
    """One of the square's symmetries."""
    if point & 4:
        spins = spins.T
    return spins[:: -1 if point & 2 else 1, :: -1 if point & 1 else 1]


@lru_cache(maxsize=64)
def symmetry_group(system: System) -> SymmetryGroup:
    """The group of lattice maps and the spin flip that leaves the energy of every state of the system unchanged."""
    edges, (m, n), field = system.boundary, system.lattice.shape, system.model.B != 0
    negatable = not field and not system.pinned.any()
    twisted = bool(edges.vertical.shift or edges.horizontal.shift)

    def shifts(seam: int, length: int) -> int:
        return length if seam == 1 or (seam == -1 and negatable) else 1

    points = []
    for point in range(8):
        if point & 4 and not (m == n and edges.vertical.seam == edges.horizontal.seam):
            continue
        if twisted and point not in (0, 3):  # a screw has a hand, which mirrors turn
            continue
        moved = _move(point, system.pinned)
        points += [(point, s) for s in (+1, -1) if np.array_equal(s * moved, system.pinned) and not (s < 0 and field)]
    return SymmetryGroup(
        shifts(edges.vertical.seam, m),
        shifts(edges.horizontal.seam, n),
        edges,
        tuple(points),
    )
