"""Swendsen-Wang by shifts of the colour, on replicas whose rows are packed into words, one plane a binary digit."""

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.runs import hold, join_rows, join_sites, run_colours, spread_colours
from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.montecarlo.kernels.simd import WORDS
from spinlens.montecarlo.kernels.words import draw_bits, draw_words


@numba.njit
def _close(colours, exist, width, random, left, up):
    """Closed bonds to the left and up: equal colours, and the random bit is 1."""
    planes, words = colours.shape
    last = WORD(words) - width
    for k in range(words):
        word, differ, differ_up = WORD(k), WORD(0), WORD(0)
        above = word - width if word >= width else word + last
        for plane in range(planes):
            here = colours[plane, word]
            before = here << WORD(1)
            if word % width:
                before |= colours[plane, word - WORD(1)] >> WORD(63)
            differ |= here ^ before
            differ_up |= here ^ colours[plane, above]
        left[word] = random[WORD(2) * word] & exist[0, word] & ~differ
        up[word] = random[WORD(2) * word + WORD(1)] & exist[1, word] & ~differ_up


@numba.njit(inline="always")
def _colour(colours, word, bit):
    colour = WORD(0)
    for plane in range(len(colours)):
        colour |= ((colours[plane, word] >> bit) & WORD(1)) << WORD(plane)
    return colour


@numba.njit
def _close_seam(colours, q, seam, random, start, base, parent):
    """The bonds that no word of sites shares: closed where s_i = s_j + turn mod q."""
    for k in range(len(seam)):
        bond = seam[k]
        if (random[k >> 6] >> WORD(k & 63)) & WORD(1):
            seen = _colour(colours, bond[2], bond[3]) + bond[4]
            if _colour(colours, bond[0], bond[1]) == (seen if seen < q else seen - q):
                join_sites(start, base, parent, bond)


@numba.njit
def _add(colours, shifts, q, valid):
    """Colours plus shifts modulo q, all planes of 64 sites at once: the sum, and less q where it is not below q."""
    planes, words = colours.shape
    reduced = np.empty(planes, WORD)
    for k in range(words):
        carry, below = WORD(0), WORD(0)
        for plane in range(planes):
            digit = WORD(0) - ((q >> WORD(plane)) & WORD(1))
            old, shift = colours[plane, k], shifts[plane, k] & valid[k % valid.size]
            total = old ^ shift ^ carry
            carry = (old & shift) | (carry & (old ^ shift))
            reduced[plane] = total ^ digit ^ below
            below = (~total & digit) | (below & ~(total ^ digit))
            colours[plane, k] = total
        digit = WORD(0) - ((q >> WORD(planes)) & WORD(1))
        below = (~carry & digit) | (below & ~(carry ^ digit))
        for plane in range(planes):
            colours[plane, k] = (colours[plane, k] & below) | (reduced[plane] & ~below)


@compiled(boundscheck=False, error_model="numpy")
def shift_clusters(colours, q, exist, valid, seam, pinned, closed, sweeps, states):
    """Every cluster of equal colours shifts by a colour of its own, uniform to 2^-32; pinned ones stay. In place.

    Shifts of both ends leave every bond as it is, across twisted edges too, whose twist is a shift itself. colours
    (count, planes, words), q uint64; exist, valid, seam, pinned, closed and states as in `swendsen_wang`, the turn of a
    seam's bond from 0 to q - 1.
    """
    count, planes, words = colours.shape
    sites = words * 64
    left, up, start, base = np.zeros(words, WORD), np.zeros(words, WORD), np.zeros(words, WORD), np.zeros(words, WORD)
    parent, draws = np.empty(sites + 1, np.uint32), np.zeros(sites // 2 + WORDS + 1, WORD)
    packed, shifts = np.zeros((planes, words + 2), WORD), np.empty((planes, words), WORD)
    colour, halves = np.zeros(sites + 64, np.uint8), draws.view(np.uint32)
    width = WORD(valid.size)
    random = np.empty(-(-(2 * words + (len(seam) + 63) // 64) // WORDS) * WORDS, WORD)
    for replica in range(count):
        s, state = colours[replica], states[replica]
        for _ in range(sweeps):
            draw_bits(random, closed[replica], state)
            _close(s, exist, width, random, left, up)
            runs = join_rows(left, up, valid, start, base, parent)
            _close_seam(s, q, seam, random[2 * words :], start, base, parent)
            draw_words(draws, runs // WORD(2 * WORDS) + WORD(1), state)
            for run in range(runs):
                colour[run] = np.uint8((WORD(halves[run]) * q) >> WORD(32))
            hold(pinned, start, base, parent, colour)
            spread_colours(parent, runs, colour, planes, packed)
            run_colours(packed, start, base, width, shifts)
            _add(s, shifts, q, valid)
