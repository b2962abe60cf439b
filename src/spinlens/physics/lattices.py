"""Where the spins sit."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from spinlens.errors import InputError
from spinlens.physics.counts import check_count

MAX_SIDE = 4096


@dataclass(frozen=True)
class Square:
    """An m x n square lattice; site (i, j) has the flat index i * columns + j."""

    rows: int
    columns: int

    def __post_init__(self) -> None:
        for field in ("rows", "columns"):
            object.__setattr__(self, field, check_count(f"size ({field})", getattr(self, field), 2, MAX_SIDE))

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns

    @property
    def sites(self) -> int:
        """Number of sites, rows * columns."""
        return self.rows * self.columns


def parse_size(size: Any) -> tuple[int, int]:
    """(rows, columns) from one side, of a square, or from two. Raises InputError for anything else."""
    sides = list(size) if isinstance(size, tuple | list) else [size, size]
    whole = all(isinstance(side, int | np.integer) and not isinstance(side, bool) for side in sides)
    if len(sides) != 2 or not whole:
        words = size.lower().split("x") if isinstance(size, str) else []
        typed = ", ".join(word.strip() for word in words) if all(word.strip().isdecimal() for word in words) else ""
        hint = f"write {f'[{typed}]' if ',' in typed else typed}" if typed and len(words) < 3 else ""
        raise InputError("size", size, "a number of sites a side, or two, rows and columns, such as [64, 96]", hint)
    if sides[0] == sides[1]:
        check_count("size", sides[0], 2, MAX_SIDE)
    lattice = Square(*sides)
    return lattice.shape
