"""Temperatures that differ by rounding alone."""

import numpy as np
from numpy.typing import NDArray

WIDEST = 4  # tolerances that one level spans at most: temperatures drawn from a continuum are left as they are


def merge_levels(temperature: NDArray[np.float64], tolerance: float) -> NDArray[np.float64]:
    """(n,): the temperatures (n,), those that follow each other within `tolerance` replaced by the lowest of them."""
    values, where = np.unique(temperature, return_inverse=True)
    with np.errstate(invalid="ignore"):
        first = np.concatenate([[True], ~(np.diff(values) <= tolerance)])  # inf - inf is no number
    level = np.cumsum(first) - 1
    lowest = values[first][level]
    highest = values[np.append(first[1:], True)][level]
    with np.errstate(invalid="ignore"):
        merged = np.where(highest - lowest <= WIDEST * tolerance, lowest, values)
    return merged[where]
