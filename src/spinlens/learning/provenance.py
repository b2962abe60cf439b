"""What a network of ours records in its configuration: what it is shown, and what it was trained on."""

from dataclasses import asdict
from itertools import pairwise
from math import inf, isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from spinlens.data.json_files import read_object
from spinlens.data.recipe import Recipe, SystemRecipe
from spinlens.errors import InputError
from spinlens.learning.folders import CONFIG
from spinlens.physics.catalogue import get_system
from spinlens.physics.control import TEMPERATURE

if TYPE_CHECKING:
    from spinlens.learning.inputs import Rendering  # loads torch

VARIABLE = ("variable", "class_temperature")  # entries, where classes are of another variable than the temperature
Finite = Annotated[float, Field(allow_inf_nan=False)]
Above0 = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Side = Annotated[int, Field(ge=2, le=1_000_000)]


class Shown(BaseModel):
    """A `Rendering` as JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    pixels: int | None = Field(default=None, ge=1, le=4096)
    mean: tuple[Finite, Finite, Finite] = (0.5, 0.5, 0.5)
    std: tuple[Above0, Above0, Above0] = (0.5, 0.5, 0.5)
    view: Literal["bonds", "spins", "bare"] = "bonds"

    def rendering(self) -> "Rendering":
        """The rendering itself."""
        from spinlens.learning.inputs import Rendering  # needs torch, which reading a configuration does not

        return Rendering(**self.model_dump())


class Pretraining(BaseModel):
    """Of the recipe of `spinlens pretrain`, what a reader of the weights needs."""

    systems: tuple[str, ...] = Field(min_length=1)
    sizes: tuple[Side, ...] = Field(min_length=1)
    temperatures: tuple[Finite, Finite]


class Provenance(BaseModel):
    """The entry `spinlens` of a configuration.

    system: whose snapshots the network was trained on last; None after pre-training. class_edges: all edges of its
    classes in temperature, or in another variable at class_temperature.
    """

    rendering: Shown
    system: SystemRecipe | None = None
    pretraining: Pretraining | None = None
    class_edges: tuple[Finite, ...] | None = None
    variable: str = TEMPERATURE
    class_temperature: Finite | None = None

    @property
    def own_size(self) -> int | tuple[int, int]:
        """The size of the training, the first of pre-training where there are several."""
        if self.system is not None:
            return self.system.size
        return self.pretraining.sizes[0] if self.pretraining else 0


def class_variable(recipe: Recipe) -> dict[str, Any]:
    """What a configuration records of the variable of the classes: nothing where it is the temperature."""
    if recipe.classes.variable == TEMPERATURE:
        return {}
    return dict(zip(VARIABLE, (recipe.classes.variable, recipe.temperature), strict=True))


def recorded_variable(config: Any) -> dict[str, Any]:
    """The same of a network's configuration."""
    recorded = getattr(config, "spinlens", None) or {}
    return {key: recorded[key] for key in VARIABLE if key in recorded}


def describe_variable(recorded: dict[str, Any]) -> str:
    """Such as "temperature", or "D at T = 1"."""
    return f"{recorded[VARIABLE[0]]} at T = {recorded[VARIABLE[1]]:g}" if recorded else TEMPERATURE


def read_provenance(config: Any, source: str) -> Provenance | None:
    """The provenance in a configuration, None where it has none.

    Raises InputError for odd values, for systems that spinlens does not know, and for edges that do not fit the
    classes.
    """
    provenance = parse_provenance(getattr(config, "spinlens", None), source)
    if provenance is None:
        return None
    classes, edges = len(getattr(config, "id2label", None) or ()), provenance.class_edges
    _check_edges("spinlens.class_edges", None if edges is None else list(edges), classes + 1, source)
    _check_edges("class_edges", getattr(config, "class_edges", None), classes - 1, source)
    for key, least in (("origin", -inf), ("unit", 0.0)):
        value = getattr(config, key, 1.0)
        if type(value) not in (int, float) or not least < value < inf:
            raise InputError(f"model ({key})", value, f"a finite number{' above 0' * (key == 'unit')}, in {source}")
    return provenance


def stated_provenance(folder: Path) -> Provenance | None:
    """The provenance in the CONFIG of a folder, read without a network library; None where it has none.

    Raises InputError for odd values, OSError and ValueError as `read_object`.
    """
    return parse_provenance(read_object(folder / CONFIG).get("spinlens"), str(folder))


def parse_provenance(recorded: Any, source: str) -> Provenance | None:
    """The entry `spinlens` of a configuration. Raises InputError for odd values and unknown systems."""
    if recorded is None:
        return None
    try:
        provenance = Provenance.model_validate(recorded)
        if provenance.system is not None:
            provenance.system.system()
        if provenance.pretraining is not None:
            for name in provenance.pretraining.systems:
                get_system(name, provenance.pretraining.sizes[0])
        return provenance
    except (ValidationError, ValueError, RecursionError) as error:
        reason = _first(error) if isinstance(error, ValidationError) else str(error)
        expected = "a checkpoint that names its spin system"
        raise InputError("model", source, expected, f"`spinlens train` makes one ({reason})") from None


def _check_edges(key: str, edges: Any, count: int, source: str) -> None:
    """Raises InputError unless the edges, where there are some, are so many numbers that rise."""
    if edges is None:
        return
    fits = isinstance(edges, list | tuple) and len(edges) == count
    if not fits or not all(type(e) in (int, float) and isfinite(e) for e in edges):
        raise InputError(f"model ({key})", edges, f"{count} numbers, one an edge of its classes, in {source}")
    if any(a >= b for a, b in pairwise(edges)):
        raise InputError(f"model ({key})", edges, f"numbers that rise, in {source}")


def record(config: Any, rendering: "Rendering", **values: Any) -> None:
    """Write a network's rendering and further values into its configuration, beside what it records already."""
    config.spinlens = (getattr(config, "spinlens", None) or {}) | {"rendering": asdict(rendering)} | values


def _first(error: ValidationError) -> str:
    bad = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, bad['loc']))}: {bad['msg']}"
