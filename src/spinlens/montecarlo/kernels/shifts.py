"""Shifts of all rows at once between two pinned edges."""

import numpy as np

from spinlens.montecarlo.kernels.compiling import compiled
from spinlens.montecarlo.kernels.scalar import uniform


@compiled()
def _along(s, index, first, second):
    """Sum over the columns of products of spins in two rows."""
    total = 0
    for column in range(index.shape[1]):
        total += s[index[first, column]] * s[index[second, column]]
    return total


@compiled()
def _energies(s, index, pins, coupling, field, energies):
    """Energy of every shift k against no shift: only rows that meet or part at a seam count, and negated rows.

    Row r goes to r + k; rows from last - k + 1 on come in again at the top, negated once an odd time round.
    """
    last, order, product = index.shape[0] - 2, len(energies), pins[0] * pins[1]
    sums = np.zeros(last + 2, np.int64)
    for row in range(1, last + 1):
        for column in range(index.shape[1]):
            sums[row] += s[index[row, column]]
    whole, meeting = sums[1 : last + 1].sum(), product * _along(s, index, last, 1)
    here = pins[0] * sums[1] + pins[1] * sums[last]
    for shift in range(order):
        turned, cut = (product if (shift // last) % 2 else 1), shift % last
        bonds, magnetization = 0, turned * whole - whole
        if cut == 0:
            bonds = turned * here - here
        else:
            top, bottom = last - cut + 1, last - cut
            bonds = pins[0] * turned * product * sums[top] + pins[1] * turned * sums[bottom] - here
            bonds += meeting - _along(s, index, bottom, top)
            magnetization = turned * (sums[1:top].sum() + product * sums[top : last + 1].sum()) - whole
        energies[shift] = -coupling * bonds - field * magnetization


@compiled()
def shift_rows(spins, index, pins, coupling, field, beta, sweeps, states):
    count, sites = spins.shape
    last, product = index.shape[0] - 2, pins[0] * pins[1]
    energies = np.empty(last if product > 0 else 2 * last)
    moved = np.empty(sites, np.int8)
    for replica in range(count):
        s, state = spins[replica], states[replica]
        for _ in range(sweeps):
            _energies(s, index, pins, coupling, field, energies)
            weights = np.cumsum(np.exp(-beta[replica] * (energies - energies.min())))
            shift = np.searchsorted(weights, uniform(state) * weights[-1], side="right")
            moved[:] = s
            for row in range(last):
                target = row + shift
                sign = product if (target // last) % 2 else 1
                for column in range(index.shape[1]):
                    moved[index[1 + target % last, column]] = s[index[1 + row, column]] * sign
            s[:] = moved
