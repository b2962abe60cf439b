"""Single-spin updates of 256 independent Ising replicas at once, one bit a replica (multi-spin coding).

A flip needs, in every lane, a random number below the lane's own flip probability. Both are compared digit by digit
from the top, all lanes at once; half of the undecided lanes are decided at each digit, so about 10 random vectors a
site serve all lanes at full precision. Probabilities are cut to DIGITS binary digits (an error below 4e-15).

Arrays: spins (sites * WORDS,) words; bonds (sites, 4) codes 2 * neighbour + (1 where the bond wants the spins to
differ); kind (sites,) row of `planes`; order: the sites to visit; planes (kinds, DIGITS * levels * WORDS) digits of
the probabilities; state (4 * WORDS,) of the random stream, kept between calls; used (WORDS,): the lanes in use, for
others need no digits.
"""

import numba

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.simd import WORD, any_bit, load, next_words, repeat, store

DIGITS = 48
UNCHECKED = 12  # digits after which 256 lanes are decided in most visits: a mispredicted end costs more than digits


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
def _two_levels(row, digit, second):
    """This digit of the probability: of the first level, or of the second in the lanes `second`."""
    first = load(row, WORD(2) * digit)
    return first ^ ((first ^ load(row, WORD(2) * digit + WORD(1))) & second)


@numba.njit(inline="always")
def _compare(bit, random, flip, left):
    """One digit: undecided lanes where the probability has a 1 and the random number a 0 flip, the reverse stay."""
    differs = bit ^ random
    return flip | (left & bit & differs), left & ~differs


@numba.njit(inline="always")
def _load_state(state):
    return load(state, WORD(0)), load(state, WORD(1)), load(state, WORD(2)), load(state, WORD(3))


@numba.njit(inline="always")
def _store_state(state, a, b, c, d):
    store(state, WORD(0), a)
    store(state, WORD(1), b)
    store(state, WORD(2), c)
    store(state, WORD(3), d)


@numba.njit(inline="always")
def _ten_levels(row, digit, none, one, two, three, four, up):
    """This digit of the probability, of level 0 to 4 in the lanes none, ..., four, and of level 5 to 9 where up."""
    t = WORD(10) * digit
    low = (load(row, t) & none) | (load(row, t + WORD(1)) & one) | (load(row, t + WORD(2)) & two)
    low = low | (load(row, t + WORD(3)) & three) | (load(row, t + WORD(4)) & four)
    high = (load(row, t + WORD(5)) & none) | (load(row, t + WORD(6)) & one) | (load(row, t + WORD(7)) & two)
    high = high | (load(row, t + WORD(8)) & three) | (load(row, t + WORD(9)) & four)
    return low ^ ((low ^ high) & up)


@compiled(boundscheck=False)
def sweep_metropolis(spins, bonds, kind, order, planes, state, used):
    """Metropolis without a field: two or more broken bonds always flip; levels: none broken, one broken."""
    a, b, c, d = _load_state(state)
    lanes = load(used, WORD(0))
    for step in range(order.shape[0]):
        site = WORD(order[step])
        s = load(spins, site)
        flip, odd, _ = _broken_bonds(spins, bonds, site, s)
        left = lanes & ~flip
        row = planes[kind[site]]
        for digit in range(UNCHECKED):
            random, a, b, c, d = next_words(a, b, c, d)
            flip, left = _compare(_two_levels(row, WORD(digit), odd), random, flip, left)
        digit = WORD(UNCHECKED)
        while digit < WORD(DIGITS) and any_bit(left):
            random, a, b, c, d = next_words(a, b, c, d)
            flip, left = _compare(_two_levels(row, digit, odd), random, flip, left)
            digit += WORD(1)
        store(spins, site, s ^ flip)
    _store_state(state, a, b, c, d)


@compiled(boundscheck=False)
def sweep_heat_bath(spins, bonds, kind, order, planes, state, used):
    """Heat bath without a field at sites with all four bonds; levels: none or four broken, one or three.

    Two broken bonds leave it to a coin; with three or four a spin flips where it would not with one or none.
    """
    a, b, c, d = _load_state(state)
    lanes = load(used, WORD(0))
    for step in range(order.shape[0]):
        site = WORD(order[step])
        s = load(spins, site)
        some, odd, four = _broken_bonds(spins, bonds, site, s)
        two = some & ~odd & ~four
        random, a, b, c, d = next_words(a, b, c, d)
        flip, left = two & random, lanes & ~two
        row = planes[kind[site]]
        for digit in range(UNCHECKED):
            random, a, b, c, d = next_words(a, b, c, d)
            flip, left = _compare(_two_levels(row, WORD(digit), odd), random, flip, left)
        digit = WORD(UNCHECKED)
        while digit < WORD(DIGITS) and any_bit(left):
            random, a, b, c, d = next_words(a, b, c, d)
            flip, left = _compare(_two_levels(row, digit, odd), random, flip, left)
            digit += WORD(1)
        store(spins, site, s ^ flip ^ (some & ~two))
    _store_state(state, a, b, c, d)


@compiled(boundscheck=False)
def sweep_any_rule(spins, bonds, kind, order, planes, state, used):
    """A flip probability of its own for every number of broken bonds and spin: level u + 5 * s, s = 1 for up."""
    a, b, c, d = _load_state(state)
    lanes = load(used, WORD(0))
    for step in range(order.shape[0]):
        site = WORD(order[step])
        s = load(spins, site)
        some, odd, four = _broken_bonds(spins, bonds, site, s)
        none, one, two, three = ~(odd | some), odd & ~some, some & ~odd & ~four, odd & some
        flip, left = s ^ s, lanes
        row = planes[kind[site]]
        for digit in range(UNCHECKED):
            random, a, b, c, d = next_words(a, b, c, d)
            flip, left = _compare(_ten_levels(row, WORD(digit), none, one, two, three, four, s), random, flip, left)
        digit = WORD(UNCHECKED)
        while digit < WORD(DIGITS) and any_bit(left):
            random, a, b, c, d = next_words(a, b, c, d)
            flip, left = _compare(_ten_levels(row, digit, none, one, two, three, four, s), random, flip, left)
            digit += WORD(1)
        store(spins, site, s ^ flip)
    _store_state(state, a, b, c, d)
