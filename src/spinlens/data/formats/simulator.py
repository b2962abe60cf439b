"""The file that the authors' simulator saves: its rows are snapshots in the order of time."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.files import write_whole
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.spins import to_spins, to_temperature
from spinlens.errors import InputError, shown
from spinlens.physics.models.protocol import parameters
from spinlens.physics.systems import System

EXPECTED = 'a JSON file of the simulator: {"data": [{"temp": ..., "spinArray": ...}, ...]}'


def is_simulator(content: Any) -> bool:
    """Whether JSON content has the simulator's form: a list `data` of rows with a `spinArray` each."""
    rows = content.get("data") if isinstance(content, dict) else None
    return isinstance(rows, list) and bool(rows) and all(isinstance(r, dict) and "spinArray" in r for r in rows)


def read_simulator(
    content: Any, system: System, reading: Reading, source: str
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """(spins (count, m, n), temperature (count,)) of JSON content, row by row.

    Raises InputError for another form, spins that do not fit the lattice, and impossible temperatures.
    """
    if not is_simulator(content):
        raise InputError(source, "other JSON", EXPECTED)
    rows = content["data"]
    spins = [_spins(row["spinArray"], system, reading, f"{source}[{k}] spinArray") for k, row in enumerate(rows)]
    temperature = [to_temperature(row.get("temp"), f"{source}[{k}] temp") for k, row in enumerate(rows)]
    return np.stack(spins), np.array(temperature)


def write_simulator(
    path: Path,
    system: System,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    time: NDArray[np.int64],
    values: Mapping[str, NDArray[np.float64]] | None = None,
) -> None:
    """A JSON file as the simulator saves it, which `read_simulator` reads back to the same numbers; whole or not there.

    spins (count, m, n); temperature, time (count,): `temp` and `timestamp` of each row, an infinite temperature as the
    text "Infinity", since JSON has no such number. values: further columns (count,) by name.
    """
    edges = system.boundary
    settings = {"system": system.name, "rows": system.lattice.rows, "columns": system.lattice.columns}
    settings |= {"vertical": edges.vertical.name, "horizontal": edges.horizontal.name, **parameters(system.model)}
    further = {name: column.tolist() for name, column in (values or {}).items()}
    rows: list[dict[str, Any]] = []
    for k, (state, t, when) in enumerate(zip(spins, temperature.tolist(), time.tolist(), strict=True)):
        row = {"temp": "Infinity" if t == math.inf else t, "timestamp": when}
        row |= {name: column[k] for name, column in further.items()}
        rows.append(row | {"spinArray": ",".join(map(str, state.ravel().tolist()))})

    def write(temporary: Path) -> None:
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"settings": settings, "data": rows}, file, allow_nan=False)

    write_whole(path, write)


def _spins(value: Any, system: System, reading: Reading, source: str) -> NDArray[np.int8]:
    """One snapshot from "1,-1,...", a list, or a list of rows."""
    m, n = system.lattice.shape
    expected = f"{m * n} values, {m} rows of {n}"
    if isinstance(value, str) and value.count(",") + 1 != m * n:
        raise _other_length(value.count(",") + 1, expected, source)
    try:
        array = np.array(value.split(",") if isinstance(value, str) else value, np.float64)
    except (TypeError, ValueError, OverflowError, RecursionError):
        text = shown(value) if isinstance(value, str) else type(value).__name__
        raise InputError(source, text, "numbers with commas between, or a list of numbers") from None
    if array.shape not in ((m * n,), (m, n)):
        raise _other_length(array.size, expected, source)
    return to_spins(array.reshape(m, n), system.model.space, reading, source)


def _other_length(count: int, expected: str, source: str) -> InputError:
    side = math.isqrt(count)
    return InputError(f"{source} (length)", count, expected, f"--size {side} fits" if side * side == count else "")
