"""Spins and temperatures out of arrays: checked against the lattice and the two values, or refused in one line."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.arrays import StoredArray
from spinlens.data.formats.reading import Reading
from spinlens.errors import InputError, shown
from spinlens.physics.spaces import Space
from spinlens.physics.states import is_continuous, spin_type
from spinlens.physics.systems import System

MAX_ANGLE = 4 * np.pi  # radians: beyond, they are likely degrees
MAX_SPINS = 2**30  # of one array: 1 GiB once read


def read_spins(stored: StoredArray, system: System, reading: Reading, source: str) -> NDArray[Any]:
    """The spins (count, m, n), or (m, n) of one snapshot. Raises InputError for another shape and other values."""
    m, n = shape = system.lattice.shape
    whole = len(stored.shape) in (2, 3) and stored.shape[-2:] == shape
    row = reading.flat and len(stored.shape) in (1, 2) and stored.shape[-1] == m * n
    if not (whole or row) or 0 in stored.shape:
        hint = shape_hint(stored.shape, m, n)
        expected = f"({m}, {n}) or (count, {m}, {n}), for size {m} x {n}"
        raise InputError(f"{source} (shape)", stored.shape, expected, hint)
    if math.prod(stored.shape) > MAX_SPINS:
        raise InputError(f"{source} (shape)", stored.shape, f"one of at most {MAX_SPINS} spins", "split the file")
    spins = stored.read(spin_type(system.model.space), lambda part: to_spins(part, system.model.space, reading, source))
    if whole:
        return spins
    return spins.reshape(*stored.shape[:-1], m, n)


def shape_hint(shape: tuple[int, ...], m: int, n: int) -> str:
    """What makes an array of another shape readable as (count, m, n); nothing where that is not clear."""
    ending = shape[-2:]
    if 0 in shape:
        return ""
    if len(shape) in (1, 2) and shape[-1] == m * n:
        return f"--flat reads {m * n} values as {m} rows of {n}"
    if len(shape) == 3 and shape[:2] == (m, n):
        return "snapshots come first: save numpy.moveaxis(array, -1, 0)"
    if len(shape) == 4 and shape[-1] == 1 and shape[1:3] == (m, n):
        return "save array[..., 0]"
    if len(shape) > 3 and ending == (m, n):
        return f"save array.reshape(-1, {m}, {n})"
    if len(shape) in (2, 3) and ending == (n, m):
        return f"--size {n}x{m} fits; or, where rows and columns are exchanged, save array.swapaxes(-1, -2)"
    return f"--size {ending[0]}x{ending[1]} fits" if len(shape) in (2, 3) and min(ending) > 1 else ""


def to_spins(values: NDArray[Any], space: Space, reading: Reading, source: str) -> NDArray[Any]:
    """The states of the space from the numbers that stand for them; of two poles, where `reading` says which.

    Raises InputError for any other number.
    """
    if is_continuous(space):
        return _to_angles(values, reading, source)
    if len(space.states) > 2 or (reading.values == Reading.values and space.poles != (1, -1)):
        return _to_states(values, space, reading, source)
    down, up = reading.values
    if values.dtype.kind in "biuf":
        is_up = values == up
        if (is_up | (values == down)).all():
            return np.where(is_up, *space.poles).astype(np.int8)
        given = np.unique(values)[:4].tolist()
    expected = f"{down:g} for spin down or {up:g} for spin up, each of them"
    if values.dtype.kind not in "biuf":
        raise InputError(f"{source} (values)", str(values.dtype), expected)
    if sorted(given) == [1, 255]:  # -1 as an unsigned byte
        raise InputError(
            f"{source} (values)", given, expected, "--values 255,1 reads 255, which is -1 as uint8, as down"
        )
    others = [0, 1] if set(given) <= {0, 1} else [-1, 1] if set(given) <= {-1, 1} else given
    hint = ""
    if len(others) == 2 and all(map(math.isfinite, others)):
        low, high = (f"{float(value):.17g}" for value in others)
        hint = f"--values {low},{high} reads {low} as spin down and {high} as spin up"
    raise InputError(f"{source} (values)", given, expected, hint)


def _to_angles(values: NDArray[Any], reading: Reading, source: str) -> NDArray[np.float32]:
    """The numbers as they are, once each is known to be an angle in radians."""
    if reading.values != Reading.values:
        raise InputError("values", reading.values, "left out: angles are read as they are")
    if values.dtype.kind != "f":
        hint = "whole numbers are no radians: save array.astype(float) where they are"
        raise InputError(f"{source} (values)", str(values.dtype), "angles in radians, as floats", hint)
    return check_angles(values, f"{source} (values)").astype(np.float32)


def check_angles(angles: NDArray[Any], field: str) -> NDArray[Any]:
    """The angles. Raises InputError unless all are numbers within two turns, as radians are."""
    strange = angles[~(np.abs(angles) <= MAX_ANGLE)]
    if strange.size:
        hint = "np.deg2rad turns degrees into them"
        raise InputError(field, float(strange.flat[0]), "angles in radians, from -4 pi to 4 pi", hint)
    return angles


def _to_states(values: NDArray[Any], space: Space, reading: Reading, source: str) -> NDArray[np.int8]:
    """The numbers as they are, once each is known to be a state."""
    states = space.states.tolist()
    if reading.values != Reading.values:
        raise InputError("values", reading.values, f"left out: the {len(states)} states are {shown(states)}")
    if values.dtype.kind not in "biuf" or not np.isin(values, space.states).all():
        given = str(values.dtype) if values.dtype.kind not in "biuf" else np.unique(values)[:4].tolist()
        raise InputError(f"{source} (values)", given, f"states among {shown(states)}")
    return values.astype(np.int8)


def read_temperatures(stored: StoredArray, shape: tuple[int, ...], source: str) -> NDArray[np.float64]:
    """One temperature a snapshot, (count,), from as many in a row or a column, or from one number for all of them.

    Raises InputError for another shape and for impossible temperatures.
    """
    count = math.prod(shape)
    row = max(stored.shape, default=1) == math.prod(stored.shape) == count
    if stored.dtype.kind not in "iuf" or not (row or math.prod(stored.shape) == 1):
        given = f"{stored.dtype} {stored.shape}"
        hint = f"save one number for each of the {count} snapshots, such as np.repeat(temperature, rows_of_each)"
        if stored.dtype.kind in "iuf" and len(stored.shape) == 1 and count % stored.shape[0] == 0:
            each = count // stored.shape[0]
            hint = f"save np.repeat(temperature, {each}) where {each} snapshots follow each other at each temperature, "
            hint += f"np.tile(temperature, {each}) where all temperatures take turns"
        raise InputError(
            f"{source} (shape)", given, f"numbers of shape ({count},), one a snapshot, or one for all", hint
        )
    temperature = stored.read(np.float64).reshape(-1)
    if len(temperature) != count:
        temperature = np.repeat(temperature, count)
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
