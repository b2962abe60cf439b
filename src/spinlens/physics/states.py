"""What can be asked of every space, whether its states are finitely many or fill a circle."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.angles import TRIALS, Angles, wrap
from spinlens.physics.spaces import Space, index_states, to_vectors

ANGLE_MAPS = 4  # as they are, turned by half a turn, mirrored, and both
CLOSE = 1e-5  # radians: maps of float32 angles round


def is_continuous(space: Space) -> bool:
    """Whether its states are angles."""
    return isinstance(space, Angles)


def spin_type(space: Space) -> type[np.generic]:
    """The type of arrays of its states: int8, or float32 for angles."""
    return np.float32 if is_continuous(space) else np.int8


def trial_states(space: Space) -> NDArray[Any]:
    """(k,): all states; of angles TRIALS at equal distances, from 0 on, with both poles."""
    if not is_continuous(space):
        return space.states
    return (2 * np.pi * np.arange(TRIALS) / TRIALS).astype(np.float32)


def dimension(space: Space) -> int:
    """Of the vectors of its states."""
    return 2 if is_continuous(space) else space.vectors.shape[1]


def random_states(space: Space, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[Any]:
    """States, each alike."""
    if is_continuous(space):
        return (np.pi * (2 * rng.random(shape, np.float32) - 1)).astype(np.float32)
    return space.states[rng.integers(0, len(space.states), shape, dtype=np.int8)]


def log_volume(space: Space) -> float:
    """The logarithm of the number of states, or of the length of the circle: ln Z of a site at infinite temperature."""
    return math.log(2 * math.pi if is_continuous(space) else len(space.states))


def check_finite_angles(angles: NDArray[Any]) -> NDArray[Any]:
    """The angles. Raises InputError unless all are finite."""
    if not np.isfinite(angles).all():
        raise InputError("spins", float(angles[~np.isfinite(angles)].flat[0]), "finite angles in radians")
    return angles


def count_maps(space: Space) -> int:
    """Of the maps of the space that `map_states` knows."""
    return ANGLE_MAPS if is_continuous(space) else len(space.maps)


def map_states(space: Space, number: int, states: NDArray[Any]) -> NDArray[Any]:
    """The images of states under the map of that number, 0 for the identity, in their type."""
    if not is_continuous(space):
        return space.maps[number][index_states(space, states)].astype(states.dtype)
    mirrored = -states if number & 2 else states
    return wrap(mirrored + mirrored.dtype.type(np.pi)) if number & 1 else mirrored


def are_same(space: Space, first: NDArray[Any], second: NDArray[Any]) -> NDArray[np.bool_]:
    """Element by element, up to rounding of angles."""
    if not is_continuous(space):
        return np.asarray(first == second)
    return np.abs(wrap(np.asarray(first, np.float64) - second)) < CLOSE


def pole_vector(space: Space) -> NDArray[np.float64]:
    """(d,): the vector of the + pole."""
    pole = np.array([space.poles[0]], spin_type(space))
    return np.asarray(to_vectors(space, pole)[0], np.float64)
