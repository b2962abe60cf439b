"""A system is a model on a lattice inside a boundary; here are the named ones."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError, suggest
from spinlens.physics.boundary import Boundary, get_boundary
from spinlens.physics.lattice import Square
from spinlens.physics.models import Ising

RIGHT, DOWN, LEFT, UP = range(4)
CHUNK, CHUNK_SITES = 256, 1 << 22  # snapshots, and sites in all, whose energies are computed at once


@dataclass(frozen=True)
class System:
    """What is simulated, a value: systems are equal where all four parts are, and then draw equal random numbers.

    name: selects the random stream beside the seed. Systems that differ in it alone have the same `physics`.
    """

    model: Ising
    lattice: Square
    boundary: Boundary
    name: str = "custom"

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isprintable():
            raise InputError("system (name)", self.name, "printable text")
        if self.free_sites.size == 0:
            m, n = self.lattice.shape
            raise InputError("size", f"{m} x {n}", "a lattice with spins between its pinned edges")

    @property
    def physics(self) -> tuple[Ising, Square, Boundary]:
        """All that decides the probability of a state: compare this to ask whether two systems are the same."""
        return self.model, self.lattice, self.boundary

    @cached_property
    def bonds(self) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
        """(neighbour, sign), both (sites, 4) in the order right, down, left, up.

        sign is +1, -1 (the spin is seen negated) or 0 (no bond: the site is then listed as its own neighbour).
        """
        m, n = self.lattice.shape
        index = np.arange(m * n).reshape(m, n)
        right, down = np.roll(index, -1, 1), np.roll(index, -1, 0)
        right[:, -1] = np.roll(right[:, -1], -self.boundary.horizontal.shift)
        down[-1] = np.roll(down[-1], -self.boundary.vertical.shift)
        back = (np.argsort(there.ravel()).reshape(m, n) for there in (right, down))
        neighbour = np.stack([right, down, *back], -1)
        sign = np.ones((m, n, 4), np.int8)
        sign[:, -1, RIGHT] = sign[:, 0, LEFT] = self.boundary.horizontal.seam
        sign[-1, :, DOWN] = sign[0, :, UP] = self.boundary.vertical.seam
        neighbour = np.where(sign == 0, index[..., None], neighbour)
        return _fixed(neighbour.reshape(-1, 4)), _fixed(sign.reshape(-1, 4))

    @cached_property
    def pinned(self) -> NDArray[np.int8]:
        """(m, n): the value a site is pinned to, 0 where it is free. Columns win the corners."""
        pinned = np.zeros(self.lattice.shape, np.int8)
        if self.boundary.vertical.pins:
            pinned[0], pinned[-1] = self.boundary.vertical.pins
        if self.boundary.horizontal.pins:
            pinned[:, 0], pinned[:, -1] = self.boundary.horizontal.pins
        return _fixed(pinned)

    @cached_property
    def free_sites(self) -> NDArray[np.int64]:
        """Flat indices of the spins that can move."""
        return _fixed(np.flatnonzero(self.pinned == 0))

    @cached_property
    def staggered(self) -> bool:
        """Whether the order is a checkerboard (J < 0) and not uniform."""
        return self.model.J < 0

    @cached_property
    def ground_pattern(self) -> NDArray[np.int8]:
        """(m, n): of all spins up, all down and the two checkerboards, pinned sites held, the one of lowest energy.

        Energies are compared as whole numbers of bonds and spins times J and B, without rounding.
        """
        rows, columns = np.indices(self.lattice.shape)
        board = 1 - 2 * ((rows + columns) % 2)
        patterns = np.stack([np.ones_like(board), -np.ones_like(board), board, -board])
        held = np.where(self.pinned != 0, self.pinned, patterns).astype(np.int8)
        bonds, J, B = energy(replace(self, model=Ising()), held), Fraction(self.model.J), Fraction(self.model.B)
        energies = [J * int(b) - B * int(m) for b, m in zip(bonds, held.sum((1, 2)), strict=True)]
        return _fixed(held[energies.index(min(energies))])


def _fixed(array: NDArray[Any]) -> NDArray[Any]:
    """The array, read-only: whoever asks next gets the same one."""
    array.setflags(write=False)
    return array


def _snapshots(system: System, spins: ArrayLike) -> NDArray[Any]:
    """The array as (count, sites), checked."""
    try:
        array = np.asarray(spins)
    except ValueError:  # rows of different lengths
        raise InputError("spins", spins, f"an array (..., {system.lattice.rows}, {system.lattice.columns})") from None
    if array.dtype.kind not in "iuf":
        raise InputError("spins (type)", str(array.dtype), "an array of integers or floats")
    if array.ndim < 2 or array.shape[-2:] != system.lattice.shape:
        raise InputError("spins (shape)", array.shape, f"(..., {system.lattice.rows}, {system.lattice.columns})")
    if array.dtype == np.int8 and system.model.states == (-1, 1):
        known = bool((np.abs(array) == 1).all())  # many times faster than the general test
    else:
        known = bool(np.isin(array, system.model.states).all())
    if not known:
        odd = array[~np.isin(array, system.model.states)].flat[0]
        raise InputError("spins", odd, f"values among {system.model.states}")
    return array.reshape(-1, system.lattice.sites)


def energy(system: System, spins: ArrayLike) -> NDArray[np.float64]:
    """Total energy of each snapshot, every bond counted once (Kara et al. 2021, eq. 1).

    spins: (..., m, n). Returns (...). Raises InputError for another shape or for values that are no spins.
    """
    flat = _snapshots(system, spins)
    neighbour, sign = system.bonds
    total = np.empty(len(flat))
    chunk = max(min(CHUNK, CHUNK_SITES // system.lattice.sites), 1)
    for first in range(0, len(flat), chunk):
        some = flat[first : first + chunk]
        part = system.model.site_energy(some).sum(-1)
        for direction in (RIGHT, DOWN):
            seen = some[:, neighbour[:, direction]] * sign[:, direction]
            part += system.model.pair_energy(some, seen).sum(-1)
        total[first : first + chunk] = part
    return total.reshape(np.shape(spins)[:-2])


def magnetization(system: System, spins: ArrayLike) -> NDArray[np.float64]:
    """Mean spin of each snapshot. spins: (..., m, n). Returns (...). Raises InputError as `energy` does."""
    return _snapshots(system, spins).mean(-1, dtype=np.float64).reshape(np.shape(spins)[:-2])


def order_parameter(system: System, spins: ArrayLike) -> NDArray[np.float64]:
    """|m|, or |m| of the staggered spins where J < 0. spins: (..., m, n). Returns (...)."""
    flat = _snapshots(system, spins).astype(np.int8)
    if system.staggered:
        rows, columns = np.indices(system.lattice.shape)
        flat = flat * (1 - 2 * ((rows + columns) % 2)).astype(np.int8).ravel()
    return np.abs(flat.mean(-1, dtype=np.float64)).reshape(np.shape(spins)[:-2])


SYSTEMS: dict[str, tuple[str, Ising, Boundary]] = {}


def register_system(name: str, description: str, model: Ising, boundary: Boundary) -> None:
    """Make a system known by name, on lattices of any size, to every function of the program.

    Raises InputError for the name of a system that comes with spinlens, whose data and weights it would belie.
    """
    if name in BUILT_IN and SYSTEMS[name][1:] != (model, boundary):
        raise InputError("name", name, f"one that does not come with spinlens: none of {', '.join(BUILT_IN)}")
    SYSTEMS[name] = description, model, boundary


def get_system(name: str, size: int | tuple[int, int] = 100, J: float | None = None, B: float | None = None) -> System:
    """A named system on a size x size (or rows x columns) lattice, with another coupling or field where given.

    Raises InputError for a bad name, size, J or B.
    """
    if name not in SYSTEMS:
        raise InputError("system", name, f"one of {', '.join(SYSTEMS)}", suggest(name, SYSTEMS))
    _, model, boundary = SYSTEMS[name]
    changes = {key: value for key, value in (("J", J), ("B", B)) if value is not None}
    if changes:
        model = replace(model, **changes)
        name = f"{name}({', '.join(f'{key}={getattr(model, key)}' for key in changes)})"  # as a recipe names it
    sides = size if isinstance(size, tuple) else (size, size)
    if len(sides) != 2:
        raise InputError("size", size, "one side, or two: (rows, columns)")
    return System(model, Square(*sides), boundary, name)


for _name, _description, _J, _vertical, _horizontal in (
    ("periodic", "ferromagnet on a torus", 1.0, "periodic", "periodic"),
    ("antiferro", "antiferromagnet on a torus", -1.0, "periodic", "periodic"),
    ("antiperiodic", "the coupling changes sign across both seams", 1.0, "antiperiodic", "antiperiodic"),
    (
        "antiperiodic-vertical",
        "the coupling changes sign from the bottom row to the top",
        1.0,
        "antiperiodic",
        "periodic",
    ),
    ("skewed", "top row pinned up and bottom row down, periodic sideways", 1.0, "pinned+-", "periodic"),
    ("skewed-frame", "top row and left column pinned up, the others down", 1.0, "pinned+-", "pinned+-"),
    ("open", "no bonds across the edges", 1.0, "open", "open"),
    ("all-plus", "all four edges pinned up", 1.0, "pinned++", "pinned++"),
    ("all-minus", "all four edges pinned down", 1.0, "pinned--", "pinned--"),
    ("screw", "each row continues in the next one (helical)", 1.0, "periodic", "screw"),
):
    SYSTEMS[f"ising-{_name}"] = _description, Ising(J=_J), get_boundary(_vertical, _horizontal)
BUILT_IN = tuple(SYSTEMS)
