"""Worldlines of quantum Ising spins in continuous imaginary time: Swendsen-Wang on their pieces.

Imaginary time runs from 0 to 1 in units of beta. A worldline is the spin at time 0, 0 or 1, and ascending kinks, where
it turns over, with 1 behind the last one. Rieger and Kawashima, Eur. Phys. J. B 9, 233 (1999).

Arrays of one replica: kinks (capacity,), first (spins + 1,): where each spin's kinks begin, spin (spins,). Pieces of
worldlines while clusters grow: ends (capacity,): where each piece ends, side: its spin, parent: a piece of the same
cluster of no higher number, start (spins + 1,): the first piece of each spin.
"""

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.exponentials import fill_exponentials, find_piece
from spinlens.montecarlo.kernels.scalar import WORD, advance, uniform
from spinlens.montecarlo.kernels.worldline_sums import sum_clusters, sum_lines

PADDING = 8  # entries behind the last piece that a search reads


@numba.njit(inline="always")
def _root(parent, piece):
    while parent[piece] != piece:
        parent[piece] = parent[parent[piece]]
        piece = parent[piece]
    return piece


@numba.njit(error_model="numpy", boundscheck=False)
def _cut(kinks, first, spin, held, spacing, ends, side, start, parent, draws, bits, raw, state):
    """Cut free worldlines at random times, `spacing` apart on average, and at their kinks; returns the number of
    pieces, or -1 where they do not fit. The last piece of a spin and its first one are one, across time 0."""
    piece, used, room = 0, len(draws), len(ends) - len(draws) - PADDING - 2
    for i in range(len(spin)):
        start[i], now, kink = piece, spin[i], first[i]
        if used >= len(draws) - 1:
            fill_exponentials(draws, bits, raw, state)
            used = 0
        if piece + first[i + 1] - kink > room:
            return -1
        cut = np.inf if held[i] else draws[used] * spacing
        used += 1
        while True:
            turn = kinks[kink]
            end = min(cut, turn)
            if end >= 1.0:
                break
            ends[piece], side[piece], parent[piece] = end, now, piece
            piece += 1
            turns = turn <= cut
            now ^= np.uint8(turns)
            kink += np.int64(turns)
            later = draws[used] * spacing  # read whether needed or not: no branch
            cut += 0.0 if turns else later
            used += np.int64(not turns)
            if used >= len(draws) - 1:
                fill_exponentials(draws, bits, raw, state)
                used = 0
                if piece + first[i + 1] - kink > room:
                    return -1
        ends[piece], side[piece], parent[piece] = 1.0, now, start[i]
        piece += 1
    start[len(spin)] = piece
    for k in range(PADDING):
        ends[piece + k] = 1.0
    return piece


@numba.njit(error_model="numpy", boundscheck=False)
def _join(bonds, gaps, scale, ends, side, start, parent, draws, bits, raw, state):
    """Join pieces that a bond likes as they are, at random times: events of rate 2 |J| beta on every bond.

    An overlap of two pieces is done with after its first event. bonds (spins, most): codes 2 * other + (1 where it
    likes spins that differ) at the later spin of each bond, -1 for none. gaps * scale: mean times between events.
    """
    used = len(draws)
    for i in range(len(bonds)):
        for k in range(bonds.shape[1]):
            code = bonds[i, k]
            if code < 0:
                continue
            differ, here, there, time = np.uint8(code & 1), start[i], start[code >> 1], 0.0
            gap = gaps[i, k] * scale
            while True:
                if used == len(draws):
                    fill_exponentials(draws, bits, raw, state)
                    used = 0
                time += draws[used] * gap
                used += 1
                if time >= 1.0:
                    break
                here, there = find_piece(ends, here, time), find_piece(ends, there, time)
                agree = (side[here] ^ side[there]) == differ
                one, other = parent[here], parent[there if agree else here]
                if one != other:
                    one, other = _root(parent, one), _root(parent, other)
                    low = min(one, other)
                    parent[max(one, other)] = low
                    parent[here] = low
                    parent[there] = low
                time = min(ends[here], ends[there])


@numba.njit(error_model="numpy", boundscheck=False)
def _toss(pieces, field, held, ends, side, start, parent, length, coins, state):
    """Flatten the clusters and toss a coin for each, weighted by the field; clusters with a held spin stay."""
    a, b, c, counter = state[0], state[1], state[2], state[3]
    for k in range(pieces // 64 + 1):
        coins[k], a, b, c, counter = advance(a, b, c, counter)
    state[0], state[1], state[2], state[3] = a, b, c, counter
    for piece in range(pieces):
        parent[piece] = parent[parent[piece]]
    if field != 0.0:
        length[:pieces] = 0.0
        for i in range(len(start) - 1):
            begin = 0.0
            for piece in range(start[i], start[i + 1]):
                length[parent[piece]] += (ends[piece] - begin) * (2.0 * side[piece] - 1.0)
                begin = ends[piece]
        for piece in range(pieces):
            if parent[piece] == piece:
                flip = uniform(state) * (1.0 + np.exp(2.0 * field * length[piece])) < 1.0
                bit = WORD(piece & 63)
                coins[piece >> 6] = (coins[piece >> 6] & ~(WORD(1) << bit)) | (WORD(flip) << bit)
    for i in range(len(held)):
        if held[i]:
            piece = parent[start[i]]
            coins[piece >> 6] &= ~(WORD(1) << WORD(piece & 63))


@numba.njit(inline="always")
def _tossed(side, parent, coins, piece):
    cluster = WORD(parent[piece])
    return side[piece] ^ np.uint8((coins[cluster >> WORD(6)] >> (cluster & WORD(63))) & WORD(1))


@numba.njit(error_model="numpy", boundscheck=False)
def _turn(kinks, first, spin, ends, side, start, parent, coins):
    """Write the worldlines after the coins: kinks are where neighbouring pieces of a spin differ."""
    kink = 0
    for i in range(len(spin)):
        first[i] = kink
        now = _tossed(side, parent, coins, start[i])
        spin[i] = now
        for piece in range(start[i] + 1, start[i + 1]):
            then = _tossed(side, parent, coins, piece)
            kinks[kink] = ends[piece - 1]
            kink += np.int64(then != now)
            now = then
        kinks[kink] = 1.0
        kink += 1
    first[len(spin)] = kink
    for k in range(PADDING):
        kinks[kink + k] = 1.0


@compiled(boundscheck=False, error_model="numpy")
def sweep_worldlines(lines, model, rates, sweeps, gap, weights, sums, state, pieces, buffers, work):
    """So many sweeps, in place, and sums of every gap-th; returns how many were done before `pieces` was too small.

    lines: (kinks, first, spin). model: (bonds, gaps, strength, held), gaps (spins, most) in 1 / beta, strength (spins,
    most) of each bond. rates: (cuts a spin, beta, beta h). weights (spins, 6), sums (sweeps // gap, columns): see
    worldline_sums; no rows where nothing is summed. state (4,): the random stream; a sweep that does not fit leaves all
    as it was. pieces: (ends, side, start, parent, length, coins). buffers: (draws, bits, raw) of
    `fill_exponentials`. work: (table, sines, cosines, roots) of `sum_clusters`.
    """
    (kinks, first, spin), (bonds, gaps, strength, held) = lines, model
    (cuts, beta, field), (ends, side, start, parent, length, coins) = rates, pieces
    (draws, bits, raw), (table, sines, cosines, roots) = buffers, work
    before = state.copy()
    for done in range(sweeps):
        before[:] = state
        number = _cut(kinks, first, spin, held, 1.0 / cuts, ends, side, start, parent, draws, bits, raw, state)
        if number < 0:
            state[:] = before
            return done
        _join(bonds, gaps, 1.0 / beta, ends, side, start, parent, draws, bits, raw, state)
        _toss(number, field, held, ends, side, start, parent, length, coins, state)
        summed = (done + 1) % gap == 0 and (done + 1) // gap <= len(sums)
        row = (done + 1) // gap - 1
        if summed:
            waves = sines, cosines, roots
            sum_clusters(field, held, ends, side, start, parent, weights, table, waves, sums[row])
        _turn(kinks, first, spin, ends, side, start, parent, coins)
        if summed:
            sum_lines(kinks, first, spin, bonds, strength, weights, length, sums[row])
    return sweeps
