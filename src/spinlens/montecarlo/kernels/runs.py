"""Clusters as unions of runs: a run is a stretch of a row whose sites closed bonds join, 64 sites a word.

Runs are numbered along the rows from the top; the number of a site's run is the number of runs that begin before its
word, and of those that begin in it up to the site, less one. Only the first closed bond between a run and a run above
says anything new. About half as many runs as sites and a third as many bonds reach the search for clusters.

Arrays of one replica, words of all rows one after another: left, up (words,): closed bonds of each site; start: where
runs begin; base: runs before each word; parent (sites + 1,): a run of the same cluster, never of a higher number.
"""

import numba
import numpy as np

from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.montecarlo.kernels.words import bits_of_bytes, deposit, fill, first_of_each, popcount, words_from


@numba.njit(inline="always")
def root(parent, run):
    while parent[run] != run:
        parent[run] = parent[parent[run]]
        run = WORD(parent[run])
    return run


@numba.njit(inline="always")
def attach(parent, run, other):
    """Join the clusters of two runs, without a branch that the processor would mispredict."""
    first, second = root(parent, WORD(parent[run])), root(parent, WORD(parent[other]))
    low, high = min(first, second), max(first, second)
    parent[high] = low
    parent[run] = low
    parent[other] = low


@numba.njit(inline="always")
def _join_words(up, start, base, parent, word, above):
    """Join runs of 64 sites to those above them, by the first bond between each two."""
    begins, others = start[word], start[above]
    here, there = base[word] - WORD(1), base[above] - WORD(1)
    bonds = first_of_each(up[word], begins | others | WORD(1))
    while bonds:
        to_here = bonds ^ (bonds - WORD(1))  # bits up to the lowest
        attach(parent, here + popcount(begins & to_here), there + popcount(others & to_here))
        bonds &= bonds - WORD(1)


@numba.njit
def join_rows(left, up, valid, start, base, parent):
    """Find all runs and join those of neighbouring rows, the last row to the first; returns their number.

    valid (words a row,): the bits that are sites.
    """
    runs, width, last = WORD(0), WORD(valid.size), WORD(left.size - valid.size)
    for k in range(left.size):
        word = WORD(k)
        begins = ~left[word] & valid[word % width]
        start[word], base[word] = begins, runs
        count = popcount(begins)
        for run in range(runs, runs + count):
            parent[run] = run
        if word >= width:
            _join_words(up, start, base, parent, word, word - width)
        runs += count
    for k in range(valid.size):
        _join_words(up, start, base, parent, WORD(k), last + WORD(k))
    return runs


@numba.njit(inline="always")
def run_of(start, base, word, bit):
    """The run that a site is part of."""
    return base[word] - WORD(1) + popcount(start[word] & (~WORD(0) >> (WORD(63) - bit)))


@numba.njit(inline="always")
def join_sites(start, base, parent, bond):
    """Join the runs of two sites anywhere. bond: (word, bit, word, bit, turn)."""
    attach(parent, run_of(start, base, bond[0], bond[1]), run_of(start, base, bond[2], bond[3]))


@numba.njit
def hold(pinned, start, base, parent, colour):
    """Colour 0 for the clusters of pinned sites, pinned (words,)."""
    for k in range(pinned.size):
        word, bits = WORD(k), pinned[k]
        while bits:
            to_here = bits ^ (bits - WORD(1))
            run = base[word] - WORD(1) + popcount(start[word] & to_here)
            colour[root(parent, run)] = np.uint8(0)
            bits &= bits - WORD(1)


@numba.njit
def spread_colours(parent, runs, colour, planes, packed):
    """Every run takes the colour of its cluster; packed (planes, words): bit r is a binary digit of run r's colour.

    colour (8 * words,) bytes: on entry those of the clusters, at their lowest runs.
    """
    for run in range(runs):
        colour[run] = colour[parent[run]]
    eights = colour.view(np.uint64)
    for plane in range(planes):
        for k in range(np.int64(runs >> WORD(6)) + 1):
            word = WORD(0)
            for part in range(8):
                word |= bits_of_bytes(eights[8 * k + part], WORD(plane)) << WORD(8 * part)
            packed[plane, k] = word


@numba.njit
def run_colours(packed, start, base, width, out):
    """The colours of all sites from those of their runs, 64 at a time; out (planes, words)."""
    for plane in range(len(out)):
        digits = packed[plane]
        for k in range(start.size):
            word, before = WORD(k), WORD(0)
            first = base[word]
            if word % width:  # the run continues that of the word before
                before = (digits[(first - WORD(1)) >> WORD(6)] >> ((first - WORD(1)) & WORD(63))) & WORD(1)
            mine = words_from(digits, first)
            out[plane, word] = fill(deposit(mine ^ ((mine << WORD(1)) | before), start[word]), before)
