"""What only systems of directions in the plane have: stiffness against a twist, and vortices."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.angles import wrap
from spinlens.physics.spaces import Directions
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import DOWN, RIGHT, System

CHUNK_SITES = 1 << 20  # whose angles are looked at at once, to bound the memory


def to_angles(system: System, states: NDArray[Any]) -> NDArray[np.float32]:
    """The angles of states, radians, in their shape; float32, whose sines are ten times faster."""
    space = system.model.space
    if is_continuous(space):
        return np.asarray(states, np.float32)
    assert isinstance(space, Directions)
    return (2 * np.pi / space.q * np.asarray(states)).astype(np.float32)


def straight_directions(system: System) -> list[int]:
    """Those of RIGHT and DOWN in which the lattice is periodic, without a twist and without a shift."""
    edges = ((RIGHT, system.boundary.horizontal), (DOWN, system.boundary.vertical))
    if any(edge.shift for _, edge in edges):
        return []
    return [direction for direction, edge in edges if edge.seam == 1]


def bond_strength(system: System, states: NDArray[Any]) -> NDArray[np.float64]:
    """(count,): (1/N) sum of J cos(theta_i - theta_j) along a direction, the mean over `straight_directions`.

    The second derivative of the energy by a twist of all angles. states (count, m, n).
    """
    return _over_bonds(system, states, np.cos, 1)


def squared_current(system: System, states: NDArray[Any]) -> NDArray[np.float64]:
    """(count,): (1/N) (sum of J sin(theta_i - theta_j))^2 along a direction, the mean over `straight_directions`.

    The square of the first derivative of the energy by a twist: the helicity modulus is <bond_strength> -
    <squared_current> / T. Fisher, Barber and Jasnow, Phys. Rev. A 8, 1111 (1973). states (count, m, n).
    """
    return _over_bonds(system, states, np.sin, 2)


def _over_bonds(system: System, states: NDArray[Any], wave: Any, power: int) -> NDArray[np.float64]:
    found, directions = np.zeros(len(states)), straight_directions(system)
    J = system.model.J  # type: ignore[attr-defined]
    for first in range(0, len(states), _rows(system)):
        some = slice(first, first + _rows(system))
        angles = to_angles(system, states[some].reshape(len(states[some]), -1))
        for direction in directions:
            differ = angles - angles[:, system.bonds.neighbour[:, direction]]
            strength = J * system.bonds.strength[:, direction]
            found[some] += (wave(differ).astype(np.float64) @ strength) ** power
    return found / (system.lattice.sites * max(len(directions), 1))


def vorticity(system: System, states: NDArray[Any]) -> NDArray[np.int8]:
    """(count, m, n): the winding number of the plaquette right below each site, 0 where a bond of it is missing.

    Angles are followed along each bond to the nearest of those that it prefers: where J times its factor is negative,
    half a turn further. +1: they turn once to the left on the way right, down, left and up.
    """
    J, bonds = system.model.J, system.bonds  # type: ignore[attr-defined]
    right, down = bonds.neighbour[:, RIGHT], bonds.neighbour[:, DOWN]
    there = np.ones(system.lattice.sites, bool)
    for direction, at in ((RIGHT, slice(None)), (DOWN, slice(None)), (DOWN, right), (RIGHT, down)):
        there &= bonds.strength[at, direction] != 0
    there &= bonds.neighbour[right, DOWN] == bonds.neighbour[down, RIGHT]
    winding = np.empty((len(states), system.lattice.sites), np.int8)
    for first in range(0, len(states), _rows(system)):
        angles = to_angles(system, states[first : first + _rows(system)].reshape(-1, system.lattice.sites))
        step = {}
        for direction, neighbour in ((RIGHT, right), (DOWN, down)):
            turned = np.pi * (bonds.turns[:, direction] & 1) + np.pi * (J * bonds.strength[:, direction] < 0)
            step[direction] = wrap(angles[:, neighbour] + turned - angles)
        around = step[RIGHT] + step[DOWN][:, right] - step[RIGHT][:, down] - step[DOWN]
        winding[first : first + _rows(system)] = np.where(there, np.rint(around / (2 * np.pi)), 0)
    return winding.reshape(states.shape)


def vortex_density(system: System, states: NDArray[Any]) -> NDArray[np.float64]:
    """(count,): vortices of either sign a site."""
    return np.asarray((vorticity(system, states) != 0).sum((1, 2)) / system.lattice.sites)


def _rows(system: System) -> int:
    return max(CHUNK_SITES // system.lattice.sites, 1)
