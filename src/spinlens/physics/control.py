"""What the classes of a data set divide: the temperature, or a parameter of the model at one temperature.

Every state s has the weight exp(-A(s) - X(s) / c), where the variable enters c alone: X is sufficient for it.

- Temperature: X is the energy, c = T and A = 0.
- A parameter p in which the energy is linear, H = H_low + (p - p_low) X, as D of Blume-Capel with X = sum s^2:
  c = T / (p - p_low) and A = H_low / T.

Above the lowest value p_low, and there infinite, c is a number such as a temperature is: what is built for energies at
temperatures (histograms, densities of states, Boltzmann's weights) holds for X at c. Further kinds of variables give c
as a function of their values, and X, which need not be a function of the snapshot.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.systems import System, energy

Array = NDArray[np.float64]
TEMPERATURE, KINKS = "temperature", "kinks"


@dataclass(frozen=True)
class Group:
    """Replicas that one simulation takes: their system, temperature (k,), rows (k,) among all, and further stream."""

    system: System
    temperature: Array
    rows: NDArray[np.int64]
    stream: tuple[int, ...]


class Control(Protocol):
    """A variable of a system. name: of its column. symbol: before a value. plural: of several values, in words.

    statistic_name: of X, for people. column: of a data set that holds X; "" where a snapshot determines X. unit: of X,
    to which its values are whole or nearly so.
    """

    @property
    def system(self) -> System: ...

    @property
    def name(self) -> str: ...

    @property
    def symbol(self) -> str: ...

    @property
    def plural(self) -> str: ...

    @property
    def statistic_name(self) -> str: ...

    @property
    def column(self) -> str: ...

    @property
    def unit(self) -> float: ...

    def groups(self, values: Array) -> list[Group]:
        """What simulates replicas at values (n,) of the variable."""
        ...

    def conjugate(self, values: Array) -> Array:
        """c (n,) at values (n,)."""
        ...

    def statistic(self, spins: NDArray[Any]) -> Array:
        """X (n,) of spins (n, rows, columns)."""
        ...

    def energy(self, spins: NDArray[Any], values: Array) -> Array:
        """The total energy (n,) of each snapshot at its own value (n,)."""
        ...

    def rest(self, energies: Array, values: Array, statistic: Array) -> Array:
        """A (n,) of states with these energies (n,) at these values (n,)."""
        ...


def each_value(at: Callable[[float], System], temperature: float, values: Array) -> list[Group]:
    """The replicas of each value (n,) of a variable at one temperature; at: the system with a value."""
    found, number = np.unique(values, return_inverse=True)
    rows = [np.flatnonzero(number == k) for k in range(len(found))]
    return [
        Group(at(value), np.full(len(mine), temperature), mine, (k,))
        for k, (value, mine) in enumerate(zip(found.tolist(), rows, strict=True))
    ]


@dataclass(frozen=True)
class Temperature:
    """The temperature of a system."""

    system: System
    name = TEMPERATURE
    symbol = "T"
    plural = "temperatures"
    statistic_name = "energy"
    column = ""

    @property
    def unit(self) -> float:
        """|J|."""
        return self.system.model.scale

    def groups(self, values: Array) -> list[Group]:
        """All replicas at once."""
        return [Group(self.system, values, np.arange(len(values)), ())]

    def conjugate(self, values: Array) -> Array:
        """The temperatures."""
        return values

    def statistic(self, spins: NDArray[Any]) -> Array:
        """The total energy."""
        return energy(self.system, spins)

    def energy(self, spins: NDArray[Any], values: Array) -> Array:
        """The same at every temperature."""
        return energy(self.system, spins)

    def rest(self, energies: Array, values: Array, statistic: Array) -> Array:
        """Zeros."""
        return np.zeros(len(energies))
