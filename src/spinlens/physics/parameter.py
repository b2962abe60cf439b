"""A parameter of the model as control variable, at one temperature: found to be linear in the energy, not declared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError, suggest
from spinlens.physics.control import KINKS, TEMPERATURE, Array, Group, each_value
from spinlens.physics.models.protocol import Model, parameters
from spinlens.physics.spaces import Space
from spinlens.physics.systems import System, energy, pair_table

SHARES = (0.25, 0.5, 0.7)  # of the way from the lowest to the highest value, where the energy is looked at
DIGITS = 12  # of what a bond or a site adds to a statistic
RESERVED = ("image", "label", "energy", "magnetization", KINKS, "system", "chain", "seed", "split", "row", "spins")


@dataclass(frozen=True)
class Parameter:
    """A parameter of the model at one temperature above 0, from the lowest to the highest of its values (`grid`).

    Raises InputError unless the energy is linear in it, and for values that the model refuses.
    """

    system: System
    name: str
    temperature: float
    grid: tuple[float, ...]
    unit = 1.0
    column = ""

    def __post_init__(self) -> None:
        known = [name for name, value in parameters(self.system.model).items() if isinstance(value, float)]
        if self.name not in known or self.name in RESERVED:
            expected = f"{TEMPERATURE}, or a parameter of the energy: {', '.join(known)}"
            raise InputError("classes.variable", self.name, expected, suggest(self.name, [TEMPERATURE, *known]))
        low, *_, high = (self._model(value) for value in self.grid)
        linear = all(_is_between(self._model(self.grid[0] + x * self._width), low, high, x) for x in SHARES)
        if not linear or not any(map(np.any, _energy_tables(self._slope.model))):
            raise InputError("classes.variable", self.name, "a parameter in which the energy is linear")

    @property
    def symbol(self) -> str:
        """The name of the parameter."""
        return self.name

    @property
    def plural(self) -> str:
        """Such as "values of D"."""
        return f"values of {self.name}"

    @property
    def statistic_name(self) -> str:
        """Such as dH/dD."""
        return f"dH/d{self.name}"

    def at(self, value: float) -> System:
        """The system with this value. Raises InputError where the model refuses it."""
        return replace(self.system, model=self._model(value))

    def groups(self, values: Array) -> list[Group]:
        """The replicas of each value, whose systems share a name: the number of the value selects the stream."""
        return each_value(self.at, self.temperature, values)

    def conjugate(self, values: Array) -> Array:
        """The temperature over how far each value lies above the lowest."""
        with np.errstate(divide="ignore"):
            return self.temperature / np.maximum(np.asarray(values, np.float64) - self.grid[0], 0.0)

    def statistic(self, spins: NDArray[Any]) -> Array:
        """dH/dp, whose sums of whole numbers are exact."""
        return energy(self._slope, spins)

    def energy(self, spins: NDArray[Any], values: Array) -> Array:
        """Each in the system with its own value."""
        found = np.empty(len(spins))
        for group in self.groups(values):
            found[group.rows] = energy(group.system, spins[group.rows])
        return found

    def rest(self, energies: Array, values: Array, statistic: Array) -> Array:
        """The energy at the lowest value over the temperature."""
        return (energies - (values - self.grid[0]) * statistic) / self.temperature

    @cached_property
    def _slope(self) -> System:
        return replace(self.system, model=Slope(self._model(self.grid[0]), self._model(self.grid[-1]), self._width))

    def _model(self, value: float) -> Model:
        return replace(self.system.model, **{self.name: float(value)})  # type: ignore[type-var]

    @property
    def _width(self) -> float:
        return self.grid[-1] - self.grid[0]


@dataclass(frozen=True)
class Slope:
    """The derivative of the energy by a parameter in which it is linear, as a model: (high - low) / width."""

    low: Model
    high: Model
    width: float
    scale = 1.0
    transition = None
    formula = "dH/dp"

    @property
    def space(self) -> Space:
        """That of the model."""
        return self.low.space

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> Array:
        """What a bond adds, element by element."""
        low, high = (model.pair_energy(state, neighbour) for model in (self.low, self.high))
        return np.round((high - low) / self.width, DIGITS)

    def site_energy(self, state: NDArray[Any]) -> Array:
        """What a site adds, element by element."""
        return np.round((self.high.site_energy(state) - self.low.site_energy(state)) / self.width, DIGITS)


def _energy_tables(model: Model) -> Sequence[Array]:
    """The energies of every two states, (k, k), and of every state, (k,)."""
    return pair_table(model), np.asarray(model.site_energy(model.space.states), np.float64)


def _is_between(model: Model, low: Model, high: Model, share: float) -> bool:
    """Whether all energies of a model lie at this share of the way between those of two others, on one space."""
    if not low.space == model.space == high.space:
        return False
    tables = zip(*map(_energy_tables, (low, model, high)), strict=True)
    return all(np.allclose(m, a + share * (b - a), rtol=1e-9, atol=1e-12 * np.abs(b).max()) for a, m, b in tables)
