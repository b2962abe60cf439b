"""Where the spins sit."""

from dataclasses import dataclass

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
