"""Ramps and cycles: the temperature or a parameter of the model goes from one value to another in steps."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError, suggest
from spinlens.montecarlo.equilibrium import Spins, Temperatures
from spinlens.montecarlo.protocols import Initial
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.streams import RAMP, generator
from spinlens.montecarlo.updaters.registry import driving_updater
from spinlens.physics.boltzmann import check_temperature
from spinlens.physics.counts import check_count
from spinlens.physics.models.protocol import check_finite, parameters
from spinlens.physics.order import magnetization
from spinlens.physics.systems import System, energy

MAX_POINTS, MAX_SPINS = 10**6, 1 << 28
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stage:
    """What goes where in `steps` equal steps, with `sweeps` sweeps after each.

    ends: the variables that change, each (name, from, to): "T", or a parameter of the model that is a float such as
    "B". All others keep their values. Raises InputError for values that are not finite.
    """

    ends: tuple[tuple[str, float, float], ...]
    steps: int = 100
    sweeps: int = 10

    def __post_init__(self) -> None:
        check_count("steps", self.steps, 1, MAX_POINTS)
        check_count("sweeps", self.sweeps)
        if not self.ends:
            raise InputError("stage", "no variable", "one that changes, such as T")
        for name, *values in self.ends:
            for value in values:
                check_finite(name, value)
                if name == "T":
                    check_temperature(value)

    @property
    def back(self) -> "Stage":
        """The same from its end to its beginning."""
        return replace(self, ends=tuple((name, last, first) for name, first, last in self.ends))


@dataclass(frozen=True)
class Point:
    """A step of a ramp: the system at its parameters, the temperature, and the sweeps there."""

    system: System
    temperature: float
    sweeps: int


@dataclass(frozen=True)
class Ramp:
    """Stages one after the other; with cycles so many times there and back, each time the whole way.

    The first point is the beginning of the first stage, with the sweeps of that stage. initial: the states before
    it. updater: the name of one, by default that of a quench. Raises InputError for what does not fit together.
    """

    stages: tuple[Stage, ...]
    cycles: int = 0
    initial: Initial = random_start
    updater: str | None = None

    def __post_init__(self) -> None:
        check_count("cycles", self.cycles, 0, MAX_POINTS)
        if not self.stages:
            raise InputError("stages", "none", "at least one")
        check_count("steps (of all stages and cycles)", sum(stage.steps for stage in self._way()), 1, MAX_POINTS)

    def _way(self) -> list[Stage]:
        back = [stage.back for stage in reversed(self.stages)]
        return [*self.stages, *back] * self.cycles if self.cycles else list(self.stages)

    @property
    def varied(self) -> tuple[str, ...]:
        """The names of all variables that change."""
        return tuple(dict.fromkeys(name for stage in self.stages for name, *_ in stage.ends))

    def points(self, system: System, temperature: float | None = None) -> list[Point]:
        """Every step. temperature: before a stage changes it. Raises InputError for a variable that there is not."""
        known = [name for name, value in parameters(system.model).items() if isinstance(value, float)]
        for name in self.varied:
            if name not in ("T", *known):
                raise InputError("vary", name, f"one of {', '.join(('T', *known))}", suggest(name, known))
        values = {name: first for stage in reversed(self.stages) for name, first, _ in stage.ends}
        if "T" not in values:
            if temperature is None:
                raise InputError("temperatures", "none", "given, or T varied")
            values["T"] = float(check_temperature(temperature))
        found = [_point(system, values, self.stages[0].sweeps)]
        for stage in self._way():
            for step in range(1, stage.steps + 1):
                left = stage.steps - step
                between = {name: (first * left + last * step) / stage.steps for name, first, last in stage.ends}
                values |= between if left else {name: last for name, _, last in stage.ends}
                found.append(_point(system, values, stage.sweeps))
        return found


def _point(system: System, values: dict[str, float], sweeps: int) -> Point:
    changes = {name: value for name, value in values.items() if name != "T"}
    model = replace(system.model, **changes) if changes else system.model  # type: ignore[type-var]
    return Point(replace(system, model=model) if changes else system, values["T"], sweeps)


@dataclass(frozen=True)
class RampRecord:
    """What a ramp went through, measured after the sweeps of each of its n points.

    values: by the name of each variable (n,), T first. sweep (n,): sweeps so far. energy: total, and magnetization: per
    site, (n, replicas). spins (replicas, rows, columns): at the end.
    """

    system: System
    values: dict[str, Array]
    sweep: NDArray[np.int64]
    energy: Array
    magnetization: Array
    spins: Spins


def record_ramp(
    system: System,
    ramp: Ramp,
    replicas: int = 16,
    temperature: float | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> RampRecord:
    """Take independent replicas along a ramp and measure them at every point. A function of its arguments alone.

    temperature: where the ramp does not vary T. progress(points done, points). Raises InputError for bad arguments.
    """
    points = ramp.points(system, temperature)
    check_count("count", replicas, 1, MAX_SPINS // system.lattice.sites)
    check_count("steps times count", len(points) * replicas, 1, MAX_SPINS)
    rng = generator(system, seed, RAMP)
    spins = ramp.initial(system, replicas, rng)
    found = np.empty((2, len(points), replicas))
    for k, point in enumerate(points):
        advance(ramp, point, spins, rng)
        images = spins.reshape(-1, *system.lattice.shape)
        found[:, k] = energy(point.system, images), magnetization(point.system, images)
        if progress:
            progress(k + 1, len(points))
    return RampRecord(system, values_of(ramp, points), sweeps_of(points), found[0], found[1], images)


def advance(ramp: Ramp, point: Point, spins: Spins, rng: np.random.Generator) -> None:
    """The sweeps of one point, in place. spins (count, sites)."""
    lanes: Temperatures = np.full(len(spins), point.temperature)
    driving_updater(point.system, ramp.updater).update(point.system, spins, lanes, point.sweeps, rng)


def values_of(ramp: Ramp, points: list[Point]) -> dict[str, Array]:
    """{name: (n,)} of the temperature and of every other variable at all points."""
    others = [name for name in ramp.varied if name != "T"]
    found = {"T": np.array([point.temperature for point in points])}
    return found | {name: np.array([parameters(point.system.model)[name] for point in points]) for name in others}


def sweeps_of(points: list[Point]) -> NDArray[np.int64]:
    """(n,) sweeps done at the end of each point."""
    return np.cumsum([point.sweeps for point in points])


def loop_area(field: Array, magnetization: Array) -> Array:
    """(replicas,): the work of the field a site over a closed loop, - sum of m dB by trapezoids; above 0 where m lags.

    field (n,), the first and the last alike. magnetization (n, replicas). Raises InputError for a loop that is open.
    """
    if len(field) < 3 or field[0] != field[-1]:
        raise InputError("field", [float(field[0]), float(field[-1])], "a closed loop, the same at both ends")
    steps = [(after - before) for before, after in pairwise(field)]
    return np.asarray(-(np.array(steps)[:, None] * (magnetization[1:] + magnetization[:-1]) / 2).sum(0))
