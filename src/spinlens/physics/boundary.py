"""What a spin sees across each edge of the lattice. `register_edge` adds kinds."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from spinlens.errors import InputError, suggest
from spinlens.physics.counts import check_count
from spinlens.physics.lattices import MAX_SIDE


def _is_among(value: Any, allowed: tuple[int, ...]) -> bool:
    """Whether it is one of these whole numbers, Python's or NumPy's."""
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and value in allowed


@dataclass(frozen=True)
class Edge:
    """One pair of opposite edges: the sign of the bond across the seam, and what the edge rows are pinned to.

    name: as recipes spell it.
    seam: +1 the same state, -1 the state twisted (the spin negated), 0 no bond.
    pins: poles of the first and the last row (or column), +1 or -1, which never move; None where they are free.
    shift: sites by which crossing the seam moves along it (1 makes the lattice a screw).
    """

    name: str
    seam: int
    pins: tuple[int, int] | None = None
    shift: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name or not self.name.isprintable():
            raise InputError("edge (name)", self.name, "printable text")
        if not _is_among(self.seam, (-1, 0, 1)):
            raise InputError("seam", self.seam, "+1, -1 or 0")
        object.__setattr__(self, "seam", int(self.seam))
        if self.pins is not None:
            pins = tuple(self.pins) if isinstance(self.pins, tuple | list) else ()
            if self.seam != 0 or len(pins) != 2 or not all(_is_among(pin, (-1, 1)) for pin in pins):
                raise InputError("pins", self.pins, "two values, each +1 or -1, on an edge with seam 0")
            object.__setattr__(self, "pins", tuple(map(int, pins)))
        object.__setattr__(self, "shift", check_count("shift", self.shift, -MAX_SIDE, MAX_SIDE))
        if self.shift and self.seam != 1:
            raise InputError("shift", self.shift, "0 unless on an edge with seam +1")


EDGES: dict[str, Edge] = {
    edge.name: edge
    for edge in (
        Edge("periodic", seam=+1),
        Edge("antiperiodic", seam=-1),
        Edge("screw", seam=+1, shift=1),
        Edge("open", seam=0),
        Edge("pinned++", seam=0, pins=(+1, +1)),
        Edge("pinned+-", seam=0, pins=(+1, -1)),
        Edge("pinned-+", seam=0, pins=(-1, +1)),
        Edge("pinned--", seam=0, pins=(-1, -1)),
    )
}


@dataclass(frozen=True)
class Boundary:
    """An edge for each direction: `vertical` joins the bottom row to the top one, `horizontal` the columns."""

    vertical: Edge
    horizontal: Edge

    def __post_init__(self) -> None:
        for field in ("vertical", "horizontal"):
            if not isinstance(given := getattr(self, field), Edge):
                hint = "get_boundary makes a boundary from two names" if isinstance(given, str) else ""
                raise InputError(field, given, "an Edge", hint)
        for edge, other in ((self.vertical, self.horizontal), (self.horizontal, self.vertical)):
            if edge.shift and (other.seam, other.shift) != (1, 0):
                raise InputError("boundary", f"{edge.name} with {other.name}", f"{edge.name} with periodic")


def register_edge(edge: Edge) -> None:
    """Make an edge known by its name to recipes and commands. Raises InputError for a name that another one has.

    >>> register_edge(Edge("screw-2", seam=+1, shift=2))
    """
    if not isinstance(edge, Edge):
        raise InputError("edge", edge, "an Edge")
    if EDGES.get(edge.name, edge) != edge:
        raise InputError("edge", edge.name, f"a name that none has: not {', '.join(EDGES)}")
    EDGES[edge.name] = edge


def get_edge(name: str, field: str = "edge") -> Edge:
    """The edge of that name. Raises InputError for a name that EDGES does not hold."""
    if not isinstance(name, str) or name not in EDGES:
        raise InputError(field, name, f"one of {', '.join(EDGES)}", suggest(name, EDGES))
    return EDGES[name]


def get_boundary(vertical: str, horizontal: str) -> Boundary:
    """The boundary with the named edges. Raises InputError for an unknown name."""
    return Boundary(get_edge(vertical, "vertical"), get_edge(horizontal, "horizontal"))
