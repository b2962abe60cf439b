"""Random numbers for compiled code that follows one replica: SFC64 (C. Doty-Humphrey, PractRand; NumPy's SFC64)."""

import numba
import numpy as np

WORD = np.uint64


@numba.njit(inline="always")
def advance(a, b, c, counter):
    """(random word, state): one step, for loops that keep the state in registers."""
    random = a + b + counter
    rotated = (c << WORD(24)) | (c >> WORD(40))
    return random, b ^ (b >> WORD(11)), c + (c << WORD(3)), rotated + random, counter + WORD(1)


@numba.njit(inline="always")
def next_word(state):
    """The next word; state (4,) changes in place."""
    random, state[0], state[1], state[2], state[3] = advance(state[0], state[1], state[2], state[3])
    return random


@numba.njit(inline="always")
def uniform(state):
    """Uniform in [0, 1)."""
    return (next_word(state) >> WORD(11)) * 2.0**-53
