"""Exact densities of the statistic of a control variable, of systems small enough to be enumerated."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from spinlens.physics.control import Control
from spinlens.physics.exact.enumeration import enumerate_states

DIGITS = 9  # of a statistic in its unit, as where it is simulated


def density_of_statistic(control: Control, value: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(levels, ln g) (k,) each: values of X, ascending, and the logarithms of the sums of exp(-A) over their states.

    X and A as in `physics.control`. value: any of the variable. Raises InputError as `enumerate_states`.
    """
    states = enumerate_states(control.system)
    statistic, values = control.statistic(states), np.full(len(states), value)
    rest = control.rest(control.energy(states, values), values, statistic)
    levels, index = np.unique(np.round(statistic / control.unit, DIGITS) * control.unit, return_inverse=True)
    order = np.argsort(index, kind="stable")
    parts = np.split(-rest[order], np.flatnonzero(np.diff(index[order])) + 1)
    return levels, np.array([logsumexp(part) for part in parts])
