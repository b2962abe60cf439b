"""Metropolis of the Potts model in bit planes, site after site: ergodic for three colours and more at T > 0.

Arrays as in `planes`, colours as binary numbers. The cost of a move is counted as 4 + neighbours in the old colour -
neighbours in the new one, from two vectors a bond: equal to the old, not equal to the new.
"""

import numba

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.planes import (
    below,
    choose4,
    choose18,
    count8,
    draw,
    follow,
    load_stream,
    pick,
    store_stream,
)
from spinlens.montecarlo.kernels.simd import WORD, load, repeat, store

DRAWS = 2  # of a uniform colour: lanes without one after that keep their state


@numba.njit(inline="always")
def _load2(spins, row):
    place = WORD(2) * WORD(row)
    return load(spins, place), load(spins, place + WORD(1))


@numba.njit(inline="always")
def _differ2(x, y):
    return (x[0] ^ y[0]) | (x[1] ^ y[1])


@numba.njit(inline="always")
def _propose_of_three(old, stream):
    """The next colour or the one after it, by a coin."""
    coin, stream = draw(stream)
    zero = ~(old[0] | old[1])
    return (pick(coin, old[1], zero), pick(coin, zero, old[0])), stream


@numba.njit(inline="always")
def _propose_of_four(old, stream):
    """Another colour from two bits, drawn again where they give the same; then it may stay, in one lane of 16."""
    r0, stream = draw(stream)
    r1, stream = draw(stream)
    again0, stream = draw(stream)
    again1, stream = draw(stream)
    same = ~(r0 | r1)
    return (old[0] ^ r0 ^ (same & again0), old[1] ^ r1 ^ (same & again1)), stream


@compiled(boundscheck=False)
def sweep_few(spins, bonds, copies, across, order, digits, state, used, four, staggered, gap):
    """Three colours, where 3 stands for a missing bond, or four, where that is the row `gap`.

    Levels, by the two low digits of the cost 5 to 8: exp(-4 |J| / T), exp(-|J| / T), exp(-2 |J| / T), exp(-3 |J| / T).
    Moves of cost 0 to 4 are free. staggered: neighbours want to differ.
    """
    stream, lanes = load_stream(state), load(used, WORD(0))
    for step in range(order.shape[0]):
        site = WORD(order[step])
        old = _load2(spins, site)
        if four:
            new, stream = _propose_of_four(old, stream)
        else:
            new, stream = _propose_of_three(old, stream)
        first, second = old, new
        if staggered:
            first, second = new, old
        i, j, k, l = bonds[site, 0], bonds[site, 1], bonds[site, 2], bonds[site, 3]  # noqa: E741
        right, down, left, up = _load2(spins, i), _load2(spins, j), _load2(spins, k), _load2(spins, l)
        e0, e1, e2, e3 = ~_differ2(first, right), ~_differ2(first, down), ~_differ2(first, left), ~_differ2(first, up)
        d0, d1, d2, d3 = _differ2(second, right), _differ2(second, down), _differ2(second, left), _differ2(second, up)
        if four and (i == gap or j == gap or k == gap or l == gap):
            m0, m1 = repeat(WORD(0) - WORD(i == gap)), repeat(WORD(0) - WORD(j == gap))
            m2, m3 = repeat(WORD(0) - WORD(k == gap)), repeat(WORD(0) - WORD(l == gap))
            e0, e1, e2, e3 = e0 & ~m0, e1 & ~m1, e2 & ~m2, e3 & ~m3
            d0, d1, d2, d3 = d0 | m0, d1 | m1, d2 | m2, d3 | m3
        x0, x1, x2, x3 = count8(e0, e1, e2, e3, d0, d1, d2, d3)
        free = ~(x3 | (x2 & (x1 | x0)))
        hit, stream = below(choose4, 4, digits, (x0, x1), lanes & ~free, stream)
        move = free | hit
        store(spins, WORD(2) * site, pick(move, new[0], old[0]))
        store(spins, WORD(2) * site + WORD(1), pick(move, new[1], old[1]))
        if copies[site, 0]:
            follow(spins, copies, across, site, 2)
    store_stream(state, stream)


@numba.njit(inline="always")
def _load4(spins, row):
    place = WORD(4) * WORD(row)
    low = load(spins, place), load(spins, place + WORD(1))
    return low[0], low[1], load(spins, place + WORD(2)), load(spins, place + WORD(3))


@numba.njit(inline="always")
def _differ4(x, y):
    return (x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3])


@numba.njit(inline="always")
def _pick4(mask, x, y):
    return pick(mask, x[0], y[0]), pick(mask, x[1], y[1]), pick(mask, x[2], y[2]), pick(mask, x[3], y[3])


@numba.njit(inline="always")
def _draw4(colours, stream):
    """(a number of three bits, or of four where colours > 8, stream)."""
    r0, stream = draw(stream)
    r1, stream = draw(stream)
    r2, stream = draw(stream)
    r3 = r2 ^ r2
    if colours > WORD(8):
        r3, stream = draw(stream)
    return (r0, r1, r2, r3), stream


@numba.njit(inline="always")
def _beyond(colours, number):
    """Lanes whose number is no colour: number >= colours, from the lowest digit up."""
    found = repeat(~WORD(0))
    found = pick(repeat(WORD(0) - (colours & WORD(1))), number[0] & found, number[0] | found)
    found = pick(repeat(WORD(0) - ((colours >> WORD(1)) & WORD(1))), number[1] & found, number[1] | found)
    found = pick(repeat(WORD(0) - ((colours >> WORD(2)) & WORD(1))), number[2] & found, number[2] | found)
    return pick(repeat(WORD(0) - ((colours >> WORD(3)) & WORD(1))), number[3] & found, number[3] | found)


@compiled(boundscheck=False)
def sweep_many(spins, bonds, copies, across, order, digits, state, used, colours, near):
    """Up to 15 colours, where 15 stands for a missing bond. near: all bits set for proposals by a neighbour.

    A neighbour is drawn. A site in another colour is proposed that one's; a site in the same, and every site where not
    near, a uniform colour. Levels by the cost from 0 to 8: nine for the neighbour's colour, nine for a uniform one.
    """
    stream, lanes, colours, far = load_stream(state), load(used, WORD(0)), WORD(colours), ~repeat(near)
    for step in range(order.shape[0]):
        site = WORD(order[step])
        old = _load4(spins, site)
        right, down = _load4(spins, bonds[site, 0]), _load4(spins, bonds[site, 1])
        left, up = _load4(spins, bonds[site, 2]), _load4(spins, bonds[site, 3])
        coin, stream = draw(stream)
        other, stream = draw(stream)
        seen = _pick4(coin, _pick4(other, right, down), _pick4(other, left, up))
        uniform, stream = _draw4(colours, stream)
        for _ in range(DRAWS - 1):
            again, stream = _draw4(colours, stream)
            uniform = _pick4(_beyond(colours, uniform), again, uniform)
        away = far | ~_differ4(old, seen)
        new = _pick4(away, uniform, seen)
        never = (away & _beyond(colours, uniform)) | (seen[0] & seen[1] & seen[2] & seen[3] & ~far)
        x0, x1, x2, x3 = count8(
            ~_differ4(old, right),
            ~_differ4(old, down),
            ~_differ4(old, left),
            ~_differ4(old, up),
            _differ4(new, right),
            _differ4(new, down),
            _differ4(new, left),
            _differ4(new, up),
        )
        move, stream = below(choose18, 18, digits, (x0, x1, x2, x3, away), lanes & ~never, stream)
        new = _pick4(move, new, old)
        store(spins, WORD(4) * site, new[0])
        store(spins, WORD(4) * site + WORD(1), new[1])
        store(spins, WORD(4) * site + WORD(2), new[2])
        store(spins, WORD(4) * site + WORD(3), new[3])
        if copies[site, 0]:
            follow(spins, copies, across, site, 4)
    store_stream(state, stream)
