"""The named systems: every model on four boundaries, and the Ising systems of the paper and of its simulator."""

import re
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import numpy as np

from spinlens.errors import InputError, suggest
from spinlens.physics.boundary import Boundary, get_boundary, get_edge
from spinlens.physics.couplings import KINDS, UNIFORM, Couplings, Gaussian, PlusMinus, get_couplings
from spinlens.physics.extensions import load_extensions
from spinlens.physics.lattices import Chain, Square, parse_size
from spinlens.physics.models.blume_capel import BlumeCapel
from spinlens.physics.models.clock import Clock
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.potts import Potts
from spinlens.physics.models.protocol import Model, check_model_parts, parameters
from spinlens.physics.models.transverse_ising import TransverseIsing
from spinlens.physics.models.xy import XY
from spinlens.physics.states import CLOSE, is_continuous, trial_states
from spinlens.physics.systems import System, pair_table


class Named(NamedTuple):
    """What a name stands for."""

    description: str
    model: Model
    boundary: Boundary
    couplings: Couplings = UNIFORM
    lattice: type[Square] = Square


SYSTEMS: dict[str, Named] = {}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}")  # what a command line and a file name can hold
MODULES = "models of your own need -m MODULE"
VARIANTS = {
    "": ("on a torus", "periodic", "periodic"),
    "-open": ("no bonds across the edges", "open", "open"),
    "-pinned": ("top row and bottom row pinned apart, periodic sideways", "pinned+-", "periodic"),
    "-twisted": ("states are seen twisted across both seams", "antiperiodic", "antiperiodic"),
}  # of a registered model: suffix of the name, description, vertical and horizontal edge


def register_system(
    name: str, description: str, model: Model, boundary: Boundary, couplings: Couplings = UNIFORM
) -> None:
    """Make a system known by name, on lattices of any size, to every function of the program.

    name: of letters, digits and - _ . + alone; commands and file names hold it. Raises InputError for another one, for
    that of a system that comes with spinlens, whose data and weights it would belie, and for what is no model or
    boundary.
    """
    _check_system(name, description, model, boundary, couplings)
    SYSTEMS[name] = Named(description, model, boundary, couplings)


def _check_system(name: Any, description: Any, model: Any, boundary: Any, couplings: Any) -> None:
    if not isinstance(name, str) or not NAME.fullmatch(name) or name.endswith(".toml"):
        raise InputError(
            "name", name, "up to 64 letters, digits and - _ . + and no .toml at the end, such as my-system"
        )
    if not isinstance(description, str) or not description.isprintable():
        raise InputError("description", description, "printable text")
    check_model_parts(model)
    if not isinstance(boundary, Boundary):
        raise InputError("boundary", boundary, "a Boundary", "get_boundary makes one from the names of two edges")
    if isinstance(couplings, type) or not hasattr(couplings, "strengths"):
        raise InputError("couplings", couplings, "Couplings", "get_couplings makes them from a name")
    if name in BUILT_IN and SYSTEMS[name][1:4] != (model, boundary, couplings):
        raise InputError("name", name, "one that does not come with spinlens: see `spinlens systems`")


def register_model(name: str, model: Model, description: str = "") -> None:
    """Make a model known by name: `name` on a torus, `name-open`, `name-pinned` and `name-twisted`.

    The twisted system is left out where the space has no twist. Raises InputError as `register_system`.

    >>> from spinlens.physics.models.potts import Potts
    >>> register_model("potts-12", Potts(12))
    >>> get_system("potts-12-open", 16).model.q
    12
    """
    check_model_parts(model)
    found = {}
    for suffix, (where, vertical, horizontal) in VARIANTS.items():
        if suffix != "-twisted" or _has_twist(model):
            words = (description or type(model).__name__) + (f", {where}" if suffix else "")
            found[f"{name}{suffix}" if isinstance(name, str) else name] = words, get_boundary(vertical, horizontal)
    for each, (words, boundary) in found.items():
        _check_system(each, words, model, boundary, UNIFORM)  # all of them before any is known
    for each, (words, boundary) in found.items():
        SYSTEMS[each] = Named(words, model, boundary)


def _has_twist(model: Model) -> bool:
    """Whether the space has one that leaves a bond's energy as it is when both of its ends are turned."""
    try:
        turned = model.space.across(trial_states(model.space), np.array(1))
    except InputError:
        return False
    close = CLOSE if is_continuous(model.space) else 1e-8
    return bool(np.allclose(model.pair_energy(turned[:, None], turned), pair_table(model), atol=close))


def get_system(
    name: str,
    size: int | Sequence[int] = 100,
    *,
    vertical: str | None = None,
    horizontal: str | None = None,
    couplings: str | None = None,
    share: float | None = None,
    width: float | None = None,
    coupling_seed: int | None = None,
    **changes: Any,
) -> System:
    """A named system on a size x size (or rows x columns) lattice, with other edges, couplings or parameters.

    couplings: "plus-minus" or "diluted", with a share, or "gaussian", with a width; coupling_seed selects the
    realisation. changes: parameters of the model, such as J and B. Raises InputError for a bad name, size, edge, number
    or parameter.

    >>> get_system("ising-periodic", (4, 6), J=-1.0).lattice.shape
    (4, 6)
    """
    if isinstance(name, str) and name not in SYSTEMS:
        load_extensions()
    if not isinstance(name, str) or name not in SYSTEMS:
        raise InputError("system", name, "one that `spinlens systems` lists", suggest(name, SYSTEMS) or MODULES)
    _, model, edges, bonds, lattice = SYSTEMS[name]
    changes = {key: value for key, value in changes.items() if value is not None}
    known = parameters(model)
    for key, value in changes.items():
        if key not in known:
            hint = suggest(key, (*known, "size", "vertical", "horizontal"))
            raise InputError(key, value, f"left out: the parameters of {name} are {', '.join(known)}", hint)
    if changes:
        model = replace(model, **changes)  # type: ignore[type-var]
    marks = {key: getattr(model, key) for key in known if key in changes}
    drawn = {"couplings": couplings, "share": share, "width": width, "coupling_seed": coupling_seed}
    given = {"vertical": vertical, "horizontal": horizontal} | drawn
    marks |= {key: value for key, value in given.items() if value is not None}
    boundary = Boundary(
        edges.vertical if vertical is None else get_edge(vertical, "vertical"),
        edges.horizontal if horizontal is None else get_edge(horizontal, "horizontal"),
    )
    called = f"{name}({', '.join(f'{key}={value}' for key, value in marks.items())})" if marks else name
    if any(value is not None for value in drawn.values()):
        bonds = _draw(name, bonds, drawn)
    return System(model, lattice(*parse_size(size)), boundary, called, bonds)


def _draw(name: str, known: Couplings, drawn: dict[str, Any]) -> Couplings:
    """The couplings of a system with other numbers, or of another kind."""
    numbers = {"share": drawn["share"], "width": drawn["width"], "seed": drawn["coupling_seed"]}
    if drawn["couplings"] is not None:
        return get_couplings(drawn["couplings"], **numbers)
    for kind, each in KINDS.items():
        if isinstance(known, each):
            given = {key: value for key, value in numbers.items() if value is not None}
            return get_couplings(kind, **asdict(known) | given)
    key, value = next((key, value) for key, value in drawn.items() if value is not None)
    raise InputError(key, value, f"left out: the couplings of {name} are uniform", "couplings names another kind")


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
    SYSTEMS[f"ising-{_name}"] = Named(_description, Ising(J=_J), get_boundary(_vertical, _horizontal))


BUILT_IN: tuple[str, ...] = ()
_torus = get_boundary("periodic", "periodic")
register_system("ising-plus-minus", "couplings +1 or -1 by chance, half of each", Ising(), _torus, PlusMinus())
register_system("ising-gaussian", "couplings of mean 0 and width 1", Ising(), _torus, Gaussian())
register_model("blume-capel", BlumeCapel(), "spins that may vanish, D = 1")
register_model("blume-capel-tricritical", BlumeCapel(D=1.9658), "the same at its tricritical point")
for _q in range(2, 11):
    register_model(f"potts-{_q}", Potts(_q), f"{_q} colours")
register_model("xy", XY(), "directions in the plane")
for _q in (4, 6, 8):
    register_model(f"clock-{_q}", Clock(_q), f"{_q} directions in the plane")
register_model("tfim-square", TransverseIsing(), "transverse-field Ising, gamma = 1")
for _suffix, (_, _edge, _) in VARIANTS.items():  # rows are imaginary times
    SYSTEMS[f"tfim-chain{_suffix}"] = Named(
        f"the same on a chain, {_edge}", TransverseIsing(), get_boundary("periodic", _edge), lattice=Chain
    )
BUILT_IN = tuple(SYSTEMS)
