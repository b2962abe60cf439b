"""Single-spin updates of 256 independent Ising replicas at once, one bit a replica (multi-spin coding).

A flip needs, in every lane, a random number below the lane's own flip probability. Both are compared digit by digit
from the top, all lanes at once; half of the undecided lanes are decided at each digit, so about 10 random vectors a
site serve all lanes at full precision. Probabilities are cut to DIGITS binary digits (an error below 4e-15). Digits
come from two random streams in turn: one alone would be waited for.

Arrays: spins (rows * WORDS,) words, the sites and one row of zeros; bonds (sites, 4) codes 2 * neighbour + (1 where the
bond wants the spins to differ); kind (sites,) row of `planes`; order: the sites to visit; planes (kinds, DIGITS *
levels * WORDS) digits of the probabilities; state (2, 4 * WORDS) of the random streams, kept between calls; used
(WORDS,): the lanes in use, for others need no digits.
"""

import numba

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.planes import compare, draw, load_stream, pick, store_stream
from spinlens.montecarlo.kernels.simd import WORD, WORDS, any_bit, load, prefetch, repeat, store

DIGITS = 48
UNCHECKED = 12  # digits after which 256 lanes are decided in most visits: a mispredicted end costs more than digits
AHEAD = 4  # visits by which memory is asked for what random sites need


@numba.njit(inline="always")
def _broken(spins, bond, s):
    """Lanes in which this bond costs energy."""
    code = WORD(bond)
    return load(spins, code >> WORD(1)) ^ repeat(WORD(0) - (code & WORD(1))) ^ s


@numba.njit(inline="always")
def _broken_bonds(spins, bonds, site, s):
    """Lanes with two or more broken bonds, with an odd number of them, with four."""
    p, q = _broken(spins, bonds[site, 0], s), _broken(spins, bonds[site, 1], s)
    u, v = _broken(spins, bonds[site, 2], s), _broken(spins, bonds[site, 3], s)
    return (p & q) | (u & v) | ((p ^ q) & (u ^ v)), p ^ q ^ u ^ v, p & q & u & v


@numba.njit(inline="always")
def _look_ahead(spins, bonds, order, step):
    """Ask the memory for the spins of the visit AHEAD steps on, and for the bonds of a later one."""
    last = order.shape[0] - 1
    prefetch(bonds, WORD(4) * WORD(order[min(step + 2 * AHEAD, last)]))
    site = WORD(order[min(step + AHEAD, last)])
    prefetch(spins, WORD(WORDS) * site)
    for k in range(4):
        prefetch(spins, WORD(WORDS) * (WORD(bonds[site, k]) >> WORD(1)))


@numba.njit(inline="always")
def _two_levels(row, digit, odd):
    """This digit of the probability: of the first level, or of the second in the lanes `odd[0]`."""
    return pick(odd[0], load(row, WORD(2) * digit + WORD(1)), load(row, WORD(2) * digit))


@numba.njit(inline="always")
def _five_levels(row, digit, bits):
    """This digit of the probability, of the level that is 2 or 3, odd or 4 where the bits are set."""
    t = WORD(5) * digit
    high = pick(bits[1], load(row, t + WORD(3)), load(row, t + WORD(2)))
    low = pick(bits[1], load(row, t + WORD(1)), load(row, t))
    return pick(bits[2], load(row, t + WORD(4)), pick(bits[0], high, low))


@numba.njit(inline="always")
def _ten_levels(row, digit, lanes):
    """This digit of the probability, of level 0 to 4 in the first five masks, and of level 5 to 9 where the sixth."""
    t = WORD(10) * digit
    low = (load(row, t) & lanes[0]) | (load(row, t + WORD(1)) & lanes[1]) | (load(row, t + WORD(2)) & lanes[2])
    low = low | (load(row, t + WORD(3)) & lanes[3]) | (load(row, t + WORD(4)) & lanes[4])
    high = (load(row, t + WORD(5)) & lanes[0]) | (load(row, t + WORD(6)) & lanes[1])
    high = high | (load(row, t + WORD(7)) & lanes[2]) | (load(row, t + WORD(8)) & lanes[3])
    return pick(lanes[5], high | (load(row, t + WORD(9)) & lanes[4]), low)


@numba.njit(inline="always")
def _below(level, row, masks, left, first, second):
    """(lanes of `left` with a random number below their probability, a random vector that is new to others, streams).

    level(row, digit, masks): a digit of the probabilities.
    """
    hit = left ^ left
    random = hit
    for pair in range(UNCHECKED // 2):
        random, first = draw(first)
        hit, left = compare(level(row, WORD(2 * pair), masks), random, hit, left)
        other, second = draw(second)
        hit, left = compare(level(row, WORD(2 * pair + 1), masks), other, hit, left)
    digit = WORD(UNCHECKED)
    while digit < WORD(DIGITS) and any_bit(left):
        other, second = draw(second)
        hit, left = compare(level(row, digit, masks), other, hit, left)
        digit += WORD(1)
    return hit, random, first, second


@compiled(boundscheck=False)
def sweep_metropolis(spins, bonds, kind, order, planes, state, used):
    """Metropolis without a field: two or more broken bonds always flip; levels: none broken, one broken."""
    first, second, lanes = load_stream(state[0]), load_stream(state[1]), load(used, WORD(0))
    for step in range(order.shape[0]):
        _look_ahead(spins, bonds, order, step)
        site = WORD(order[step])
        s = load(spins, site)
        some, odd, _ = _broken_bonds(spins, bonds, site, s)
        hit, _, first, second = _below(_two_levels, planes[kind[site]], (odd,), lanes & ~some, first, second)
        store(spins, site, s ^ (some | hit))
    store_stream(state[0], first)
    store_stream(state[1], second)


@compiled(boundscheck=False)
def sweep_heat_bath(spins, bonds, kind, order, planes, state, used):
    """Heat bath without a field at sites with all four bonds; levels: none or four broken, one or three.

    Two broken bonds leave it to a coin; with three or four a spin flips where it would not with one or none.
    """
    first, second, lanes = load_stream(state[0]), load_stream(state[1]), load(used, WORD(0))
    for step in range(order.shape[0]):
        site = WORD(order[step])
        s = load(spins, site)
        some, odd, four = _broken_bonds(spins, bonds, site, s)
        two = some & ~odd & ~four
        hit, coin, first, second = _below(_two_levels, planes[kind[site]], (odd,), lanes & ~two, first, second)
        store(spins, site, s ^ pick(two, coin, hit ^ some))
    store_stream(state[0], first)
    store_stream(state[1], second)


@compiled(boundscheck=False)
def sweep_heat_bath_anywhere(spins, bonds, kind, order, planes, state, used):
    """Heat bath in any field, at any site: level u is that of up where u bonds of a spin that is down are broken.

    Missing bonds lead to a row of words that is 0.
    """
    first, second, lanes = load_stream(state[0]), load_stream(state[1]), load(used, WORD(0))
    for step in range(order.shape[0]):
        site = WORD(order[step])
        some, odd, four = _broken_bonds(spins, bonds, site, lanes ^ lanes)
        bits = some, odd, four
        up, _, first, second = _below(_five_levels, planes[kind[site]], bits, lanes, first, second)
        store(spins, site, up)
    store_stream(state[0], first)
    store_stream(state[1], second)


@compiled(boundscheck=False)
def sweep_any_rule(spins, bonds, kind, order, planes, state, used):
    """A flip probability of its own for every number of broken bonds and spin: level u + 5 * s, s = 1 for up."""
    first, second, lanes = load_stream(state[0]), load_stream(state[1]), load(used, WORD(0))
    for step in range(order.shape[0]):
        _look_ahead(spins, bonds, order, step)
        site = WORD(order[step])
        s = load(spins, site)
        some, odd, four = _broken_bonds(spins, bonds, site, s)
        masks = ~(odd | some), odd & ~some, some & ~odd & ~four, odd & some, four, s
        hit, _, first, second = _below(_ten_levels, planes[kind[site]], masks, lanes, first, second)
        store(spins, site, s ^ hit)
    store_stream(state[0], first)
    store_stream(state[1], second)
