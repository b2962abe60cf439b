"""Heat bath of any discrete model: a number a site and replica, probabilities read from a table or multiplied.

Arrays: spins (rows, LANES) each state as its mark: the sites, then a row for missing bonds, which has a mark of its
own, and rows for what is seen across twisted seams. bonds (sites, 4) rows. copies (sites, 2) codes 2 * row + (1 where
the row is seen backwards), 0 for none: rows that follow the site. across (2, marks): what a mark is seen as forwards
and backwards. order: the sites to visit. state (4, LANES) of the random stream, kept between calls.
"""

import numba
import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled

LANES = 64
DIGITS = 31  # of a random number; 2^31 itself stands for probability 1
HALF, WORD = np.uint32, np.uint64


@numba.njit(inline="always")
def _draw(state, random):
    """SFC32 in every lane (C. Doty-Humphrey, PractRand), cut to DIGITS binary digits."""
    a, b, c, counter = state[0], state[1], state[2], state[3]
    for lane in range(LANES):
        word = HALF(HALF(a[lane] + b[lane]) + counter[lane])
        counter[lane] = HALF(counter[lane] + HALF(1))
        a[lane] = HALF(b[lane] ^ (b[lane] >> HALF(9)))
        b[lane] = HALF(c[lane] + HALF(c[lane] << HALF(3)))
        c[lane] = HALF(HALF(HALF(c[lane] << HALF(21)) | (c[lane] >> HALF(11))) + word)
        random[lane] = word >> HALF(1)


@numba.njit(inline="always")
def _follow(spins, copies, across, site):
    """Rewrite the rows that show this site across a twisted seam."""
    for k in range(2):
        code = copies[site, k]
        if code:
            row, back = code >> HALF(1), code & HALF(1)
            for lane in range(LANES):
                spins[row, lane] = across[back, spins[site, lane]]


@numba.njit(inline="always")
def _passed(flat, first, random, width):
    """How many of `width` ascending thresholds the random number has reached, of more than four all but the last."""
    number = WORD(0)
    if width <= 4:
        for k in range(width):
            number += WORD(flat[first + WORD(k)] <= random)
    else:
        half = WORD(width >> 1)
        while half:
            number += half * WORD(flat[first + number + half - WORD(1)] <= random)
            half >>= WORD(1)
    return number


@numba.njit(inline="always")
def _choose(flat, places, key, random, marks, here, width):
    """The new state of every lane; a width that is known when this is compiled leaves no loop and no branch."""
    for lane in range(LANES):
        first = (WORD(places[key[lane]]) * WORD(LANES) + WORD(lane)) * WORD(width)
        here[lane] = marks[_passed(flat, first, random[lane], width)]


@compiled(boundscheck=False, error_model="numpy")
def sweep_by_key(spins, bonds, copies, across, order, marks, places, thresholds, state):
    """A site's four neighbours give a key, the sum of their marks. marks (states + 1,), the last of a missing bond.

    places (keys,): the row of each key in thresholds (rows, LANES, 2, 4, 8 or 16): the cumulative probabilities of the
    new state times 2^DIGITS, then numbers that none reaches.
    """
    key, random = np.zeros(LANES, WORD), np.zeros(LANES, HALF)  # unsigned: indices that may be negative cost a test
    flat, width = thresholds.reshape(-1), thresholds.shape[2]
    for step in range(order.shape[0]):
        site = order[step]
        right, down = spins[bonds[site, 0]], spins[bonds[site, 1]]
        left, up = spins[bonds[site, 2]], spins[bonds[site, 3]]
        for lane in range(LANES):
            key[lane] = WORD(right[lane]) + WORD(down[lane]) + WORD(left[lane]) + WORD(up[lane])
        _draw(state, random)
        here = spins[site]
        if width == 2:
            _choose(flat, places, key, random, marks, here, 2)
        elif width == 4:
            _choose(flat, places, key, random, marks, here, 4)
        elif width == 8:
            _choose(flat, places, key, random, marks, here, 8)
        else:
            _choose(flat, places, key, random, marks, here, 16)
        _follow(spins, copies, across, site)


@compiled(boundscheck=False)
def sweep_by_product(spins, bonds, copies, across, order, factors, site_factors, energies, site_energies, state):
    """Marks are the numbers of the states, from 0. The probability of a state is a product of factors (states,
    states + 1, LANES), one a bond, and of its site's (states, LANES). Where all vanish, the state is one of least
    energy: energies (states, states + 1), site_energies (states,)."""
    count = site_factors.shape[0]
    product, random = np.zeros((count, LANES)), np.zeros(LANES, HALF)
    for step in range(order.shape[0]):
        site = order[step]
        _draw(state, random)
        here = spins[site]
        for k in range(count):
            for lane in range(LANES):
                value = site_factors[k, lane]
                for bond in range(4):
                    value *= factors[k, spins[bonds[site, bond], lane], lane]
                product[k, lane] = value
        for lane in range(LANES):
            total = 0.0
            for k in range(count):
                total += product[k, lane]
            if total < 1e-250:  # the factors have lost their digits
                total = _cold(product, spins, bonds, site, lane, energies, site_energies)
            left, new = (random[lane] + 0.5) * 2.0**-DIGITS * total, 0
            while new < count - 1 and left >= product[new, lane]:
                left -= product[new, lane]
                new += 1
            here[lane] = new
        _follow(spins, copies, across, site)


@numba.njit
def _cold(product, spins, bonds, site, lane, energies, site_energies):
    """Equal weights for the states of least energy; returns their number."""
    least = np.inf
    for k in range(product.shape[0]):
        energy = site_energies[k]
        for bond in range(4):
            energy += energies[k, spins[bonds[site, bond], lane]]
        product[k, lane] = energy
        least = min(least, energy)
    total = 0.0
    for k in range(product.shape[0]):
        product[k, lane] = 1.0 if product[k, lane] <= least + 1e-9 * abs(least) else 0.0
        total += product[k, lane]
    return total
