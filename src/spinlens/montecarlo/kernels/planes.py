"""Pieces of the bit-plane kernels: many replicas at once, one bit of each plane a replica (multi-spin coding).

A state is a number whose binary digits lie in planes. The sites of the lattice are rows of planes, and so is what is
seen beyond it: a row for missing bonds, and for every twisted seam rows that hold what is seen across. Inner loops know
no boundary. A random number is compared with the lanes' own probabilities digit by digit from the top, all lanes at
once; half of the undecided lanes are decided at each digit.

Arrays: spins (rows * planes * WORDS,); bonds (sites, 4) rows; copies (sites, 2) codes 2 * row + (1 where the row is
seen backwards), 0 for none: rows that follow the site; across (2, codes): what a state is seen as forwards and
backwards; order: the sites to visit; digits (DIGITS * levels * WORDS,) of the probabilities; state (4 * WORDS,) of the
random stream, kept between calls; used (WORDS,): the lanes in use.
"""

import numba

from spinlens.montecarlo.kernels.simd import WORD, any_bit, load, next_words, repeat, store

DIGITS = 48  # of a probability: cut by less than 4e-15
UNCHECKED = 12  # digits after which 256 lanes are decided in most visits: a mispredicted end costs more than digits


@numba.njit(inline="always")
def load_stream(state):
    """The random stream as a tuple of vectors, to be kept in registers."""
    return load(state, WORD(0)), load(state, WORD(1)), load(state, WORD(2)), load(state, WORD(3))


@numba.njit(inline="always")
def store_stream(state, stream):
    store(state, WORD(0), stream[0])
    store(state, WORD(1), stream[1])
    store(state, WORD(2), stream[2])
    store(state, WORD(3), stream[3])


@numba.njit(inline="always")
def draw(stream):
    """(random vector, stream)."""
    random, a, b, c, counter = next_words(stream[0], stream[1], stream[2], stream[3])
    return random, (a, b, c, counter)


@numba.njit(inline="always")
def pick(mask, one, zero):
    """`one` in the lanes of the mask, `zero` in the others."""
    return zero ^ ((one ^ zero) & mask)


@numba.njit(inline="always")
def _add(x, y, z):
    """Full adder: (sum, carry)."""
    odd = x ^ y
    return odd ^ z, (x & y) | (odd & z)


@numba.njit(inline="always")
def count8(e0, e1, e2, e3, e4, e5, e6, e7):
    """Binary digits, the lowest first, of how many of eight vectors have the lane set."""
    a, carry_a = _add(e0, e1, e2)
    b, carry_b = _add(e3, e4, e5)
    c, carry_c = _add(a, b, e6)
    twos, fours = _add(carry_a, carry_b, carry_c)
    carry = c & e7
    return c ^ e7, twos ^ carry, fours ^ (twos & carry), fours & twos & carry


@numba.njit(inline="always")
def choose4(digits, place, bits):
    """Of four vectors from `place` on, in each lane the one that two bits number."""
    low = pick(bits[0], load(digits, place + WORD(1)), load(digits, place))
    return pick(bits[1], pick(bits[0], load(digits, place + WORD(3)), load(digits, place + WORD(2))), low)


@numba.njit(inline="always")
def choose5(digits, place, bits):
    """Of five vectors, by three bits."""
    return pick(bits[2], load(digits, place + WORD(4)), choose4(digits, place, bits))


@numba.njit(inline="always")
def choose9(digits, place, bits):
    """Of nine vectors, by four bits."""
    eight = pick(bits[2], choose4(digits, place + WORD(4), bits), choose4(digits, place, bits))
    return pick(bits[3], load(digits, place + WORD(8)), eight)


@numba.njit(inline="always")
def choose18(digits, place, bits):
    """Of twice nine vectors, by four bits and a fifth for the second nine."""
    return pick(bits[4], choose9(digits, place + WORD(9), bits), choose9(digits, place, bits))


@numba.njit(inline="always")
def compare(bit, random, hit, left):
    """One digit: undecided lanes where the probability has a 1 and the random number a 0 are hit, the reverse not."""
    differs = bit ^ random
    return hit | (left & bit & differs), left & ~differs


@numba.njit(inline="always")
def below(choose, levels, digits, bits, left, stream):
    """(lanes of `left` whose random number is below the probability that `bits` choose of so many levels, stream)."""
    hit = left ^ left
    for digit in range(UNCHECKED):
        random, stream = draw(stream)
        hit, left = compare(choose(digits, WORD(levels * digit), bits), random, hit, left)
    digit = WORD(UNCHECKED)
    while digit < WORD(DIGITS) and any_bit(left):
        random, stream = draw(stream)
        hit, left = compare(choose(digits, WORD(levels) * digit, bits), random, hit, left)
        digit += WORD(1)
    return hit, stream


@numba.njit(inline="always")
def below_two(choose, levels, digits, bits, lanes, stream):
    """(lanes below the first threshold, lanes below the second, stream): one random number against both.

    The levels of the first threshold come before those of the second.
    """
    low, high, left, rest = lanes ^ lanes, lanes ^ lanes, lanes, lanes
    for digit in range(UNCHECKED):
        random, stream = draw(stream)
        place = WORD(2 * levels * digit)
        low, left = compare(choose(digits, place, bits), random, low, left)
        high, rest = compare(choose(digits, place + WORD(levels), bits), random, high, rest)
    digit = WORD(UNCHECKED)
    while digit < WORD(DIGITS) and any_bit(left | rest):
        random, stream = draw(stream)
        place = WORD(2 * levels) * digit
        low, left = compare(choose(digits, place, bits), random, low, left)
        high, rest = compare(choose(digits, place + WORD(levels), bits), random, high, rest)
        digit += WORD(1)
    return low, high, stream


@numba.njit
def follow(spins, copies, across, site, planes):
    """Rewrite the rows that show this site across a twisted seam."""
    for k in range(2):
        code = WORD(copies[site, k])
        if code:
            row, back = WORD(planes) * (code >> WORD(1)), code & WORD(1)
            for plane in range(planes):
                store(spins, row + WORD(plane), repeat(WORD(0)))
            for here in range(across.shape[1]):
                lanes = repeat(~WORD(0))
                for plane in range(planes):
                    unset = WORD((here >> plane) & 1) - WORD(1)
                    lanes = lanes & (load(spins, WORD(planes) * WORD(site) + WORD(plane)) ^ repeat(unset))
                for plane in range(planes):
                    if (across[back, here] >> plane) & 1:
                        store(spins, row + WORD(plane), load(spins, row + WORD(plane)) | lanes)
