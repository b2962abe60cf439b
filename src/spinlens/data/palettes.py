"""The colours of states in pictures, the same in all of them: told apart by colour-blind readers, and read back."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.colours import DOWN_COLOUR, UP_COLOUR
from spinlens.physics.spaces import Colours, Directions, Space, index_states
from spinlens.physics.states import is_continuous

Rgb = tuple[int, int, int]

# nine equidistant colours of viridis (Smith and van der Walt 2015), and ten that differ (Petroff, arXiv:2107.02270)
VIRIDIS = "440154 472c7a 3b518b 2c718e 21908d 27ad81 5cc863 aadc32 fde725"
PETROFF = "3f90da ffa90e bd1f01 94a4a2 832db6 a96b59 e76300 b9ac70 717581 92dadd"
ANGLES = 240  # colours of the circle, which leave entries of a palette of 256 for other things
TWILIGHT = "e2d9e2 9ebbc9 6785be 5e43a5 2f1436 8e2c50 b86d58 ceac94"  # once around the circle


def palette(space: Space) -> list[Rgb]:
    """The colour of each state, in the order of `states_index`.

    Two states: yellow and dark, as in Kara et al. (2021). Numbers run from yellow to dark along viridis, directions
    around a circle of colours, and up to ten labels have colours of their own.
    """
    if is_continuous(space):
        return palette_of_circle(ANGLES)
    count = len(space.states)
    if count == 2:
        return [DOWN_COLOUR, UP_COLOUR]
    if isinstance(space, Colours) and count <= len(PETROFF.split()):
        return _parse(PETROFF)[:count]
    if isinstance(space, Directions):
        return palette_of_circle(count)
    return _between(_parse(VIRIDIS), np.linspace(1, 0, count))


def palette_of_circle(count: int) -> list[Rgb]:
    """Colours of so many directions at equal distances: the last is next to the first."""
    circle = _parse(TWILIGHT)
    return _between([*circle, circle[0]], np.arange(count) / count)


def states_index(space: Space, states: NDArray[Any]) -> NDArray[np.uint8]:
    """The entry of the palette of each state: of two states 1 for the + pole, else the place among the states.

    Of an angle: the nearest of ANGLES directions.
    """
    if is_continuous(space):
        return (np.rint(np.asarray(states, np.float64) * (ANGLES / (2 * np.pi))) % ANGLES).astype(np.uint8)
    if len(space.states) == 2:
        return np.asarray(states == space.poles[0], np.uint8)
    return index_states(space, states).astype(np.uint8)


def _parse(text: str) -> list[Rgb]:
    return [(r, g, b) for r, g, b in map(bytes.fromhex, text.split())]


def _between(anchors: list[Rgb], places: NDArray[np.float64]) -> list[Rgb]:
    """Colours at places from 0 to 1 along the anchors."""
    grid = np.linspace(0, 1, len(anchors))
    channels = [np.rint(np.interp(places, grid, column)).astype(int).tolist() for column in np.array(anchors).T]
    return [(r, g, b) for r, g, b in zip(*channels, strict=True)]
