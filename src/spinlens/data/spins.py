"""Spins and temperatures out of arrays: checked against the lattice and the two values, or refused in one line."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.arrays import StoredArray
from spinlens.data.reading import Reading
from spinlens.errors import InputError
from spinlens.physics.systems import System

MAX_SPINS = 2**30  # of one array: 1 GiB once read


def read_spins(stored: StoredArray, system: System, reading: Reading, source: str) -> NDArray[np.int8]:
    """The spins (count, m, n), or (m, n) of one snapshot. Raises InputError for another shape and other values."""
    m, n = shape = system.lattice.shape
    whole = len(stored.shape) in (2, 3) and stored.shape[-2:] == shape
    row = reading.flat and len(stored.shape) in (1, 2) and stored.shape[-1] == m * n
    if not (whole or row) or 0 in stored.shape:
        hint = "--size sets another one"
        if len(stored.shape) in (1, 2) and stored.shape[-1] == m * n:
            hint = f"--flat reads {m * n} values as {m} rows of {n}"
        expected = f"({m}, {n}) or (count, {m}, {n}), for size {m} x {n}"
        raise InputError(f"{source} (shape)", stored.shape, expected, hint)
    if math.prod(stored.shape) > MAX_SPINS:
        raise InputError(f"{source} (shape)", stored.shape, f"one of at most {MAX_SPINS} spins", "split the file")
    spins = stored.read(np.int8, lambda part: to_spins(part, reading, source))
    if whole:
        return spins
    return spins.reshape(*stored.shape[:-1], m, n)


def to_spins(values: NDArray[Any], reading: Reading, source: str) -> NDArray[np.int8]:
    """-1 and +1 from the two numbers that stand for them. Raises InputError for any other number."""
    down, up = reading.values
    if values.dtype.kind in "biuf":
        is_up = values == up
        if (is_up | (values == down)).all():
            return np.where(is_up, 1, -1).astype(np.int8)
        given = np.unique(values)[:4].tolist()
    expected = f"{down:g} for spin down or {up:g} for spin up, each of them"
    if values.dtype.kind not in "biuf":
        raise InputError(f"{source} (values)", str(values.dtype), expected)
    others = [0, 1] if set(given) <= {0, 1} else [-1, 1] if set(given) <= {-1, 1} else given
    hint = ""
    if len(others) == 2 and all(map(math.isfinite, others)):
        low, high = (f"{float(value):.17g}" for value in others)
        hint = f"--values {low},{high} reads {low} as spin down and {high} as spin up"
    raise InputError(f"{source} (values)", given, expected, hint)


def read_temperatures(stored: StoredArray, shape: tuple[int, ...], source: str) -> NDArray[np.float64]:
    """One temperature a snapshot, (count,). Raises InputError for another shape and for impossible temperatures."""
    if stored.dtype.kind not in "iuf" or stored.shape != shape:
        given = f"{stored.dtype} {stored.shape}"
        raise InputError(f"{source} (shape)", given, f"numbers of shape {shape}, one a snapshot")
    temperature = stored.read(np.float64).reshape(-1)
    for bad in temperature[~(temperature >= 0)][:1]:
        raise InputError(source, float(bad), "a number from 0 to infinity")
    return temperature


def to_temperature(value: Any, source: str) -> float:
    """A temperature from text or JSON. Raises InputError unless it is a number from 0 to infinity."""
    try:
        number = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not number >= 0:
        raise InputError(source, value, "a number from 0 to infinity")
    return number
