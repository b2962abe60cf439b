"""Classes of temperature, or of another variable: the paper's four regions and the grid that images are drawn from."""

import math
from decimal import Decimal
from itertools import pairwise
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from spinlens.data.checked import Checked
from spinlens.errors import InputError, shown
from spinlens.physics.control import TEMPERATURE
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.protocol import Model, describe_parameters

TOLERANCE = 1e-3  # of a step: float32 keeps 2.32 to 1e-7, and 400 additions of 0.01 in it to 4e-6

MAX_NAME = 60  # characters, at most 240 bytes; `export` makes folders of these names
MAX_DIGITS = 300  # that NumPy can round to
ISING = Ising().transition.temperature  # about which the paper's edges lie

Finite = Annotated[float, Field(allow_inf_nan=False)]


class Classes(Checked):
    """Regions of a temperature grid. The defaults are those of Kara et al. (2021), section 3.

    Class k holds edges[k] <= T < edges[k + 1] (the last one its upper end too), on the grid of step `step`. A
    temperature within TOLERANCE steps of an edge lies on it: 2.32 as float32, or reached by adding 0.01 often, is 2.32.
    variable: "temperature", or a parameter of the model, such as "D", whose values take the place of T; it may be
    negative, and its edges and step have no defaults.
    """

    names: tuple[str, ...] = ("FSbCR", "SbCR", "CR", "SpCR")
    edges: tuple[Finite, ...] = (0.0, 1.055, 2.119, 2.320, 4.0)
    step: Finite = 0.01
    variable: str = Field(default=TEMPERATURE, exclude_if=lambda name: name == TEMPERATURE)

    @model_validator(mode="after")
    def _check(self) -> "Classes":
        if len(self.names) < 2 or len(set(self.names)) != len(self.names) or not all(self.names):
            raise InputError("classes.names", self.names, "two or more different words")
        for name in self.names:
            odd = name != name.strip() or not name.isprintable() or {"/", "\\"} & {*name} or len(name) > MAX_NAME
            if odd or name in (".", ".."):
                expected = f"names of folders: up to {MAX_NAME} printable characters without / and \\"
                raise InputError("classes.names", name, expected)
        thermal = self.variable == TEMPERATURE
        for part in ("edges", "step"):
            if not thermal and part not in self.model_fields_set:
                raise InputError(f"classes.{part}", "nothing", f"given where {shown(self.variable)} is the variable")
        if len(self.edges) != len(self.names) + 1:
            expected = f"{len(self.names) + 1} numbers for {len(self.names)} names"
            raise InputError("classes.edges", self.edges, expected)
        if (thermal and self.edges[0] < 0) or any(b <= a for a, b in pairwise(self.edges)):
            expected = f"numbers that rise{' from 0 or above' if thermal else ''}"
            raise InputError("classes.edges", self.edges, expected)
        if self.step <= 0 or (self.edges[-1] - self.edges[0]) / self.step > 1e5:
            noun = "temperatures" if thermal else "values"
            raise InputError("classes.step", self.step, f"a number above 0 that gives at most 100000 {noun}")
        empty = [name for k, name in enumerate(self.names) if self.values(k).size == 0]
        if empty:
            noun = "temperature" if thermal else "value"
            raise InputError("classes.step", self.step, f"one with a {noun} of the grid in class {empty[0]}")
        return self

    def grid(self) -> NDArray[np.float64]:
        """All values of the grid, temperatures or others."""
        count = int(np.floor((self.edges[-1] - self.edges[0]) / self.step + 1e-9)) + 1
        largest = max(map(abs, self.edges))
        digits = 10 - math.floor(math.log10(largest))  # relative to the values, in whatever unit they are
        grid = self.edges[0] + self.step * np.arange(count)
        return np.asarray(grid if digits > MAX_DIGITS else np.round(grid, max(digits, 0)), np.float64)

    def label(self, values: ArrayLike) -> NDArray[np.int64]:
        """The class of each value."""
        return np.digitize(np.asarray(values, np.float64) + self._slack, self.edges[1:-1])

    def contains(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Whether each value lies in a class."""
        given = np.asarray(values, np.float64)
        return (given >= self.edges[0] - self._slack) & (given <= self.edges[-1] + self._slack)

    @property
    def _slack(self) -> float:
        widths = (high - low for low, high in pairwise(self.edges))
        return TOLERANCE * min(self.step, *widths)  # a step may be longer than a class

    def values(self, k: int) -> NDArray[np.float64]:
        """The grid's values in class k."""
        grid = self.grid()
        return grid[self.label(grid) == k]


def ising_unit(model: Model) -> float:
    """What temperatures of the Ising model with J = 1 are multiplied by to lie as near to this model's transition.

    |J| where no transition is known.
    """
    return model.scale if model.transition is None else model.transition.temperature / ISING


def default_classes(model: Model) -> Classes:
    """The paper's classes, stretched so that their edges lie about the transition of the model as the paper's do.

    Edges are rounded to 0.001 |J| and the step to one digit: for the Ising model they are the paper's times |J|. Raises
    InputError for a model whose transition is not known.
    """
    if model.transition is None:
        hint = f"of {type(model).__name__} with {describe_parameters(model)} no transition is known"
        raise InputError("classes.edges", "nothing", "given", hint)
    return stretched_classes(model.transition.temperature, model.scale)


def stretched_classes(transition: float, scale: float) -> Classes:
    """The paper's classes with their edges about another transition, rounded to 0.001 of the scale."""
    plain, unit = Classes(), Decimal(repr(scale))  # in decimals: 3 times 1.055 is 3.165, not 3.1649999999999996
    stretch = transition / scale / ISING
    edges = tuple(float(unit * Decimal(f"{stretch * edge:.3f}")) for edge in plain.edges)
    return Classes(edges=edges, step=float(unit * Decimal(f"{stretch * plain.step:.0e}")))
