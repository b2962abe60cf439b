"""Swendsen-Wang by one reflection, on replicas whose rows are packed into words, one bit a site."""

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.runs import hold, join_rows, join_sites, root, run_colours, spread_colours
from spinlens.montecarlo.kernels.scalar import WORD, uniform
from spinlens.montecarlo.kernels.simd import WORDS
from spinlens.montecarlo.kernels.words import draw_bits, draw_words, popcount

SCALAR = 4 * WORDS  # where the words of a replica's second random stream begin, for numbers drawn one by one


@numba.njit
def _close(side, moves, exist, differ, width, random, left, up):
    """Closed bonds to the left and up: both sites move, they agree across the bond, and the random bit is 1."""
    last = WORD(side.size) - width
    for k in range(side.size):
        word = WORD(k)
        here, free, above = side[word], moves[word], word - width if word >= width else word + last
        before, free_before = here << WORD(1), free << WORD(1)
        if word % width:
            before |= side[word - WORD(1)] >> WORD(63)
            free_before |= moves[word - WORD(1)] >> WORD(63)
        agree = exist[0, word] & free & free_before & ~(here ^ before ^ differ[0, word])
        left[word] = random[WORD(2) * word] & agree
        agree = exist[1, word] & free & moves[above] & ~(here ^ side[above] ^ differ[1, word])
        up[word] = random[WORD(2) * word + WORD(1)] & agree


@numba.njit
def _close_seam(side, moves, seam, random, start, base, parent):
    """The bonds that no word of sites shares, one by one; random: bits from word 0 on."""
    for k in range(len(seam)):
        bond = seam[k]
        first, second = side[bond[0]] >> bond[1], side[bond[2]] >> bond[3]
        free = (moves[bond[0]] >> bond[1]) & (moves[bond[2]] >> bond[3])
        closed = random[k >> 6] >> WORD(k & 63)
        if closed & free & ~(first ^ second ^ bond[4]) & WORD(1):
            join_sites(start, base, parent, bond)


@numba.njit
def _pull(side, moves, pinned, start, base, parent, runs, total, colour, force, state):
    """Coins of the clusters weighted by the field; a cluster with a pinned spin keeps its side."""
    total[:runs] = 0
    for k in range(side.size):
        begins, run = start[k], base[k] - WORD(1) + (start[k] & WORD(1))
        bits = begins | WORD(1)
        while bits:
            lowest = bits & (WORD(0) - bits)
            bits ^= lowest
            stretch = ((bits & (WORD(0) - bits)) - lowest) & moves[k]  # up to the next begin
            total[root(parent, run)] += 2 * np.int64(popcount(stretch & side[k])) - np.int64(popcount(stretch))
            run += WORD(1)
    for run in range(runs):
        if parent[run] == run:
            odds = np.exp(force * total[run]) if total[run] != 0 else 1.0  # an infinite force on nothing
            colour[run] = np.uint8(uniform(state) * (1.0 + odds) < 1.0)
    hold(pinned, start, base, parent, colour)


@compiled(boundscheck=False, error_model="numpy")
def swendsen_wang(sides, moves, exist, differ, valid, seam, pinned, closed, pull, sweeps, states):
    """All clusters of every replica, in place.

    sides (count, words): the side of every site. moves (count or 1, words): whether the reflection moves it. exist,
    differ (2, words): whether there is a bond to the left, and up (from the first row to the last), and whether it
    wants the sides to differ. valid (words a row,): the sites of a row. seam (bonds, 5): all other bonds, (word, bit,
    word, bit, 1 to differ). pinned (words,): sites that never move. closed (count,): probability of a closed bond times
    2^64. pull (count,): ln of the weight of side 1 over 0 a site. states (count, 4 * WORDS + 4): random streams.
    """
    count, words = sides.shape
    sites = words * 64
    left, up, start, base = np.zeros(words, WORD), np.zeros(words, WORD), np.zeros(words, WORD), np.zeros(words, WORD)
    parent, total = np.empty(sites + 1, np.uint32), np.empty(sites if (pull != 0).any() else 0, np.int32)
    coins = np.zeros(sites // 8 + 8 + WORDS, WORD)
    packed, turns = np.zeros((1, words + 2), WORD), np.empty((1, words), WORD)
    colour, width = coins.view(np.uint8), WORD(valid.size)
    vectors = -(-(2 * words + (len(seam) + 63) // 64) // WORDS)
    random = np.empty(vectors * WORDS, WORD)
    for replica in range(count):
        side, mobile, state = sides[replica], moves[min(replica, len(moves) - 1)], states[replica]
        for _ in range(sweeps):
            draw_bits(random, closed[replica], state)
            _close(side, mobile, exist, differ, width, random, left, up)
            runs = join_rows(left, up, valid, start, base, parent)
            _close_seam(side, mobile, seam, random[2 * words :], start, base, parent)
            if pull[replica] != 0.0:
                force = pull[replica]
                _pull(side, mobile, pinned, start, base, parent, runs, total, colour, force, state[SCALAR:])
            else:
                draw_words(coins, runs // WORD(8 * WORDS) + WORD(1), state)
                hold(pinned, start, base, parent, colour)
            spread_colours(parent, runs, colour, 1, packed)
            run_colours(packed, start, base, width, turns)
            for k in range(words):
                side[k] ^= turns[0, k] & mobile[k]
