"""The named systems."""

from dataclasses import replace

from spinlens.errors import InputError, suggest
from spinlens.physics.boundary import Boundary, get_boundary
from spinlens.physics.lattices import Square
from spinlens.physics.models.ising import Ising
from spinlens.physics.systems import System

SYSTEMS: dict[str, tuple[str, Ising, Boundary]] = {}


def register_system(name: str, description: str, model: Ising, boundary: Boundary) -> None:
    """Make a system known by name, on lattices of any size, to every function of the program.

    Raises InputError for the name of a system that comes with spinlens, whose data and weights it would belie.
    """
    if name in BUILT_IN and SYSTEMS[name][1:] != (model, boundary):
        raise InputError("name", name, f"one that does not come with spinlens: none of {', '.join(BUILT_IN)}")
    SYSTEMS[name] = description, model, boundary


def get_system(name: str, size: int | tuple[int, int] = 100, J: float | None = None, B: float | None = None) -> System:
    """A named system on a size x size (or rows x columns) lattice, with another coupling or field where given.

    Raises InputError for a bad name, size, J or B.
    """
    if name not in SYSTEMS:
        raise InputError("system", name, "one that `spinlens systems` lists", suggest(name, SYSTEMS))
    _, model, boundary = SYSTEMS[name]
    changes = {key: value for key, value in (("J", J), ("B", B)) if value is not None}
    if changes:
        model = replace(model, **changes)
        name = f"{name}({', '.join(f'{key}={getattr(model, key)}' for key in changes)})"  # as a recipe names it
    sides = size if isinstance(size, tuple) else (size, size)
    if len(sides) != 2:
        raise InputError("size", size, "one side, or two: (rows, columns)")
    return System(model, Square(*sides), boundary, name)


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
