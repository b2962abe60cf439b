"""Where the spins sit."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.counts import check_count

MAX_SIDE = 4096


@dataclass(frozen=True)
class Square:
    """An m x n square lattice; site (i, j) has the flat index i * columns + j."""

    rows: int
    columns: int
    joined: ClassVar[tuple[int, int, int, int]] = (1, 1, 1, 1)  # whether there are bonds right, down, left and up

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

    @property
    def spins(self) -> int:
        """Number of spins of the Hamiltonian: one a site."""
        return self.sites

    @property
    def drawn(self) -> tuple[int, int]:
        """(rows, columns) of sites whose bonds have couplings of their own."""
        return self.shape

    @property
    def odd(self) -> NDArray[np.bool_]:
        """(rows, columns): the sites of a checkerboard's second colour."""
        return np.asarray(np.indices(self.shape).sum(0) % 2 == 1)

    def check_edges(self, vertical: Any, horizontal: Any) -> None:
        """Raises InputError for edges that such a lattice cannot have."""


@dataclass(frozen=True)
class Chain(Square):
    """A quantum chain as a picture, space to the right and imaginary time down.

    columns: spins of the chain. rows: equally spaced imaginary times at which a snapshot shows them. The first row
    follows the last one, as the trace asks; no bonds join rows, and all have the same couplings.
    """

    joined: ClassVar[tuple[int, int, int, int]] = (1, 0, 1, 0)

    @property
    def spins(self) -> int:
        """Number of spins of the Hamiltonian: one a column."""
        return self.columns

    @property
    def drawn(self) -> tuple[int, int]:
        """(1, columns): the couplings of one row are those of all."""
        return 1, self.columns

    @property
    def odd(self) -> NDArray[np.bool_]:
        """(rows, columns): every other spin, at all times."""
        return np.asarray(np.indices(self.shape)[1] % 2 == 1)

    def check_edges(self, vertical: Any, horizontal: Any) -> None:
        """Raises InputError unless imaginary time is periodic and no edge shifts along it."""
        if vertical.seam != 1 or vertical.shift or horizontal.shift:
            edges = f"{vertical.name} x {horizontal.name}"
            raise InputError("boundary", edges, "vertical periodic and no screw for a chain, whose rows are times")


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
