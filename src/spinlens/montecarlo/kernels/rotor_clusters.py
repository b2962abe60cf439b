"""Swendsen-Wang of angles by reflections, one replica after the other: bonds 16 at a time, clusters as unions of runs.

Arrays: cosine, sine (count, rows * stride): rows of whole words, zeros beyond their ends. left, up (rows * stride,):
the weight of the bond to the site before and to the one above, in the first row to the last; 0 for none. seam (bonds,
4) words and bits of the two sites of every other bond, and seam_weight (bonds,). valid, pinned: as of `runs`.
"""

import math

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.lanes import (
    LANES,
    REAL,
    bits_less,
    fma,
    load_halves,
    load_reals,
    next_halves,
    power_of_two,
    reals,
    store_halves,
    store_reals,
    uniform_reals,
    where_bit,
    where_less,
)
from spinlens.montecarlo.kernels.runs import hold, join_rows, join_sites, root, run_colours, spread_colours
from spinlens.montecarlo.kernels.scalar import WORD, uniform
from spinlens.montecarlo.kernels.simd import WORDS
from spinlens.montecarlo.kernels.words import draw_words

SCALAR = 4 * WORDS  # where the words of a replica's second random stream begin, for numbers drawn one by one
GAP = LANES  # floats before the projections of the first row: its first bond to the left reads one of them


@numba.njit(inline="always")
def _closed(product, random):
    """Bits of the bonds closed with probability 1 - 2^product where the product is below 0."""
    zero = reals(REAL(0))
    stays = power_of_two(where_less(product, zero, product, zero))
    return bits_less(stays, uniform_reals(random))  # a draw of up to 1 never exceeds 2^0


@numba.njit
def _close(sides, left, up, factor, stride, halves, closed_left, closed_up):
    """All bonds within rows of words. sides: GAP floats, then the projections of the spins on the axis."""
    a, b = load_halves(halves, 0), load_halves(halves, LANES)
    c, d = load_halves(halves, 2 * LANES), load_halves(halves, 3 * LANES)
    scale = reals(factor)
    for k in range(closed_left.size):
        first, second = WORD(0), WORD(0)
        for part in range(64 // LANES):
            place = 64 * k + LANES * part
            above = place - stride if place >= stride else place + left.size - stride
            mine = load_reals(sides, GAP + place) * scale
            random, a, b, c, d = next_halves(a, b, c, d)
            product = mine * load_reals(left, place) * load_reals(sides, GAP + place - 1)
            first |= _closed(product, random) << WORD(LANES * part)
            random, a, b, c, d = next_halves(a, b, c, d)
            product = mine * load_reals(up, place) * load_reals(sides, GAP + above)
            second |= _closed(product, random) << WORD(LANES * part)
        closed_left[k], closed_up[k] = first, second
    store_halves(halves, 0, a)
    store_halves(halves, LANES, b)
    store_halves(halves, 2 * LANES, c)
    store_halves(halves, 3 * LANES, d)


@numba.njit
def _close_seam(sides, seam, seam_weight, factor, state, start, base, parent):
    for k in range(len(seam)):
        bond = seam[k]
        here, there = sides[GAP + 64 * bond[0] + bond[1]], sides[GAP + 64 * bond[2] + bond[3]]
        product = np.float64(factor) * seam_weight[k] * here * there
        if product < 0.0 and uniform(state) > 2.0**product:
            join_sites(start, base, parent, bond)


@numba.njit
def _pull(sides, start, base, parent, runs, total, colour, force, state):
    """Coins of the clusters weighted by the field: a cluster costs `force` times the sum of its projections, in T."""
    total[:runs] = 0.0
    for k in range(start.size):
        run = base[k] - WORD(1)
        for bit in range(64):
            run += (start[k] >> WORD(bit)) & WORD(1)
            side = sides[GAP + 64 * k + bit]
            if side != 0.0:
                total[root(parent, run)] += side
    for run in range(runs):
        if parent[run] == run:
            cost = force * total[run]
            colour[run] = np.uint8(uniform(state) * (1.0 + math.exp(min(cost, 700.0))) < 1.0)


@numba.njit
def _mirror(cosine, sine, sides, flips, ex, ey):
    """s - 2 (s e) e for the sites of the bits of `flips`, their lengths brought back to 1."""
    zero, x_axis, y_axis = reals(REAL(0)), reals(ex), reals(ey)
    for k in range(flips.size):
        word = flips[k]
        for part in range(64 // LANES):
            place = 64 * k + LANES * part
            side = load_reals(sides, GAP + place)
            twice = where_bit(word >> WORD(LANES * part), zero - (side + side), zero)
            x, y = fma(twice, x_axis, load_reals(cosine, place)), fma(twice, y_axis, load_reals(sine, place))
            scale = fma(fma(x, x, y * y), reals(REAL(-0.5)), reals(REAL(1.5)))
            store_reals(cosine, place, x * scale)
            store_reals(sine, place, y * scale)


@compiled(boundscheck=False, error_model="numpy")
def mirror_clusters(
    cosine, sine, left, up, seam, seam_weight, valid, pinned, factor, force, directions, sweeps, halves, states
):
    """All clusters of every replica by a random axis a sweep, in place.

    factor (count,): -2 / T times log2 e, in the unit of the weights. force (count,): 2 B / T. directions: axes that map
    so many directions at equal distances on themselves; 0 for all axes. halves (count, 4 * LANES) uint32 and states
    (count, 4 * WORDS + 4) uint64: random streams.
    """
    count, size = cosine.shape
    words, width = size // 64, WORD(valid.size)
    close_left, close_up = np.zeros(words, WORD), np.zeros(words, WORD)
    start, base, parent = np.zeros(words, WORD), np.zeros(words, WORD), np.empty(size + 1, np.uint32)
    total = np.empty(size if (force != 0).any() else 0, np.float64)
    coins, sides = np.zeros(size // 8 + 8 + WORDS, WORD), np.zeros(GAP + size, REAL)
    packed, flips = np.zeros((1, words + 2), WORD), np.empty((1, words), WORD)
    colour = coins.view(np.uint8)
    for replica in range(count):
        x, y, state, half = cosine[replica], sine[replica], states[replica], halves[replica]
        for _ in range(sweeps):
            draw = uniform(state[SCALAR:])
            angle = math.pi * (math.floor(draw * directions) / directions - 0.5) if directions else 2 * math.pi * draw
            ex, ey = REAL(math.cos(angle)), REAL(math.sin(angle))
            x_axis, y_axis = reals(ex), reals(ey)
            for place in range(0, size, LANES):
                side = fma(load_reals(x, place), x_axis, load_reals(y, place) * y_axis)
                store_reals(sides, GAP + place, side)
            _close(sides, left, up, factor[replica], 64 * valid.size, half, close_left, close_up)
            runs = join_rows(close_left, close_up, valid, start, base, parent)
            _close_seam(sides, seam, seam_weight, factor[replica], state[SCALAR:], start, base, parent)
            if force[replica] != 0.0:
                pull = force[replica] * ex
                _pull(sides, start, base, parent, runs, total, colour, pull, state[SCALAR:])
            else:
                draw_words(coins, runs // WORD(8 * WORDS) + WORD(1), state)
            hold(pinned, start, base, parent, colour)
            spread_colours(parent, runs, colour, 1, packed)
            run_colours(packed, start, base, width, flips)
            _mirror(x, y, sides, flips[0], ex, ey)
