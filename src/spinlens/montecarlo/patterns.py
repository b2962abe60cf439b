"""Starts by name: where a quench, an annealing or a ramp begins. `register_start` adds some."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError, suggest
from spinlens.montecarlo.starts import random_start
from spinlens.physics.systems import System, flat_spins

Shape = tuple[int, int]
Up = Callable[[Shape, float], NDArray[np.bool_]]


@dataclass(frozen=True)
class Pattern:
    """A kind of start. up(shape, number): (m, n), True where the + pole is, elsewhere the - pole.

    unit: what the number is: "share", from 0 to 1, "sites", a whole number from 1 to the shorter side, or "none".
    default(shape): the number where none is given.
    """

    name: str
    description: str
    up: Up
    unit: str
    default: Callable[[Shape], float]


STARTS: dict[str, Pattern] = {}


def register_start(pattern: Pattern) -> None:
    """Make a start known by its name. Raises InputError for a name that another one has, or that holds a colon."""
    if not isinstance(pattern, Pattern) or pattern.unit not in ("share", "sites", "none"):
        raise InputError("start", pattern, "a Pattern whose unit is share, sites or none")
    if (
        pattern.name == "random"
        or not pattern.name.isprintable()
        or ":" in pattern.name
        or STARTS.get(pattern.name, pattern) != pattern
    ):
        raise InputError("start", pattern.name, f"a name without a colon that none has: not {', '.join(STARTS)}")
    STARTS[pattern.name] = pattern


@dataclass(frozen=True)
class Start:
    """A start by its name, such as Start("round-droplet", 20); called as `random_start`, it gives the states.

    number: of the pattern's unit, None for its default. Held sites keep their states. "random" without a number takes
    every state alike; with one, exactly that share of the free sites is in the + pole, all others in the - pole.
    Raises InputError for an unknown name or a number that it does not take.
    """

    name: str
    number: float | None = None

    def __post_init__(self) -> None:
        if self.name not in STARTS and self.name != "random":
            known = ("random", *STARTS)
            raise InputError("start", self.name, f"one of {', '.join(known)}", suggest(self.name, known))
        if self.number is None:
            return
        unit = "share" if self.name == "random" else STARTS[self.name].unit
        if unit == "none":
            raise InputError("start", f"{self.name}:{self.number:g}", f"{self.name} alone, which takes no number")
        if unit == "share" and not 0 <= self.number <= 1:
            raise InputError(f"start {self.name}", self.number, "a share from 0 to 1")
        if unit == "sites" and not float(self.number).is_integer():
            raise InputError(f"start {self.name}", self.number, "a whole number of sites")

    def __call__(self, system: System, count: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """(count, sites). Raises InputError for a number of sites that the lattice does not have."""
        if self.name == "random" and self.number is None:
            return random_start(system, count, rng)
        if self.name == "random":
            return _shared(system, count, float(self.number or 0), rng)
        pattern, shape = STARTS[self.name], system.lattice.shape
        number = pattern.default(shape) if self.number is None else float(self.number)
        if pattern.unit == "sites" and not 1 <= number <= min(shape):
            raise InputError(f"start {self.name}", f"{number:g}", f"1 to {min(shape)} sites on {shape[0]} x {shape[1]}")
        return _placed(system, pattern.up(shape, number), count)


@dataclass(frozen=True)
class Picture:
    """A start of one's own: states, the bytes of an int8 array (rows, columns). `picture_start` makes one."""

    shape: Shape
    states: bytes

    def __call__(self, system: System, count: int, rng: np.random.Generator) -> NDArray[np.int8]:
        """(count, sites), held sites in their own states. Raises InputError for another lattice or other states."""
        if system.pinned.dtype != np.int8:
            raise InputError("start", "a picture of states", f"a name, for {type(system.model).__name__}")
        states = np.frombuffer(self.states, np.int8).reshape(self.shape)
        flat_spins(system, states)
        held = np.where(system.held, system.pinned, states).astype(np.int8)
        return np.repeat(held.reshape(1, -1), count, 0)


def picture_start(states: NDArray[np.int8]) -> Picture:
    """The start with these states (rows, columns)."""
    if states.ndim != 2 or states.dtype != np.int8:
        raise InputError("start (shape)", states.shape, "an int8 array (rows, columns)")
    return Picture((states.shape[0], states.shape[1]), np.ascontiguousarray(states).tobytes())


def parse_start(text: str) -> Start:
    """A start from "stripes" or "stripes:4". Raises InputError as `Start`."""
    name, colon, number = text.partition(":")
    try:
        return Start(name, float(number) if colon else None)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError("start", text, "a name, or a name and a number such as stripes:4") from None


def _placed(system: System, up: NDArray[np.bool_], count: int) -> NDArray[np.int8]:
    spins = np.where(system.held, system.pinned, np.where(up, *system.model.space.poles)).astype(system.pinned.dtype)
    return np.repeat(spins.reshape(1, -1), count, 0)


def _shared(system: System, count: int, share: float, rng: np.random.Generator) -> NDArray[np.int8]:
    free, (plus, minus) = system.free_sites, system.model.space.poles
    spins = _placed(system, np.zeros(system.lattice.shape, bool), count)
    chosen = rng.permuted(np.tile(np.arange(free.size) < round(share * free.size), (count, 1)), axis=1)
    spins[:, free] = np.where(chosen, plus, minus)
    return spins


def _offsets(shape: Shape, size: float) -> list[NDArray[np.floating]]:
    """(down, right) from the middle of what is `size` sites wide and in the middle of the lattice."""
    middles = [(length - int(size)) // 2 + (size - 1) / 2 for length in shape]
    return [places - middle for places, middle in zip(np.indices(shape), middles, strict=True)]


def _bands(places: NDArray[np.int64], width: float) -> NDArray[np.bool_]:
    return np.asarray(places // int(width) % 2 == 0)


def _disc(shape: Shape, diameter: float) -> NDArray[np.bool_]:
    return np.asarray(np.hypot(*_offsets(shape, diameter)) <= diameter / 2)


def _square(shape: Shape, side: float) -> NDArray[np.bool_]:
    return np.asarray(np.maximum(*np.abs(_offsets(shape, side))) < side / 2)


def _cross(shape: Shape, width: float) -> NDArray[np.bool_]:
    return np.asarray(np.minimum(*np.abs(_offsets(shape, width))) < width / 2)


def _annulus(shape: Shape, diameter: float) -> NDArray[np.bool_]:
    return np.asarray(_disc(shape, diameter) & (np.hypot(*_offsets(shape, diameter)) > diameter / 4))


def _beads(shape: Shape, diameter: float) -> NDArray[np.bool_]:
    along = np.arange(shape[1]) % (2 * diameter) - (diameter - 1) / 2
    return np.asarray(np.hypot(_offsets(shape, diameter)[0], along) <= diameter / 2)


def _dots(shape: Shape, distance: float) -> NDArray[np.bool_]:
    rows, columns = np.indices(shape)
    return np.asarray((rows % distance == 0) & (columns % distance == 0))


def _part(share: float) -> Callable[[Shape], float]:
    """A share of the shorter side, in sites."""
    return lambda shape: max(round(share * min(shape)), 1)


for _pattern in (
    Pattern("aligned", "all up", lambda s, x: np.ones(s, bool), "none", lambda s: 0),
    Pattern("aligned-down", "all down", lambda s, x: np.zeros(s, bool), "none", lambda s: 0),
    Pattern("halves", "the upper half up (:share of the rows)",
            lambda s, x: np.indices(s)[0] < round(x * s[0]), "share", lambda s: 0.5),
    Pattern("stripes", "rows in bands (:width)", lambda s, x: _bands(np.indices(s)[0], x), "sites", _part(1 / 8)),
    Pattern("grating", "single columns (:width)", lambda s, x: _bands(np.indices(s)[1], x), "sites", lambda s: 1),
    Pattern("cross", "an upright cross (:width of its bars)", _cross, "sites", _part(1 / 4)),
    Pattern("square-droplet", "a square in the middle (:side)", _square, "sites", _part(1 / 2)),
    Pattern("round-droplet", "a disc in the middle (:diameter)", _disc, "sites", _part(1 / 2)),
    Pattern("annulus", "a ring, its hole half as wide (:diameter)", _annulus, "sites", _part(3 / 4)),
    Pattern("beads", "discs in the middle row, a diameter apart (:diameter)", _beads, "sites", _part(1 / 8)),
    Pattern("dots", "single sites on a square grid (:distance)", _dots, "sites", _part(1 / 8)),
):  # fmt: skip
    register_start(_pattern)
