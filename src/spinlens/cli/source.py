"""What a command is about: a system's name or a recipe file, changed by --size, --J and --B; and its temperatures."""

import math
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spinlens.errors import InputError, suggest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from spinlens.data.recipe import Recipe
    from spinlens.physics.systems import System

MAX_TEMPERATURES = 4096

Source = Annotated[
    str, typer.Argument(metavar="SOURCE", help="A system that `spinlens systems` lists, or a recipe, FILE.toml.")
]
Size = Annotated[
    str | None,
    typer.Option(
        metavar="<size>",
        help="Lattice: 64 is a square, 64x96 has 64 rows and 96 columns. Default: the recipe's, else 100; quantum: 32.",
    ),
]
Coupling = Annotated[
    float | None, typer.Option("--J", help="Coupling; below 0 an antiferromagnet. Default: the system's.")
]
Field = Annotated[float | None, typer.Option("--B", help="Field, in the same unit as J. Default: the system's.")]
Parameters = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="<name=value>", help="Another parameter of the model, as D=1.5; again for more."),
]
TEMPERATURES_HELP = "1.5:3.5:0.05 (both ends included) or 1,2,inf or both, joined by commas; in the same unit as J."
Seed = Annotated[
    int | None,
    typer.Option(help="The result is a function of it and the other options. Default: the recipe's, else 0."),
]
ProtocolName = Annotated[
    str | None,
    typer.Option(metavar="<name>", help="equilibrium, anneal or quench. Default: the recipe's, else equilibrium."),
]
Sweeps = Annotated[int | None, typer.Option(help="Sweeps of the protocol. Default: the recipe's, else its own.")]


def read_source(
    source: str,
    size: str | None = None,
    J: float | None = None,
    B: float | None = None,
    parameters: list[str] | None = None,
    labelled: bool = True,
    **given: Any,
) -> "Recipe":
    """The recipe of a system's name or a TOML file, with the options that were given (None: not given) in place.

    labelled: whether its classes are used; else a model without a known transition needs none. given: further fields of
    the recipe, such as seed. Raises InputError that names the first bad field.
    """
    parsed = None if size is None else parse_size(size)  # before what is slow to import
    from spinlens.data.classes import Classes
    from spinlens.data.recipe import load_recipe, parse_recipe
    from spinlens.physics.catalogue import SYSTEMS
    from spinlens.physics.control import TEMPERATURE
    from spinlens.physics.extensions import load_extensions

    if not source.endswith(".toml") and (os.sep in source or Path(source).exists()):
        load_extensions()
        if source not in SYSTEMS:
            hint = "a folder is none of these: name the system of its data" if Path(source).is_dir() else ""
            raise InputError("source", source, "a system that `spinlens systems` lists, or a recipe, FILE.toml", hint)
    values: dict[str, Any] = load_recipe(Path(source)) if source.endswith(".toml") else {"system": {"name": source}}
    values |= {key: value for key, value in given.items() if value is not None}
    own, further = {"size": parsed, "J": J, "B": B}, parse_parameters(parameters or [])
    for name in own.keys() & further.keys():
        if own[name] is not None:
            raise InputError("set", f"{name}={further[name]}", f"left out where --{name} is given")
    changes = own | further
    changes = {key: value for key, value in changes.items() if value is not None}
    system = values.get("system", {})
    named = {"name": system} if isinstance(system, str) else system
    if changes and isinstance(named, dict):
        values["system"] = named | changes
    if not labelled:
        values.setdefault("classes", Classes())  # of the paper: they are not looked at
    recipe = parse_recipe(values)
    if not labelled and (name := recipe.classes.variable) != TEMPERATURE:
        hint = f"name the system, with --set {name}=VALUE"
        raise InputError("classes.variable", name, f"{TEMPERATURE}, for one system at temperatures", hint)
    return recipe


def parse_parameters(texts: list[str]) -> dict[str, int | float]:
    """{"D": 1.5} from ["D=1.5"]. Raises InputError for anything else, and for a name that is given twice."""
    found: dict[str, int | float] = {}
    for text in texts:
        name, _, value = (part.strip() for part in text.partition("="))
        try:
            number: int | float = int(value) if value.lstrip("+-").isdecimal() else float(value)
        except ValueError:
            raise InputError("set", text, "a parameter and a number, such as D=1.5") from None
        if not name.isidentifier() or name in ("name", "size") or name in found:
            raise InputError("set", text, "a parameter of the model and a number, such as D=1.5, each given once")
        found[name] = number
    return found


def check_protocol(name: str | None, more: tuple[str, ...] = ()) -> None:
    """Raises InputError for a protocol that simulates nothing. more: those that a command has besides."""
    from spinlens.data.recipe import SIMULATED

    if name is not None and name not in (known := (*SIMULATED, *more)):
        raise InputError("protocol", name, f"one of {', '.join(known)}", suggest(name, known))


def quantum_temperature(system: "System") -> float | None:
    """The default temperature of a quantum system, at which the ground state dominates small ones; else None."""
    from spinlens.physics.models.transverse_ising import is_quantum

    return float(f"{0.1 * system.model.scale:.6g}") if is_quantum(system.model) else None


def plural(count: int, word: str) -> str:
    """Such as "1 snapshot" and "2 snapshots"."""
    return f"{count} {word}" + "s" * (count != 1)


def describe(system: "System") -> str:
    """Such as "ising-periodic, 64 x 96"."""
    m, n = system.lattice.shape
    return f"{system.name}, {m} x {n}"


def parse_size(text: str) -> int | tuple[int, int]:
    """64 from "64", (64, 96) from "64x96". Raises InputError for anything else."""
    sides = text.lower().split("x")
    if len(sides) in (1, 2) and all(side.isascii() and side.isdigit() and len(side) < 10 for side in sides):
        return int(sides[0]) if len(sides) == 1 else (int(sides[0]), int(sides[1]))
    raise InputError("size", text, "a number of sites a side, or rows x columns such as 64x96")


def parse_temperatures(text: str) -> "NDArray[np.float64]":
    """Ascending temperatures (n,) from numbers and ranges start:stop:step joined by commas.

    Raises InputError for anything else: NaN, negative numbers, empty ranges, steps of 0, more than 4096 points.
    """
    import numpy as np

    return np.unique(_listed(text)) + 0.0  # no negative zero, which would turn exp(-E / T) over


def repeated_temperatures(text: str) -> list[str]:
    """The temperatures that numbers and ranges name more than once, ascending: they count once."""
    from collections import Counter

    return [f"{value:g}" for value, times in sorted(Counter(_listed(text)).items()) if times > 1]


def _listed(text: str) -> list[float]:
    """All temperatures that are named, as they come."""
    found: list[float] = []
    for part in text.split(","):
        try:
            numbers = [float(number) for number in part.split(":")]
        except ValueError:
            numbers = []
        if len(numbers) not in (1, 3) or not all(number >= 0 for number in numbers):
            raise InputError("temperatures", text, "numbers from 0 to inf, or start:stop:step, joined by commas")
        found += numbers if len(numbers) == 1 else _range(part, text)
        if len(found) > MAX_TEMPERATURES:
            raise InputError("temperatures", text, f"a list of at most {MAX_TEMPERATURES} temperatures")
    return found


def _range(part: str, text: str) -> list[float]:
    """start, start + step, ... to stop, in decimal arithmetic: no digit is lost, whatever the unit."""
    words = [word.strip() for word in part.split(":")]
    if float(words[2]) == 0 or not all(math.isfinite(float(word)) for word in words):
        raise InputError("temperatures", text, "a finite range with start <= stop and a step above 0")
    start, stop, step = map(Decimal, words)
    if stop < start:
        raise InputError("temperatures", text, "a finite range with start <= stop and a step above 0")
    if stop - start >= step * MAX_TEMPERATURES:
        raise InputError("temperatures", text, f"a list of at most {MAX_TEMPERATURES} temperatures")
    return [float(start + step * k) for k in range(int((stop - start) / step) + 1)]
