"""What a site of the lattice holds, and how it is seen across a twisted edge."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.angles import Angles, to_unit_vectors

MOST_STATES = 64  # of a site


class Space(Protocol):
    """What a site holds: finitely many states, each a small integer (int8); `Angles` have none one by one.

    states (k,): ascending. poles: what edges named + and - are pinned to. vectors (k, d): each state as a point in
    space, whose mean over the sites is the magnetization; a uniform mixture of all states lies at the origin. maps
    (g, k): the images of the states under each element of a group that may be a symmetry, the identity first.
    """

    @property
    def states(self) -> NDArray[np.int8]: ...

    @property
    def poles(self) -> tuple[Any, Any]: ...

    @property
    def vectors(self) -> NDArray[np.float64]: ...

    @property
    def maps(self) -> NDArray[np.int8]: ...

    def across(self, states: NDArray[Any], turns: NDArray[Any]) -> NDArray[Any]:
        """The states as they are seen after so many turns of a twisted edge, back where negative; broadcast."""
        ...


def index_states(space: Space, states: NDArray[Any]) -> NDArray[np.int64]:
    """The place of each state in `space.states`. Raises InputError for what the space does not hold."""
    states = np.asarray(states)
    if states.dtype == np.int8:  # a table, as searches are slow
        table = np.full(1 << 8, -1)
        table[space.states.view(np.uint8)] = np.arange(len(space.states))
        index = table[states.view(np.uint8)]
        strange = index < 0
    else:
        index = np.clip(np.searchsorted(space.states, states), 0, len(space.states) - 1)
        strange = space.states[index] != states
    if strange.any():
        raise InputError("spins", states[strange].flat[0], f"one of {space.states.tolist()}")
    return np.asarray(index, np.int64)


def to_vectors(space: Space, states: NDArray[Any]) -> NDArray[np.float64]:
    """(..., d): the vector of every state. States are not looked at: those the space lacks give zeros."""
    if isinstance(space, Angles):
        return to_unit_vectors(states)
    table = np.zeros((1 << 8, space.vectors.shape[1]))
    table[space.states.view(np.uint8)] = space.vectors
    return table[np.ascontiguousarray(states).view(np.uint8)]


@dataclass(frozen=True)
class Values:
    """Numbers on a line, ascending and symmetric about zero: (-1, 1) Ising, (-1, 0, 1) Blume-Capel.

    A twisted edge negates them.

    >>> Values((-1, 0, 1)).across(np.array([-1, 0, 1]), np.array(1)).tolist()
    [1, 0, -1]
    """

    values: tuple[int, ...]

    def __post_init__(self) -> None:
        whole = isinstance(self.values, tuple) and all(type(value) is int for value in self.values)
        if not whole:
            raise InputError("values", self.values, "a tuple of integers such as (-1, 0, 1)")
        known = tuple(sorted({*self.values, *(-value for value in self.values)}))
        if not 2 <= len(self.values) <= MOST_STATES or self.values != known or max(self.values) > np.iinfo(np.int8).max:
            raise InputError("values", self.values, f"2 to {MOST_STATES} integers, ascending and symmetric about 0")

    @cached_property
    def states(self) -> NDArray[np.int8]:
        """(k,) the values."""
        return fixed(np.array(self.values, np.int8))

    @property
    def poles(self) -> tuple[int, int]:
        """The largest value and the least."""
        return self.values[-1], self.values[0]

    @cached_property
    def vectors(self) -> NDArray[np.float64]:
        """(k, 1): the values."""
        return fixed(np.array(self.values, np.float64)[:, None])

    @cached_property
    def maps(self) -> NDArray[np.int8]:
        """(2, k): the identity and the negation."""
        return fixed(np.stack([self.states, -self.states]))

    def across(self, states: NDArray[Any], turns: NDArray[Any]) -> NDArray[np.int8]:
        """Negated after an odd number of turns."""
        return np.asarray(states * (1 - 2 * (np.asarray(turns, np.int8) & 1)), np.int8)


@dataclass(frozen=True)
class _Numbered:
    """q states, 0 to q - 1."""

    q: int

    def __post_init__(self) -> None:
        whole = isinstance(self.q, int | np.integer) and not isinstance(self.q, bool)
        object.__setattr__(self, "q", int(self.q) if whole else self.q)
        if not whole or not 2 <= self.q <= MOST_STATES:
            raise InputError("q", self.q, f"an integer from 2 to {MOST_STATES}")

    @cached_property
    def states(self) -> NDArray[np.int8]:
        """(q,): 0 to q - 1."""
        return fixed(np.arange(self.q, dtype=np.int8))


@dataclass(frozen=True)
class Colours(_Numbered):
    """q labels without order, 0 to q - 1: Potts. A twisted edge shows the next colour.

    >>> Colours(3).across(np.array([0, 1, 2]), np.array(1)).tolist()
    [1, 2, 0]
    """

    @property
    def poles(self) -> tuple[int, int]:
        """Colours 0 and 1."""
        return 0, 1

    @cached_property
    def vectors(self) -> NDArray[np.float64]:
        """(q, q): corners of a regular simplex at distance 1 from its centre. Wu, Rev. Mod. Phys. 54, 235 (1982)."""
        return fixed((np.eye(self.q) - 1 / self.q) * np.sqrt(self.q / (self.q - 1)))

    @cached_property
    def maps(self) -> NDArray[np.int8]:
        """(q, q): cyclic shifts, which all commute with a twist; of the q! permutations no others do."""
        return fixed((self.states + self.states[:, None]) % np.int8(self.q))

    def across(self, states: NDArray[Any], turns: NDArray[Any]) -> NDArray[np.int8]:
        """So many colours further."""
        return np.asarray((np.asarray(states, np.int16) + turns) % self.q, np.int8)


@dataclass(frozen=True)
class Directions(_Numbered):
    """q points of the circle at angles 2 pi k / q: clock models. A twisted edge turns them by half a turn (q even).

    >>> Directions(4).across(np.array([0, 1, 2, 3]), np.array(1)).tolist()
    [2, 3, 0, 1]
    """

    @property
    def poles(self) -> tuple[int, int]:
        """The direction 0 and the one most opposite to it."""
        return 0, self.q // 2

    @cached_property
    def vectors(self) -> NDArray[np.float64]:
        """(q, 2): cosine and sine."""
        angles = 2 * np.pi * np.arange(self.q) / self.q
        return fixed(np.stack([np.cos(angles), np.sin(angles)], -1))

    @cached_property
    def maps(self) -> NDArray[np.int8]:
        """(2 q, q): rotations, then reflections."""
        turned = self.states + self.states[:, None]
        return fixed(np.concatenate([turned, turned[:, ::-1]]) % np.int8(self.q))

    def across(self, states: NDArray[Any], turns: NDArray[Any]) -> NDArray[np.int8]:
        """Half a turn further for each turn. Raises InputError where q is odd and something is turned."""
        if self.q % 2 and np.any(turns):
            raise InputError(
                "boundary", "a twisted edge", f"one without a twist, as {self.q} directions have no half turn"
            )
        return np.asarray((np.asarray(states, np.int16) + self.q // 2 * np.asarray(turns)) % self.q, np.int8)


def fixed(array: NDArray[Any]) -> NDArray[Any]:
    """The array, read-only: whoever asks next gets the same one."""
    array.setflags(write=False)
    return array
