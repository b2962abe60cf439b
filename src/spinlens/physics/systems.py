"""A system is a model on a lattice inside a boundary; here are the named ones."""

from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.physics.boundary import Boundary
from spinlens.physics.lattices import Square
from spinlens.physics.models.ising import Ising

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


def flat_spins(system: System, spins: ArrayLike) -> NDArray[Any]:
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
    flat = flat_spins(system, spins)
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
