"""Whole numbers that users give."""

from typing import Any

import numpy as np

from spinlens.errors import InputError

LARGEST = 10**9  # where nothing else limits a number


def check_count(field: str, number: Any, least: int = 1, largest: int = LARGEST) -> int:
    """The number, Python's or NumPy's, as an int. Raises InputError unless it is one from `least` to `largest`."""
    whole = isinstance(number, int | np.integer) and not isinstance(number, bool)
    if not whole or not least <= number <= largest:
        raise InputError(field, number, f"an integer from {least} to {largest}")
    return int(number)
