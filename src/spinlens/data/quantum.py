"""Data sets of quantum systems: the defaults of their recipes, and what they ask of a recipe."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.classes import Classes, stretched_classes
from spinlens.errors import InputError
from spinlens.physics.catalogue import SYSTEMS
from spinlens.physics.extensions import load_extensions
from spinlens.physics.lattices import Chain
from spinlens.physics.models.transverse_ising import critical_gamma, is_quantum
from spinlens.physics.systems import System
from spinlens.physics.transverse_field import GAMMA

if TYPE_CHECKING:
    from spinlens.data.recipe import Recipe

SIZE = 32  # of a side: worldlines cost spins times gamma / T
COLD = 0.2  # |J|, of the square lattice


def default_size(name: Any) -> int:
    """The side of the lattice of a named system."""
    if isinstance(name, str) and name not in SYSTEMS:
        load_extensions()
    return SIZE if name in SYSTEMS and is_quantum(SYSTEMS[name].model) else 100


def default_fields(system: System) -> Classes:
    """Classes of gamma whose edges lie about its critical value as the paper's lie about T_c.

    Raises InputError where that value is not known.
    """
    known = critical_gamma(system)
    if known is None:
        raise InputError("classes.edges", "nothing", "given", "with disorder or a field h no critical gamma is known")
    return stretched_classes(known, system.model.scale).model_copy(update={"variable": GAMMA})


def default_temperature(system: System) -> float:
    """2 |J| / N of a chain, 0.2 |J| of a square lattice.

    At the critical gamma excitations of a chain have the velocity 2 |J|, so that a picture of beta = N / 2 is as long
    in imaginary time as in space. On the square 0.2 |J| moves the transition by less than the class about it is wide.
    """
    scale = system.model.scale
    return float(f"{(2 / system.lattice.spins if isinstance(system.lattice, Chain) else COLD) * scale:.6g}")


def check_worldlines(recipe: "Recipe") -> None:
    """Raises InputError for temperatures of a quantum system that worldlines of finite length cannot have."""
    if is_quantum(recipe.system.system().model) and recipe.temperature is None and recipe.classes.grid()[0] <= 0:
        raise InputError("classes.edges", recipe.classes.edges, "numbers that rise from above 0 for a quantum system")


def count_shown(system: System, spins: NDArray[Any]) -> NDArray[np.int64]:
    """(n,): the fewest kinks that worldlines through the spins (n, rows, columns) have.

    Rows of a chain are imaginary times, the first one after the last; of other lattices one time is shown.
    """
    if not isinstance(system.lattice, Chain):
        return np.zeros(len(spins), np.int64)
    return np.asarray((spins != np.roll(spins, -1, 1)).sum((1, 2)))
