"""The transverse field of a quantum system as control variable, at one temperature: kinks are sufficient for it.

p(worldlines | gamma) is proportional to exp(-A) gamma^kinks, A = -beta times the integrals of the other terms: with
gamma = high exp(-1 / c), X is the number of kinks (`physics.control`). A picture, which shows the worldlines at some
times, holds less: what rules on X reach is an upper bound for rules on pictures.
"""

from dataclasses import dataclass, replace
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.control import KINKS, Array, Group, each_value
from spinlens.physics.models.transverse_ising import require_quantum
from spinlens.physics.systems import System

GAMMA = "gamma"


@dataclass(frozen=True)
class TransverseField:
    """The transverse field at one temperature above 0, up to the highest of its values (`grid`).

    Raises InputError for a classical system, and for values that the model refuses, such as those below 0.
    """

    system: System
    temperature: float
    grid: tuple[float, ...]
    name = symbol = GAMMA
    plural = "values of gamma"
    statistic_name = column = KINKS
    unit = 1.0

    def __post_init__(self) -> None:
        require_quantum(self.system.model)
        for value in (self.grid[0], self.grid[-1]):
            self.at(value)

    def at(self, value: float) -> System:
        """The system with this value. Raises InputError where the model refuses it."""
        model = replace(require_quantum(self.system.model), gamma=float(value))
        return replace(self.system, model=model)

    def groups(self, values: Array) -> list[Group]:
        """The replicas of each value, whose systems share a name: the number of the value selects the stream."""
        return each_value(self.at, self.temperature, values)

    def conjugate(self, values: Array) -> Array:
        """c = 1 / ln(highest / value): infinity at the highest, 0 where gamma is 0."""
        with np.errstate(divide="ignore"):
            return np.asarray(1 / np.maximum(np.log(self.grid[-1] / np.asarray(values, np.float64)), 0.0))

    def statistic(self, spins: NDArray[Any]) -> NoReturn:
        """Raises InputError: kinks are those of worldlines."""
        raise _refuse()

    def energy(self, spins: NDArray[Any], values: Array) -> NoReturn:
        """Raises InputError: the energy is an estimate from worldlines."""
        raise _refuse()

    def rest(self, energies: Array, values: Array, statistic: Array) -> NoReturn:
        """Raises InputError: A is a sum over worldlines."""
        raise _refuse()


def _refuse() -> InputError:
    return InputError("spins", "snapshots", "worldlines", "a snapshot of a quantum system does not determine them")
