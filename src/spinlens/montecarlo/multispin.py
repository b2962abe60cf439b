"""Single-spin updates of 1024 independent Ising replicas at once, one bit a replica (multi-spin coding).

A flip needs, in every lane, a random number below the lane's own flip probability. Both are compared digit by digit
from the top, all lanes at once; half of the undecided lanes are decided at each digit, so about 11 random words a
site serve 1024 lanes at full precision. Probabilities are cut to DIGITS binary digits (an error below 4e-15).
"""

import numba
import numpy as np

from spinlens.montecarlo.prefetch import prefetch

WORDS = 16  # words a site, a compile-time constant: LLVM does not vectorise the loops over it otherwise
LANES = 64 * WORDS
DIGITS = 48
RANDOM_WORDS = 4 * WORDS  # state of the WORDS xoshiro256++ streams
WORD = np.uint64
AHEAD = 2  # sites visited at random are fetched so many visits early


@numba.njit(boundscheck=False, cache=True, nogil=True)
def sweep_two_levels(spins, neighbours, signs, kind, order, planes, scratch):
    """Visit the sites in `order` and flip with two probabilities; sites with >= 2 unsatisfied bonds always flip.

    spins (sites * W,) words; neighbours (sites, 4); signs (sites, 4) words, all ones where the bond wants the spins
    to differ; kind (sites,) row of `planes`; planes (kinds, DIGITS * 2 * W) digits of the flip probabilities at
    0 and 1 unsatisfied bonds; scratch (12 * W,): the random state in its first 4 * W words, kept between calls.
    """
    W = WORDS
    for step in range(order.shape[0]):
        site = WORD(order[step])
        ahead = WORD(order[min(step + AHEAD, order.shape[0] - 1)])
        for line in range(0, W, 8):
            prefetch(spins, ahead * W + line)
            for direction in range(4):
                prefetch(spins, neighbours[ahead, direction] * W + line)
        o = site * W
        a = neighbours[site, 0] * W
        b = neighbours[site, 1] * W
        c = neighbours[site, 2] * W
        d = neighbours[site, 3] * W
        ga, gb, gc, gd = signs[site, 0], signs[site, 1], signs[site, 2], signs[site, 3]
        for w in range(W):
            s = spins[o + w]
            p = spins[a + w] ^ s ^ ga
            q = spins[b + w] ^ s ^ gb
            u = spins[c + w] ^ s ^ gc
            v = spins[d + w] ^ s ^ gd
            two_or_more = (p & q) | (u & v) | ((p ^ q) & (u ^ v))
            odd = p ^ q ^ u ^ v
            scratch[4 * W + w] = ~(odd | two_or_more)
            scratch[5 * W + w] = odd & ~two_or_more
            scratch[6 * W + w] = ~two_or_more
            scratch[7 * W + w] = two_or_more
        undecided = WORD(1)
        digit = 0
        row = planes[kind[site]]
        while undecided != WORD(0) and digit < DIGITS:
            undecided = WORD(0)
            t = digit * 2 * W
            for w in range(W):
                s0 = scratch[w]
                s1 = scratch[W + w]
                s2 = scratch[2 * W + w]
                s3 = scratch[3 * W + w]
                x = s0 + s3
                random = ((x << WORD(23)) | (x >> WORD(41))) + s0
                x = s1 << WORD(17)
                s2 ^= s0
                s3 ^= s1
                s1 ^= s2
                s0 ^= s3
                s2 ^= x
                s3 = (s3 << WORD(45)) | (s3 >> WORD(19))
                scratch[w] = s0
                scratch[W + w] = s1
                scratch[2 * W + w] = s2
                scratch[3 * W + w] = s3
                bit = (scratch[4 * W + w] & row[t + w]) | (scratch[5 * W + w] & row[t + W + w])
                left = scratch[6 * W + w]
                scratch[7 * W + w] |= left & bit & ~random
                left &= ~(bit ^ random)
                scratch[6 * W + w] = left
                undecided |= left
            digit += 1
        for w in range(W):
            spins[o + w] ^= scratch[7 * W + w]


@numba.njit(boundscheck=False, cache=True, nogil=True)
def sweep_many_levels(spins, neighbours, signs, kind, order, planes, scratch):
    """The same with a flip probability of its own for every number of unsatisfied bonds and spin: any rule, any field.

    planes (kinds, DIGITS * 10 * W): level u + 5 * s for u unsatisfied bonds and spin bit s (1 is up);
    scratch (16 * W,).
    """
    W = WORDS
    ones = ~WORD(0)
    for step in range(order.shape[0]):
        site = WORD(order[step])
        o = site * W
        a = neighbours[site, 0] * W
        b = neighbours[site, 1] * W
        c = neighbours[site, 2] * W
        d = neighbours[site, 3] * W
        ga, gb, gc, gd = signs[site, 0], signs[site, 1], signs[site, 2], signs[site, 3]
        for w in range(W):
            s = spins[o + w]
            p = spins[a + w] ^ s ^ ga
            q = spins[b + w] ^ s ^ gb
            u = spins[c + w] ^ s ^ gc
            v = spins[d + w] ^ s ^ gd
            odd = p ^ q ^ u ^ v
            four = p & q & u & v
            two_or_more = (p & q) | (u & v) | ((p ^ q) & (u ^ v))
            scratch[4 * W + w] = ~(odd | two_or_more)
            scratch[5 * W + w] = odd & ~two_or_more
            scratch[6 * W + w] = two_or_more & ~odd & ~four
            scratch[7 * W + w] = odd & two_or_more
            scratch[8 * W + w] = four
            scratch[9 * W + w] = s
            scratch[10 * W + w] = ones
            scratch[11 * W + w] = WORD(0)
        undecided = WORD(1)
        digit = 0
        row = planes[kind[site]]
        while undecided != WORD(0) and digit < DIGITS:
            undecided = WORD(0)
            t = digit * 10 * W
            for w in range(W):
                s0 = scratch[w]
                s1 = scratch[W + w]
                s2 = scratch[2 * W + w]
                s3 = scratch[3 * W + w]
                x = s0 + s3
                random = ((x << WORD(23)) | (x >> WORD(41))) + s0
                x = s1 << WORD(17)
                s2 ^= s0
                s3 ^= s1
                s1 ^= s2
                s0 ^= s3
                s2 ^= x
                s3 = (s3 << WORD(45)) | (s3 >> WORD(19))
                scratch[w] = s0
                scratch[W + w] = s1
                scratch[2 * W + w] = s2
                scratch[3 * W + w] = s3
                s = scratch[9 * W + w]
                down = (
                    (scratch[4 * W + w] & row[t + w])
                    | (scratch[5 * W + w] & row[t + W + w])
                    | (scratch[6 * W + w] & row[t + 2 * W + w])
                    | (scratch[7 * W + w] & row[t + 3 * W + w])
                    | (scratch[8 * W + w] & row[t + 4 * W + w])
                )
                up = (
                    (scratch[4 * W + w] & row[t + 5 * W + w])
                    | (scratch[5 * W + w] & row[t + 6 * W + w])
                    | (scratch[6 * W + w] & row[t + 7 * W + w])
                    | (scratch[7 * W + w] & row[t + 8 * W + w])
                    | (scratch[8 * W + w] & row[t + 9 * W + w])
                )
                bit = (down & ~s) | (up & s)
                left = scratch[10 * W + w]
                scratch[11 * W + w] |= left & bit & ~random
                left &= ~(bit ^ random)
                scratch[10 * W + w] = left
                undecided |= left
            digit += 1
        for w in range(W):
            spins[o + w] ^= scratch[11 * W + w]
