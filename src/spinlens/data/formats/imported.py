"""Snapshots out of users' files, as the readers hand them over."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.recipe import Recipe


@dataclass(frozen=True)
class Stored:
    """What a file that `export` wrote says of its snapshots: their recipe, and the split and chain of each, (n,)."""

    recipe: Recipe
    split: NDArray[np.int64]
    chain: NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """The snapshots of one file: spins (n, rows, columns), temperature (n,) or None, names (n)."""

    path: Path
    spins: NDArray[Any]
    temperature: NDArray[np.float64] | None
    names: list[str]
    stored: Stored | None = None


@dataclass(frozen=True)
class Imported:
    """spins (n, rows, columns) int8, temperature (n,) or None unless every one is known, names (n) of the sources.

    origin: (n,) number of the file that a snapshot lies in, or of the folder where each file holds a single one.
    stored: what an export says of its snapshots, None for other files and for an export among others.
    exports: how many of the files are exports. unknown: the first file without temperatures.
    """

    spins: NDArray[Any]
    temperature: NDArray[np.float64] | None
    names: list[str]
    origin: NDArray[np.int64]
    stored: Stored | None = None
    exports: int = 0
    unknown: str = ""


def join_parts(parts: Sequence[Part]) -> Imported:
    """All parts in one."""
    numbers: dict[Path, int] = {}
    keys = [part.path.parent if len(part.spins) == 1 else part.path for part in parts]
    origin = [np.full(len(p.spins), numbers.setdefault(k, len(numbers))) for k, p in zip(keys, parts, strict=True)]
    temperatures = [part.temperature for part in parts if part.temperature is not None]
    return Imported(
        np.concatenate([part.spins for part in parts]),
        np.concatenate(temperatures) if len(temperatures) == len(parts) else None,
        [name for part in parts for name in part.names],
        np.concatenate(origin),
        parts[0].stored if len(parts) == 1 else None,
        sum(part.stored is not None for part in parts),
        next((str(part.path) for part in parts if part.temperature is None), ""),
    )
