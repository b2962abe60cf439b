"""Snapshots to bit planes and back: rows of one replica to rows of one site, by squares of 64 x 64 bits."""

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.simd import WORD, WORDS


@numba.njit(inline="always")
def _transpose(square):
    """Transpose WORDS squares of bits, square (64, WORDS), in place: halves of halves change places.

    H. S. Warren, Hacker's Delight, section 7-3.
    """
    width, mask = 32, WORD(0xFFFFFFFF)
    while width:
        for first in range(0, 64, 2 * width):
            for row in range(first, first + width):
                for word in range(WORDS):
                    low, high = square[row, word], square[row + width, word]
                    moved = ((low >> WORD(width)) ^ high) & mask
                    square[row, word], square[row + width, word] = low ^ (moved << WORD(width)), high ^ moved
        width //= 2
        mask ^= mask << WORD(width)


@compiled(boundscheck=False)
def to_planes(bits, words, plane):
    """bits (LANES, columns): 64 sites a word; words (rows, planes, WORDS): this plane of the rows is overwritten."""
    square = np.empty((64, WORDS), WORD)
    for column in range(bits.shape[1]):
        for row in range(64):
            for word in range(WORDS):
                square[row, word] = bits[64 * word + row, column]
        _transpose(square)
        for row in range(min(64, words.shape[0] - 64 * column)):
            for word in range(WORDS):
                words[64 * column + row, plane, word] = square[row, word]


@compiled(boundscheck=False)
def from_planes(words, plane, bits):
    """The inverse: the bits of rows that are not there are 0."""
    square = np.empty((64, WORDS), WORD)
    for column in range(bits.shape[1]):
        rows = min(64, words.shape[0] - 64 * column)
        square[rows:] = WORD(0)
        for row in range(rows):
            for word in range(WORDS):
                square[row, word] = words[64 * column + row, plane, word]
        _transpose(square)
        for row in range(64):
            for word in range(WORDS):
                bits[64 * word + row, column] = square[row, word]
