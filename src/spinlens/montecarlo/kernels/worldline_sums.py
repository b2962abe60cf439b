"""What is measured on worldlines: improved estimators from their clusters, and integrals of the lines themselves.

An improved estimator is the mean over all coins of the clusters: a cluster c whose spins add up to A_c keeps its
orientation up to a sign, whose mean is t_c = tanh(beta h L_c), 1 for a cluster that is held, and these signs are
independent. Wolff, Nucl. Phys. B 334, 581 (1990).

weights (spins, patterns): first 1, then the signs of the order, then any. Columns of sums: KINKS, improved kinks, sum
over bonds of strength * int sz sz, int sum sz, int sum order sz, and from MOMENTS on three a pattern: mean, second and
fourth moment of int sum_i weights[i] sz_i. FURTHER patterns behind those of the weights: int cos(2 pi t) and int sin(2
pi t) of the order, and the order at time 0.
"""

import math

import numba
import numpy as np

from spinlens.montecarlo.kernels.exponentials import find_piece

KINKS, IMPROVED_KINKS, BOND_SUM, PLAIN, PLAIN_ORDER, MOMENTS = range(6)
ORDER = 1  # column of weights
FURTHER = 3  # patterns behind those of the weights


@numba.njit(inline="always")
def _waves(time):
    """(sin, -cos) of 2 pi t over 2 pi, to 1e-11, for t from 0 to 1: the power series about 1/2."""
    x = 2 * math.pi * (time - 0.5)
    y = x * x
    sine, cosine = 1.0, 1.0
    for k in (20, 18, 16, 14, 12, 10, 8, 6, 4, 2):
        sine = 1.0 - sine * y / (k * (k + 1))
        cosine = 1.0 - cosine * y / (k * (k - 1))
    return -x * sine / (2 * math.pi), cosine / (2 * math.pi)


@numba.njit(error_model="numpy", boundscheck=False)
def sum_clusters(field, held, ends, side, start, parent, weights, table, mean_sign, row):
    """Improved estimators, before the clusters turn. table (capacity, patterns), mean_sign (capacity,): for work."""
    spins, own = weights.shape
    patterns, pieces = own + FURTHER, start[spins]
    for piece in range(pieces):
        if parent[piece] == piece:
            table[piece, :] = 0.0
    for i in range(spins):
        begin, (sine, cosine) = 0.0, _waves(0.0)
        table[parent[start[i]], own + 2] += weights[i, ORDER] * (2.0 * side[start[i]] - 1.0)
        for piece in range(start[i], start[i + 1]):
            cluster, sign = parent[piece], 2.0 * side[piece] - 1.0
            length = (ends[piece] - begin) * sign
            for k in range(own):
                table[cluster, k] += length * weights[i, k]
            next_sine, next_cosine = _waves(ends[piece])
            table[cluster, own] += (next_sine - sine) * sign * weights[i, ORDER]
            table[cluster, own + 1] += (next_cosine - cosine) * sign * weights[i, ORDER]
            begin, sine, cosine = ends[piece], next_sine, next_cosine
    for piece in range(pieces):
        if parent[piece] == piece:
            mean_sign[piece] = 0.0 if field == 0.0 else math.tanh(field * table[piece, 0])
    for i in range(spins):
        if held[i]:
            mean_sign[parent[start[i]]] = 1.0
    for k in range(patterns):
        first, second, third, fourth = 0.0, 0.0, 0.0, 0.0  # cumulants of a sum of independent signs
        for piece in range(pieces):
            if parent[piece] == piece:
                t, square = mean_sign[piece], table[piece, k] ** 2
                free = (1.0 - t * t) * square
                first += t * table[piece, k]
                second += free
                third -= 2.0 * t * free * table[piece, k]
                fourth += (6.0 * t * t - 2.0) * free * square
        place = MOMENTS + 3 * k
        row[place], row[place + 1] = first, first**2 + second
        row[place + 2] = first**4 + 6 * first**2 * second + 4 * first * third + 3 * second**2 + fourth
    total = 0.0
    for i in range(spins):
        for piece in range(start[i], start[i + 1] - 1):
            one, other, differ = parent[piece], parent[piece + 1], side[piece] != side[piece + 1]
            correlation = 1.0 if one == other else mean_sign[one] * mean_sign[other]
            total += 0.5 * (1.0 + correlation if differ else 1.0 - correlation)
    row[IMPROVED_KINKS] = total


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
            for k in range(first[i], first[i + 1] - 1):
                other = find_piece(kinks, other, kinks[k])
                odd = (other - first[j]) & 1
                there = (2.0 * spin[j] - 1.0) * (1.0 - 2.0 * odd)
                # the integral to the end of the piece, less what lies behind
                found += 2.0 * sign * (area[other] - there * (kinks[other] - kinks[k]))
                sign = -sign
            total += strength[i, b] * (found + sign * area[first[j + 1] - 1])
    row[KINKS] = first[len(spin)] - len(spin)
    row[BOND_SUM], row[PLAIN], row[PLAIN_ORDER] = total, plain, order
