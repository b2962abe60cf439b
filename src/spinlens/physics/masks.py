"""Fields on chosen sites, and sites held fixed in chosen states."""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.physics.models.protocol import STRONGEST
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.spaces import Space, index_states
from spinlens.physics.states import is_continuous

FREE = -128  # in an array of held states: a site that moves; no space has this state


def along_pole(space: Space) -> NDArray[np.float64]:
    """(k,): the component of each state along the + pole of its space, what a field on a site couples to.

    For Ising and Blume-Capel the spin; for Potts 1 for colour 0 and -1 / (q - 1) for all others.
    """
    pole = space.vectors[index_states(space, np.array(space.poles[0]))]
    return np.asarray(space.vectors @ pole / np.linalg.norm(pole), np.float64)


@dataclass(frozen=True)
class Masks:
    """A value, as bytes: `make_masks` makes one from arrays.

    fields: float64 (rows, columns), empty for none: site i has the energy -field_i times `along_pole` of its state,
    beside what the model gives every site. states: int8 (rows, columns), empty for none: the state in which a site is
    held, FREE where it moves.
    """

    shape: tuple[int, int]
    fields: bytes = b""
    states: bytes = b""

    @property
    def field(self) -> NDArray[np.float64]:
        """(rows, columns), zeros where there is none; read-only."""
        return np.frombuffer(self.fields or bytes(8 * self.shape[0] * self.shape[1]), np.float64).reshape(self.shape)

    @property
    def held(self) -> NDArray[np.int8]:
        """(rows, columns): states, FREE where a site moves; read-only."""
        if not self.states:
            return np.full(self.shape, FREE, np.int8)
        return np.frombuffer(self.states, np.int8).reshape(self.shape)

    @property
    def digest(self) -> str:
        """The SHA-256 of shape, fields and states, as hexadecimal digits."""
        return hashlib.sha256(repr((self.shape, self.fields, self.states)).encode()).hexdigest()

    def scaled(self, factor: float) -> "Masks":
        """The same with all fields times a factor."""
        return replace(self, fields=(self.field * factor).tobytes() if self.fields else b"")

    def check(self, plain: Any) -> None:
        """plain: the system without masks. Raises InputError where they do not fit its lattice, states and edges."""
        if is_quantum(plain.model):
            raise InputError("masks", "given", "left out for a quantum system")
        if is_continuous(plain.model.space):
            raise InputError("masks", "given", f"left out for {type(plain.model).__name__}, whose states are angles")
        if self.shape != plain.lattice.shape:
            raise InputError("masks (shape)", self.shape, f"{plain.lattice.shape}, that of the lattice")
        mine, known = self.held, plain.model.space.states
        fixed = mine != FREE
        if not np.isin(mine[fixed], known).all():
            raise InputError("held", int(mine[fixed][~np.isin(mine[fixed], known)][0]), f"one of {known.tolist()}")
        for row, column in np.argwhere(fixed & plain.held & (mine != plain.pinned))[:1]:
            given, there = f"{mine[row, column]} at row {row}, column {column}", plain.pinned[row, column]
            raise InputError("held", given, f"{there} there, as the edge is pinned")
        if (fixed | plain.held).all():
            raise InputError("held", "every site", "a mask that leaves a site free")


def make_masks(fields: ArrayLike | None = None, held: ArrayLike | None = None) -> Masks | None:
    """Masks from arrays of the lattice's shape; None where both hold nothing.

    fields: numbers in the unit of J. held: states, as floats NaN where a site moves; or a masked array. Raises
    InputError for other shapes, for fields that are not finite, and for states that are no small integers.

    >>> make_masks(held=[[1.0, float("nan")], [float("nan"), -1.0]]).held.tolist()
    [[1, -128], [-128, -1]]
    """
    found: dict[str, bytes] = {}
    shapes = set()
    if fields is not None:
        field = _numbers(fields, "fields")
        if not (np.abs(field) <= STRONGEST).all():
            bad = float(field[~(np.abs(field) <= STRONGEST)][0])
            raise InputError("fields", bad, f"finite fields of magnitude up to {STRONGEST:g}")
        shapes.add(field.shape)
        if field.any():
            found["fields"] = (field + 0.0).tobytes()  # -0.0 and 0.0 are one field
    if held is not None:
        state = _numbers(held, "held")
        moves = np.isnan(state)
        odd = ~moves & ~((np.abs(state) <= 127) & (np.rint(state) == state))
        if odd.any():
            raise InputError("held", float(state[odd][0]), "states, small integers, or NaN where a site moves")
        shapes.add(state.shape)
        if not moves.all():
            found["states"] = np.where(moves, FREE, state).astype(np.int8).tobytes()
    if len(shapes) > 1:
        raise InputError("masks (shape)", sorted(shapes), "fields and held of one shape")
    return Masks(shapes.pop(), **found) if found else None


def _numbers(values: ArrayLike, field: str) -> NDArray[np.float64]:
    try:
        array = np.asarray(np.ma.filled(np.ma.asarray(values, np.float64), np.nan))
    except (TypeError, ValueError):
        raise InputError(field, values, "an array (rows, columns) of numbers") from None
    if array.ndim != 2:
        raise InputError(f"{field} (shape)", array.shape, "(rows, columns)")
    return np.ascontiguousarray(array)
