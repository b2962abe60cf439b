"""A system is a model on a lattice inside a boundary: its bonds, its held sites and its energy."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import permutations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.physics.bonds import Bonds
from spinlens.physics.boundary import Boundary
from spinlens.physics.couplings import UNIFORM, Couplings
from spinlens.physics.lattices import Square
from spinlens.physics.masks import FREE, Masks, along_pole
from spinlens.physics.models.protocol import Model, check_model_parts
from spinlens.physics.spaces import fixed, index_states
from spinlens.physics.spirals import spiral
from spinlens.physics.states import check_finite_angles, is_continuous, spin_type, trial_states

RIGHT, DOWN, LEFT, UP = range(4)
CHUNK, CHUNK_SITES = 256, 1 << 18  # snapshots, and sites in all, whose energies are computed at once: in the cache


@dataclass(frozen=True)
class System:
    """What is simulated, a value: systems are equal where all parts are, and then draw equal random numbers.

    name: selects the random stream beside the seed. Systems that differ in it alone have the same `physics`. masks:
    fields on chosen sites and sites held fixed.
    """

    model: Model
    lattice: Square
    boundary: Boundary
    name: str = "custom"
    couplings: Couplings = UNIFORM
    masks: Masks | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.isprintable():
            raise InputError("system (name)", self.name, "printable text")
        check_model_parts(self.model)
        for field, kind in (("lattice", Square), ("boundary", Boundary)):
            if not isinstance(given := getattr(self, field), kind):
                raise InputError(field, given, f"a {kind.__name__}")
        if isinstance(self.couplings, type) or not hasattr(self.couplings, "strengths"):
            raise InputError("couplings", self.couplings, "Couplings", "get_couplings makes them from a name")
        self.lattice.check_edges(self.boundary.vertical, self.boundary.horizontal)
        if self.masks is not None:
            self.masks.check(replace(self, masks=None))
        if self.free_sites.size == 0:
            m, n = self.lattice.shape
            rows, columns = (2 + (edge.pins is not None) for edge in (self.boundary.vertical, self.boundary.horizontal))
            raise InputError("size", f"{m} x {n}", f"at least {rows} x {columns}, for spins between the pinned edges")

    @property
    def physics(self) -> tuple[Model, Square, Boundary, Couplings, Masks | None]:
        """All that decides the probability of a state: compare this to ask whether two systems are the same."""
        return self.model, self.lattice, self.boundary, self.couplings, self.masks

    @property
    def is_disordered(self) -> bool:
        """Whether bonds have factors of their own."""
        return self.couplings != UNIFORM

    @cached_property
    def bonds(self) -> Bonds:
        """What each site sees."""
        m, n = self.lattice.shape
        index = np.arange(m * n).reshape(m, n)
        right, down = np.roll(index, -1, 1), np.roll(index, -1, 0)
        right[:, -1] = np.roll(right[:, -1], -self.boundary.horizontal.shift)
        down[-1] = np.roll(down[-1], -self.boundary.vertical.shift)
        back = (np.argsort(there.ravel()).reshape(m, n) for there in (right, down))
        neighbour = np.stack([right, down, *back], -1)
        seam = np.ones((m, n, 4), np.int8)
        seam[:, -1, RIGHT] = seam[:, 0, LEFT] = self.boundary.horizontal.seam
        seam[-1, :, DOWN] = seam[0, :, UP] = self.boundary.vertical.seam
        seam *= np.array(self.lattice.joined, np.int8)
        neighbour = np.where(seam == 0, index[..., None], neighbour)
        turns = (seam < 0) * np.array([1, 1, -1, -1], np.int8)
        strength = (seam != 0).astype(np.float64)
        if self.is_disordered:
            flat, drawn = neighbour.reshape(-1, 4), self.couplings.strengths(self.lattice.drawn)
            drawn = np.broadcast_to(drawn, (m, n, 2)).reshape(-1, 2)
            both = np.stack([*drawn.T, drawn[flat[:, LEFT], RIGHT], drawn[flat[:, UP], DOWN]], -1)
            strength *= both.reshape(strength.shape)
            neighbour = np.where(strength == 0, index[..., None], neighbour)
        parts = neighbour, turns.astype(np.int8), strength
        return Bonds(*(fixed(part.reshape(-1, 4)) for part in parts))

    @cached_property
    def is_frustrated(self) -> bool:
        """Whether bonds of both signs may compete, drawn by chance."""
        return self.is_disordered and bool((self.bonds.strength < 0).any())

    @cached_property
    def has_equal_bonds(self) -> bool:
        """Whether all bonds that there are have the factor +1 or -1."""
        return bool(np.isin(self.bonds.strength, (-1, 0, 1)).all())

    @cached_property
    def held(self) -> NDArray[np.bool_]:
        """(m, n): whether the site is pinned and never moves."""
        held = np.zeros(self.lattice.shape, bool)
        held[[0, -1]] = self.boundary.vertical.pins is not None
        held[:, [0, -1]] |= self.boundary.horizontal.pins is not None
        if self.masks is not None:
            held |= self.masks.held != FREE
        return fixed(held)

    @cached_property
    def pinned(self) -> NDArray[Any]:
        """(m, n): the state of every held site, 0 elsewhere. Columns win the corners."""
        plus, minus = self.model.space.poles
        pinned = np.zeros(self.lattice.shape, spin_type(self.model.space))
        for edge, lines in ((self.boundary.vertical, pinned), (self.boundary.horizontal, pinned.T)):
            if edge.pins:
                lines[0], lines[-1] = (plus if pin > 0 else minus for pin in edge.pins)
        if self.masks is not None:
            np.copyto(pinned, self.masks.held, where=self.masks.held != FREE)
        return fixed(pinned)

    @cached_property
    def pull(self) -> NDArray[np.float64] | None:
        """(sites,): the fields of the masks, which pull along the + pole; None where there are none."""
        return fixed(self.masks.field.ravel().copy()) if self.masks is not None and self.masks.fields else None

    @cached_property
    def free_sites(self) -> NDArray[np.int64]:
        """Flat indices of the spins that can move."""
        return fixed(np.flatnonzero(~self.held))

    @cached_property
    def staggered(self) -> bool:
        """Whether neighbours that differ have the least energy, so that the order is a checkerboard and not uniform."""
        pairs = pair_table(self.model)
        return bool(pairs.diagonal().min() > pairs.min())

    @cached_property
    def ground_pattern(self) -> NDArray[Any]:
        """(m, n): of uniform patterns, and checkerboards where `staggered`, held sites kept, that of least energy.

        Energies are compared as whole numbers of bonds and sites times their energies. Of angles: the `spiral`.
        """
        if is_continuous(self.model.space):
            return fixed(spiral(self, 1, 1))
        space, odd = self.model.space, self.lattice.odd
        states = sorted(space.states.tolist(), key=lambda state: (state not in space.poles, state != space.poles[0]))
        choices = [(state, state) for state in states]
        if self.staggered:
            choices += permutations(states, 2)
        sites = [Fraction(float(e)) for e in self.model.site_energy(space.states)]
        pairs = [Fraction(float(e)) for e in pair_table(self.model).ravel()]
        best: tuple[Fraction, NDArray[np.int8]] | None = None
        for even_state, odd_state in choices:
            held = np.where(self.held, self.pinned, np.where(odd, odd_state, even_state)).astype(np.int8)
            index = index_states(space, held.ravel())
            numbers = np.bincount(index, minlength=len(sites))
            total = sum((e * int(n) for e, n in zip(sites, numbers, strict=True)), Fraction())
            for here, seen, strength in self.forward_bonds(held.reshape(1, -1)):
                places = index_states(space, here[0]) * len(sites) + index_states(space, seen[0])
                weights = np.bincount(places, strength, minlength=len(pairs))
                total += sum((e * Fraction(float(w)) for e, w in zip(pairs, weights, strict=True)), Fraction())
            if self.pull is not None:
                total -= Fraction(float(self.pull @ along_pole(space)[index]))
            if best is None or total < best[0]:
                best = total, held
        assert best is not None
        return fixed(best[1])

    def forward_bonds(self, flat: NDArray[Any]) -> Iterator[tuple[NDArray[Any], NDArray[Any], NDArray[np.float64]]]:
        """(states, what they see there, strengths (sites,)) right and then down: every bond once. flat: (n, sites)."""
        for direction in (RIGHT, DOWN):
            seen = flat[:, self.bonds.neighbour[:, direction]]
            if self.bonds.turns[:, direction].any():
                seen = self.model.space.across(seen, self.bonds.turns[:, direction])
            yield flat, seen, self.bonds.strength[:, direction]


def pair_table(model: Model) -> NDArray[np.float64]:
    """(k, k): the energy of a bond between every two states of the model's space, `trial_states` of angles."""
    states = trial_states(model.space)
    return np.asarray(model.pair_energy(states[:, None], states), np.float64)


def find_system(system: System | str, spins: ArrayLike | None = None) -> System:
    """The system itself, or the one of that name: of the size of the spins (..., m, n), 100 x 100 without any.

    Raises InputError for an unknown name and for what is neither.
    """
    if isinstance(system, System):
        return system
    if isinstance(system, str):
        from spinlens.physics.catalogue import get_system  # which is built on this module

        try:
            shape = np.shape(spins) if spins is not None else ()
        except ValueError:  # rows of different lengths
            shape = ()
        return get_system(system, shape[-2:]) if len(shape) > 1 else get_system(system)
    raise InputError("system", system, "a System, or the name of one", "get_system makes one of any size")


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
    if is_continuous(system.model.space):
        return check_finite_angles(array).reshape(-1, system.lattice.sites)
    states = system.model.space.states
    if array.dtype == np.int8 and states.tolist() == [-1, 1]:
        known = bool((np.abs(array) == 1).all())  # many times faster than the general test
    else:
        known = bool(np.isin(array, states).all())
    if not known:
        odd = array[~np.isin(array, states)].flat[0]
        raise InputError("spins", odd, f"values among {tuple(states.tolist())}")
    return array.reshape(-1, system.lattice.sites)


def energy(system: System | str, spins: ArrayLike) -> NDArray[np.float64]:
    """Total energy of each snapshot, every bond counted once (Kara et al. 2021, eq. 1).

    spins: (..., m, n). system: its name stands for a lattice as large as they are; of a quantum one the diagonal part.
    Returns (...). Raises InputError for another shape or for values that are no spins.
    """
    system = find_system(system, spins)
    flat = flat_spins(system, spins)
    total = np.empty(len(flat))
    chunk = max(min(CHUNK, CHUNK_SITES // system.lattice.sites), 1)
    for first in range(0, len(flat), chunk):
        some = flat[first : first + chunk]
        part = system.model.site_energy(some).sum(-1)
        for states, seen, strength in system.forward_bonds(some):
            part += (system.model.pair_energy(states, seen) * strength).sum(-1)
        if system.pull is not None:
            part -= along_pole(system.model.space)[index_states(system.model.space, some)] @ system.pull
        total[first : first + chunk] = part
    return total.reshape(np.shape(spins)[:-2])
