"""Temperatures that differ by rounding alone: the one answer for splits, groups and tests."""

import numpy as np
from numpy.typing import NDArray

ADDED = 1e-5  # of the median temperature: steps that were added up in float32 differ by less
COLD = 1e-3  # of a temperature itself, at most, so that a wide range merges no cold ones
ROUNDED = 1e-6  # of a temperature itself: float32 differs by less, at hot ones too
WIDEST = 4  # tolerances that one level spans at most: temperatures drawn from a continuum are left as they are


def merge_levels(temperature: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n,): the temperatures (n,), those that follow each other within a tolerance replaced by the lowest of them.

    The tolerance at T: ADDED times the median of the finite temperatures, but no more than COLD and no less than
    ROUNDED times T. The same in any unit.
    """
    values, where = np.unique(temperature, return_inverse=True)
    finite = temperature[np.isfinite(temperature)]
    added = ADDED * float(np.median(finite)) if finite.size else 0.0
    tolerance = np.maximum(ROUNDED * values, np.minimum(added, COLD * values))
    with np.errstate(invalid="ignore"):
        first = np.concatenate([[True], ~(np.diff(values) <= tolerance[:-1])])  # inf - inf is no number
    level = np.cumsum(first) - 1
    lowest = values[first][level]
    highest = values[np.append(first[1:], True)][level]
    with np.errstate(invalid="ignore"):
        merged = np.where(highest - lowest <= WIDEST * tolerance[first][level], lowest, values)
    return merged[where]


def find_levels(temperature: NDArray[np.float64]) -> NDArray[np.int64]:
    """(n,): the number of each temperature among the different ones."""
    return np.unique(merge_levels(temperature), return_inverse=True)[1]
