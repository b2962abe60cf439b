"""Shifts of all rows at once between two pinned edges."""

import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.scalar import uniform


@compiled()
def _along(rows, first, second):
    """Sum over the columns of products of spins in two rows."""
    total = np.int32(0)
    for column in range(rows.shape[1]):
        total += np.int32(rows[first, column]) * np.int32(rows[second, column])
    return np.int64(total)


@compiled()
def _energies(rows, pins, coupling, field, energies):
    """Energy of every shift k against no shift: only rows that meet or part at a seam count, and negated rows.

    Row r goes to r + k; rows from last - k + 1 on come in again at the top, negated once an odd time round.
    """
    last, order, product = rows.shape[0] - 2, len(energies), pins[0] * pins[1]
    sums, parting = np.zeros(last + 2, np.int64), np.zeros(last + 1, np.int64)
    for row in range(1, last + 1):
        total = np.int32(0)
        for column in range(rows.shape[1]):
            total += np.int32(rows[row, column])
        sums[row] = total
        if row > 1:
            parting[row] = _along(rows, row - 1, row)
    above = np.cumsum(sums)
    whole, meeting = above[last], product * _along(rows, last, 1)
    here = pins[0] * sums[1] + pins[1] * sums[last]
    for shift in range(order):
        turned, cut = (product if (shift // last) % 2 else 1), shift % last
        bonds, magnetization = 0, turned * whole - whole
        if cut == 0:
            bonds = turned * here - here
        else:
            top, bottom = last - cut + 1, last - cut
            bonds = pins[0] * turned * product * sums[top] + pins[1] * turned * sums[bottom] - here
            bonds += meeting - parting[top]
            magnetization = turned * (above[bottom] + product * (whole - above[bottom])) - whole
        energies[shift] = -coupling * bonds - field * magnetization


@compiled()
def shift_rows(spins, index, pins, coupling, field, beta, sweeps, states):
    """Shifts of every replica, in place.

    spins (count, sites); index (rows, columns): the sites of each row, the pinned ones first and last; pins (2,).
    beta (count,), coupling and field in one unit. states (count, 4): random streams.
    """
    count, last, product = len(spins), index.shape[0] - 2, pins[0] * pins[1]
    energies = np.empty(last if product > 0 else 2 * last)
    rows = np.empty(index.shape, np.int8)
    for replica in range(count):
        s, state = spins[replica], states[replica]
        for _ in range(sweeps):
            for row in range(index.shape[0]):
                for column in range(index.shape[1]):
                    rows[row, column] = s[index[row, column]]
            _energies(rows, pins, coupling, field, energies)
            weights = np.cumsum(np.exp(-beta[replica] * (energies - energies.min())))
            shift = np.searchsorted(weights, uniform(state) * weights[-1], side="right")
            for row in range(last):
                target = index[1 + (row + shift) % last]
                sign = product if ((row + shift) // last) % 2 else 1
                for column in range(index.shape[1]):
                    s[target[column]] = rows[1 + row, column] * sign
