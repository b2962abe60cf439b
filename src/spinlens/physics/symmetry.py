"""The exact symmetry group of a system: maps of its states that leave every energy as it is, found by trial."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.angles import wrap
from spinlens.physics.spaces import Space
from spinlens.physics.states import are_same, count_maps, is_continuous, map_states, random_states
from spinlens.physics.systems import System, energy

TRIALS = 8  # fixed random states whose energies a symmetry must not change
SAME = 1e-9  # relative difference of two energies that rounding alone may make
SAME_ANGLES = 1e-4  # the same where float32 angles were turned; another energy differs in the first digits


@dataclass(frozen=True)
class Element:
    """One symmetry: first shift down and right (twisting what crosses a twisted seam), then move points and states.

    point: 0 to 7, the square's symmetries (bit 2 transpose, then bit 1 up-down mirror, bit 0 left-right mirror).
    map: number of the space's map, 0 for the identity; for Ising 1 flips all spins. angle: by how much angles turn.
    """

    down: int
    right: int
    point: int
    map: int
    angle: float = 0.0


@dataclass(frozen=True)
class SymmetryGroup:
    """system: whose group it is; downs, rights: numbers of shifts; points: the allowed (point, map) pairs.

    rotates: whether all angles may turn by the same angle.
    """

    system: System
    downs: int
    rights: int
    points: tuple[tuple[int, int], ...]
    rotates: bool = False

    def draw(self, rng: np.random.Generator) -> Element:
        """An element, uniform over the group."""
        point, map_ = self.points[rng.integers(len(self.points))]
        shifts = int(rng.integers(self.downs)), int(rng.integers(self.rights))
        return Element(*shifts, point, map_, 2 * np.pi * rng.random() if self.rotates else 0.0)

    def apply(self, element: Element, spins: NDArray[Any]) -> NDArray[Any]:
        """The image of spins (m, n), a new array of the same type; pinned angles to the last bit."""
        moved = apply(self.system, element, spins)
        if is_continuous(self.system.model.space) and self.system.held.any():
            moved[..., self.system.held] = self.system.pinned[self.system.held]
        return moved


def apply(system: System, element: Element, spins: NDArray[Any]) -> NDArray[Any]:
    """The image of spins (..., m, n) under an element, whether it is a symmetry or not; of the same type."""
    edges, space = system.boundary, system.model.space
    shifted = np.roll(spins, element.down, -2)
    if edges.vertical.shift or edges.vertical.seam < 0:
        crossed = np.roll(shifted[..., : element.down, :], edges.vertical.shift, -1)
        shifted[..., : element.down, :] = _seen(space, crossed, edges.vertical.seam)
    shifted = np.roll(shifted, element.right, -1)
    if edges.horizontal.shift or edges.horizontal.seam < 0:
        crossed = np.roll(shifted[..., : element.right], edges.horizontal.shift, -2)
        shifted[..., : element.right] = _seen(space, crossed, edges.horizontal.seam)
    moved = move_points(element.point, shifted)
    if element.map:
        moved = map_states(space, element.map, moved)
    return wrap(moved + moved.dtype.type(element.angle)) if element.angle else moved.copy()


def _seen(space: Space, states: NDArray[Any], seam: int) -> NDArray[Any]:
    """What comes out of the last row or column is the state before it, seen backwards through the seam."""
    return states if seam >= 0 or not states.size else space.across(states, np.array(-1)).astype(states.dtype)


def move_points(point: int, spins: NDArray[Any]) -> NDArray[Any]:
    """One of the square's symmetries."""
    if point & 4:
        spins = np.swapaxes(spins, -1, -2)
    return spins[..., :: -1 if point & 2 else 1, :: -1 if point & 1 else 1]


@lru_cache(maxsize=64)
def symmetry_group(system: System) -> SymmetryGroup:
    """The group of shifts, lattice maps and maps of the space that leaves the energy of every state unchanged.

    A candidate is kept where the energies of TRIALS random states do not change, and held sites stay as they are: a
    map that changes any energy changes those of almost all states.
    """
    rng, (m, n) = np.random.default_rng(0), system.lattice.shape
    space, shape = system.model.space, (TRIALS, m, n)
    if is_continuous(space):
        trial, same = random_states(space, shape, rng), SAME_ANGLES
    else:
        trial, same = space.states[rng.integers(len(space.states), size=shape)], SAME
    trial = np.where(system.held, system.pinned, trial)
    before = energy(system, trial)

    def keeps(element: Element) -> bool:
        after = apply(system, element, trial)
        if after.shape != trial.shape or not are_same(space, after, system.pinned)[:, system.held].all():
            return False
        return bool(np.allclose(energy(system, after), before, rtol=same, atol=same * system.model.scale))

    edges = system.boundary
    downs = m if edges.vertical.seam and keeps(Element(1, 0, 0, 0)) else 1
    rights = n if edges.horizontal.seam and keeps(Element(0, 1, 0, 0)) else 1
    maps = range(count_maps(space))
    points = [(point, map_) for point in range(8) for map_ in maps if keeps(Element(0, 0, point, map_))]
    rotates = is_continuous(space) and keeps(Element(0, 0, 0, 0, 1.0))
    return SymmetryGroup(system, downs, rights, tuple(points), rotates)
