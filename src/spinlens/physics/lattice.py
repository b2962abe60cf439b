"""Where the spins sit."""

from dataclasses import dataclass

from spinlens.errors import InputError

MAX_SIDE = 4096


@dataclass(frozen=True)
class Square:
    """An m x n square lattice; site (i, j) has the flat index i * columns + j."""

    rows: int
    columns: int

    def __post_init__(self) -> None:
        for field in ("rows", "columns"):
            side = getattr(self, field)
            if isinstance(side, bool) or not isinstance(side, int) or not 2 <= side <= MAX_SIDE:
                raise InputError(f"size ({field})", side, f"an integer from 2 to {MAX_SIDE}")

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns)."""
        return self.rows, self.columns

    @property
    def sites(self) -> int:
        """Number of sites, rows * columns."""
        return self.rows * self.columns
