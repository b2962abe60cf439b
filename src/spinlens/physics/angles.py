"""Angles as what a site holds: the space of the XY model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError

TRIALS = 64  # angles that stand for all: sums over them are integrals for every harmonic below
NEED = "one with finitely many states a site"


@dataclass(frozen=True)
class Angles:
    """Points of the circle, angles in radians, float32: the XY model. A twisted edge turns them by half a turn.

    Whatever needs the states of a site one by one (`states`, `vectors`, `maps`) raises InputError: there are
    infinitely many. `trial_states` gives TRIALS of them.

    >>> Angles().across(np.array([0.0]), np.array(1)).round(4).tolist()
    [3.1416]
    """

    @property
    def poles(self) -> tuple[float, float]:
        """The angle 0 and the opposite one."""
        return 0.0, np.pi

    @property
    def states(self) -> NDArray[np.int8]:
        """Raises InputError."""
        raise InputError("system (model)", "angles", NEED)

    @property
    def vectors(self) -> NDArray[np.float64]:
        """Raises InputError."""
        raise InputError("system (model)", "angles", NEED)

    @property
    def maps(self) -> NDArray[np.int8]:
        """Raises InputError."""
        raise InputError("system (model)", "angles", NEED)

    def across(self, states: NDArray[Any], turns: NDArray[Any]) -> NDArray[Any]:
        """Half a turn further for an odd number of turns, from -pi to pi."""
        angles, odd = np.asarray(states), (np.asarray(turns) & 1).astype(bool)
        return np.where(odd, wrap(angles + angles.dtype.type(np.pi)), angles)


def wrap(angles: NDArray[Any]) -> NDArray[Any]:
    """The same directions as angles from -pi to pi, in the type of the angles.

    >>> wrap(np.array([0.5, 2 * np.pi + 1])).round(4).tolist()
    [0.5, 1.0]
    """
    exact = np.asarray(angles, np.float64)
    return (exact - 2 * np.pi * np.rint(exact / (2 * np.pi))).astype(np.asarray(angles).dtype)


def to_unit_vectors(angles: NDArray[Any]) -> NDArray[np.float64]:
    """(..., 2): cosine and sine, good to 1e-7: of float32, ten times faster."""
    rounded = np.asarray(angles, np.float32)
    found = np.empty((*rounded.shape, 2))
    found[..., 0], found[..., 1] = np.cos(rounded), np.sin(rounded)
    return found
