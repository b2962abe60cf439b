"""What is measured on worldlines: improved estimators from their clusters, and integrals of the lines themselves.

An improved estimator is the mean over all coins of the clusters: a cluster c whose spins add up to A_c keeps its
orientation up to a sign, whose mean is t_c = tanh(beta h L_c), 1 for a cluster that is held, and these signs are
independent. Wolff, Nucl. Phys. B 334, 581 (1990).

weights (spins, 6): 1, the signs of the order, and four patterns more. Columns of sums: KINKS, improved kinks, sum over
bonds of strength * int sz sz, int sum sz, int sum order sz; from MOMENTS on mean, second and fourth moment of int sum
sz, and of int sum order sz; from SECONDS on second moments of the four other patterns, of int cos(2 pi t) and int sin(2
pi t) of the order, and of the order at time 0.
"""

import math

import numba
import numpy as np

from spinlens.montecarlo.kernels.exponentials import find_piece

KINKS, IMPROVED_KINKS, BOND_SUM, PLAIN, PLAIN_ORDER, MOMENTS = range(6)
SECONDS, WAVE, EQUAL, COLUMNS = MOMENTS + 6, MOMENTS + 10, MOMENTS + 12, MOMENTS + 13
ORDER, SPACE, TABLE = 1, 6, 9  # columns of weights, their number, and that of the sums of a cluster


@numba.njit(error_model="numpy", boundscheck=False, fastmath={"contract", "arcp"})
def fill_waves(times, count, sines, cosines):
    """Primitives of cos(2 pi t) and sin(2 pi t) for times from 0 to 1, to 1e-11: power series about 1/2."""
    for k in range(count):
        x = 2 * math.pi * (times[k] - 0.5)
        y = -x * x
        s = 1 + y / 420 * (1 + y / 506)
        s = 1 + y / 156 * (1 + y / 210 * (1 + y / 272 * (1 + y / 342 * s)))
        s = 1 + y / 6 * (1 + y / 20 * (1 + y / 42 * (1 + y / 72 * (1 + y / 110 * s))))
        c = 1 + y / 306 * (1 + y / 380 * (1 + y / 462))
        c = 1 + y / 132 * (1 + y / 182 * (1 + y / 240 * c))
        c = 1 + y / 2 * (1 + y / 12 * (1 + y / 30 * (1 + y / 56 * (1 + y / 90 * c))))
        sines[k] = -x * s * (0.5 / math.pi)
        cosines[k] = c * (0.5 / math.pi)


@numba.njit(error_model="numpy", boundscheck=False, fastmath={"contract"})
def _add_up(ends, side, start, parent, weights, table, sines, cosines, roots):
    """Sums of every cluster, in the row of its lowest piece, which comes first; lists these and returns their number.

    A first piece forgets what its row held, by a factor 0: no branch that the processor would mispredict.
    """
    edge, number = 0.5 / math.pi, 0  # edge: of the cosine's primitive at both ends
    for i in range(len(start) - 1):
        order, begin, sine, cosine = weights[i, ORDER], 0.0, 0.0, -edge
        w0, w1, w2, w3, w4, w5 = weights[i, 0], order, weights[i, 2], weights[i, 3], weights[i, 4], weights[i, 5]
        head = order
        for piece in range(start[i], start[i + 1]):
            row, sign, is_first = table[parent[piece]], 2.0 * side[piece] - 1.0, parent[piece] == piece
            end, next_sine, next_cosine = ends[piece], sines[piece], cosines[piece]
            length, old = (end - begin) * sign, 1.0 - np.float64(is_first)
            roots[number] = piece
            number += np.int64(is_first)
            row[0] = row[0] * old + length * w0
            row[1] = row[1] * old + length * w1
            row[2] = row[2] * old + length * w2
            row[3] = row[3] * old + length * w3
            row[4] = row[4] * old + length * w4
            row[5] = row[5] * old + length * w5
            row[6] = row[6] * old + (next_sine - sine) * sign * order
            row[7] = row[7] * old + (next_cosine - cosine) * sign * order
            row[8] = row[8] * old + sign * head
            begin, sine, cosine, head = end, next_sine, next_cosine, 0.0
    return number


@numba.njit(error_model="numpy", boundscheck=False, fastmath={"contract"})
def _moments(number, roots, mean_sign, table, fair, row):
    """Moments of sums of independent signs, from their cumulants; odd ones are 0 where signs are fair."""
    first, second, third, fourth = np.zeros(TABLE), np.zeros(TABLE), np.zeros(2), np.zeros(2)
    for r in range(number):
        cluster = roots[r]
        for k in range(TABLE):
            second[k] += table[cluster, k] * table[cluster, k]
        for k in range(2):
            fourth[k] -= 2.0 * table[cluster, k] ** 4
        if not fair:
            t = mean_sign[cluster]
            for k in range(TABLE):
                first[k] += t * table[cluster, k]
                second[k] -= t * t * table[cluster, k] ** 2
            for k in range(2):
                third[k] -= 2.0 * t * (1.0 - t * t) * table[cluster, k] ** 3
                fourth[k] += (8.0 - 6.0 * t * t) * t * t * table[cluster, k] ** 4
    for k in range(2):
        mean, spread, place = first[k], second[k], MOMENTS + 3 * k
        row[place], row[place + 1] = mean, mean**2 + spread
        row[place + 2] = mean**4 + 6 * mean**2 * spread + 4 * mean * third[k] + 3 * spread**2 + fourth[k]
    for k in range(2, TABLE):
        row[SECONDS + k - 2] = first[k] ** 2 + second[k]


@numba.njit(error_model="numpy", boundscheck=False)
def _expected_kinks(side, start, parent, mean_sign, fair):
    """The mean number of kinks after all coins; fair: whether all signs are, without a field and held spins."""
    total = 0.0
    for i in range(len(start) - 1):
        for piece in range(start[i], start[i + 1] - 1):
            one, other, differ = parent[piece], parent[piece + 1], side[piece] ^ side[piece + 1]
            if fair:
                total += np.float64(differ) if one == other else 0.5
            else:
                correlation = 1.0 if one == other else mean_sign[one] * mean_sign[other]
                total += 0.5 + correlation * (np.float64(differ) - 0.5)
    return total


@numba.njit(error_model="numpy", boundscheck=False)
def sum_clusters(field, held, ends, side, start, parent, weights, table, work, row):
    """Improved estimators, before the clusters turn. table (capacity, TABLE), work (capacity,) twice and (capacity,)
    of integers."""
    sines, cosines, roots = work
    fill_waves(ends, start[len(start) - 1], sines, cosines)
    number = _add_up(ends, side, start, parent, weights, table, sines, cosines, roots)
    mean_sign, fair = sines, field == 0.0 and not held.any()
    if not fair:
        for r in range(number):
            mean_sign[roots[r]] = 0.0 if field == 0.0 else math.tanh(field * table[roots[r], 0])
        for i in range(len(held)):
            if held[i]:
                mean_sign[parent[start[i]]] = 1.0
    _moments(number, roots, mean_sign, table, fair, row)
    row[IMPROVED_KINKS] = _expected_kinks(side, start, parent, mean_sign, fair)


@numba.njit(error_model="numpy", boundscheck=False)
def sum_lines(kinks, first, spin, bonds, strength, weights, area, row):
    """Integrals of the worldlines. area (capacity,): for work, the integral of a spin up to each kink and to time 1.

    A bond's integral of s_i s_j is a sum over the kinks of i, for between them s_i is constant.
    """
    plain, order, total = 0.0, 0.0, 0.0
    for i in range(len(spin)):
        sign, begin, sum_ = 2.0 * spin[i] - 1.0, 0.0, 0.0
        for k in range(first[i], first[i + 1]):
            sum_ += sign * (kinks[k] - begin)
            area[k], begin, sign = sum_, kinks[k], -sign
        plain += sum_
        order += sum_ * weights[i, ORDER]
    for i in range(len(spin)):
        for b in range(bonds.shape[1]):
            if bonds[i, b] < 0:
                continue
            j = bonds[i, b] >> 1
            sign, other, found = 2.0 * spin[i] - 1.0, first[j], 0.0
            origin, there = first[j], 2.0 * spin[j] - 1.0
            for k in range(first[i], first[i + 1] - 1):
                other = find_piece(kinks, other, kinks[k])
                turned = 1.0 - 2.0 * np.float64((other - origin) & 1)
                # the integral to the end of the piece, less what lies behind
                found += sign * (area[other] - there * turned * (kinks[other] - kinks[k]))
                sign = -sign
            total += strength[i, b] * (2.0 * found + sign * area[first[j + 1] - 1])
    row[KINKS] = first[len(spin)] - len(spin)
    row[BOND_SUM], row[PLAIN], row[PLAIN_ORDER] = total, plain, order
