"""The named systems."""

import re
from collections.abc import Sequence
from dataclasses import replace

from spinlens.errors import InputError, suggest
from spinlens.physics.boundary import Boundary, get_boundary
from spinlens.physics.lattices import Square, parse_size
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.protocol import check_model_parts
from spinlens.physics.systems import System

SYSTEMS: dict[str, tuple[str, Ising, Boundary]] = {}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")  # what a command line and a file name can hold


def register_system(name: str, description: str, model: Ising, boundary: Boundary) -> None:
    """Make a system known by name, on lattices of any size, to every function of the program.

    name: of letters, digits and - _ . + alone; commands and file names hold it. Raises InputError for another one, for
    that of a system that comes with spinlens, whose data and weights it would belie, and for what is no model or
    boundary.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name) or name.endswith(".toml"):
        raise InputError(
            "name", name, "up to 64 letters, digits and - _ . + and no .toml at the end, such as my-system"
        )
    if not isinstance(description, str) or not description.isprintable():
        raise InputError("description", description, "printable text")
    check_model_parts(model)
    if not isinstance(boundary, Boundary):
        raise InputError("boundary", boundary, "a Boundary", "get_boundary makes one from the names of two edges")
    if name in BUILT_IN and SYSTEMS[name][1:] != (model, boundary):
        raise InputError("name", name, f"one that does not come with spinlens: none of {', '.join(BUILT_IN)}")
    SYSTEMS[name] = description, model, boundary


def get_system(name: str, size: int | Sequence[int] = 100, J: float | None = None, B: float | None = None) -> System:
    """A named system on a size x size (or rows x columns) lattice, with another coupling or field where given.

    Raises InputError for a bad name, size, J or B.
    """
    if not isinstance(name, str) or name not in SYSTEMS:
        raise InputError("system", name, f"one of {', '.join(SYSTEMS)}", suggest(name, SYSTEMS))
    _, model, boundary = SYSTEMS[name]
    changes = {key: value for key, value in (("J", J), ("B", B)) if value is not None}
    if changes:
        model = replace(model, **changes)
        name = f"{name}({', '.join(f'{key}={getattr(model, key)}' for key in changes)})"  # as a recipe names it
    return System(model, Square(*parse_size(size)), boundary, name)


for _name, _description, _J, _vertical, _horizontal in (
    ("periodic", "ferromagnet on a torus", 1.0, "periodic", "periodic"),
    ("antiferro", "antiferromagnet on a torus", -1.0, "periodic", "periodic"),
    ("antiperiodic", "the coupling changes sign across both seams", 1.0, "antiperiodic", "antiperiodic"),
    (
        "antiperiodic-vertical",
        "the coupling changes sign from the bottom row to the top",
        1.0,
        "antiperiodic",
        "periodic",
    ),
    ("skewed", "top row pinned up and bottom row down, periodic sideways", 1.0, "pinned+-", "periodic"),
    ("skewed-frame", "top row and left column pinned up, the others down", 1.0, "pinned+-", "pinned+-"),
    ("open", "no bonds across the edges", 1.0, "open", "open"),
    ("all-plus", "all four edges pinned up", 1.0, "pinned++", "pinned++"),
    ("all-minus", "all four edges pinned down", 1.0, "pinned--", "pinned--"),
    ("screw", "each row continues in the next one (helical)", 1.0, "periodic", "screw"),
):
    SYSTEMS[f"ising-{_name}"] = _description, Ising(J=_J), get_boundary(_vertical, _horizontal)


BUILT_IN = tuple(SYSTEMS)
