"""The ceiling of a system, from its exact density of states or from a simulated one."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinlens.data.classes import default_classes
from spinlens.data.recipe import Recipe, SystemRecipe
from spinlens.errors import InputError
from spinlens.metrics.ceiling import Ceiling, compute_ceiling
from spinlens.montecarlo.analysis.densities import estimated_density_of_states
from spinlens.physics.catalogue import SYSTEMS
from spinlens.physics.control import TEMPERATURE
from spinlens.physics.exact.controlled import density_of_statistic
from spinlens.physics.exact.density import density_of_states, is_solved
from spinlens.physics.exact.enumeration import is_enumerable
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.systems import System, find_system

KNOWN = 16  # ceilings kept in memory
Progress = Callable[[int, int, str], None]
_known: dict[tuple[System, Recipe, int], Ceiling] = {}


def ceiling(
    system: System | str, recipe: Recipe | None = None, seed: int = 0, progress: Progress | None = None
) -> Ceiling:
    """The ceiling of a system for the classes of a recipe, by default `default_classes`, in its test proportions.

    system: its name stands for 100 x 100.

    Exact where `exact.is_solved` or, for classes of another variable than the temperature, where every state can be
    counted; elsewhere from simulated energies, or from kinks of a quantum system, whose ceiling is an upper bound, with
    the standard error over independent blocks,
    a function of the system (its name included), recipe and seed. progress(done, total, note): 128 x 128 takes up to
    40 s of counting states, other systems up to some minutes of simulation. Raises InputError for a system that is not
    solved and too large to be simulated, as `estimated_density_of_states`, and where no ceiling is known.
    """
    system = find_system(system)
    if recipe is not None and not isinstance(recipe, Recipe):
        raise InputError("recipe", recipe, "a Recipe")
    key = system, recipe or _default_recipe(system), seed
    if reason := _lacks_statistic(system, key[1]):
        raise InputError("classes.variable", key[1].classes.variable, "one that has a ceiling", reason)
    if key not in _known:
        found = compute_ceiling(*_density(*key, progress), key[1])
        while len(_known) >= KNOWN:
            _known.pop(next(iter(_known)), None)
        _known[key] = found
    return _known[key]


def lacks_ceiling(recipe: Recipe) -> str:
    """Why a recipe has no ceiling, "" where it has one."""
    if recipe.protocol != "equilibrium":
        why = "were imported" if recipe.protocol == "imported" else f"come from the protocol {recipe.protocol}"
        return f"it is known for data at equilibrium only, and these data {why}"
    return _lacks_statistic(recipe.system.system(), recipe)


def _lacks_statistic(system: System, recipe: Recipe) -> str:
    if is_quantum(system.model) and recipe.classes.variable == TEMPERATURE:
        return "no number of a quantum system's worldlines is known to be sufficient for T"
    return ""


def _default_recipe(system: System) -> Recipe:
    """Default classes; of a quantum system, whose temperature they need too, with its own name."""
    if not is_quantum(system.model):
        return Recipe(classes=default_classes(system.model))
    rows, columns = system.lattice.shape
    if system.name in SYSTEMS:
        recipe = Recipe(system=SystemRecipe(name=system.name, size=(rows, columns)))
        if recipe.system.system() == system:
            return recipe
    raise InputError("recipe", "nothing", "given for a quantum system with other edges, couplings or parameters")


def _density(
    system: System, recipe: Recipe, seed: int, progress: Progress | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(levels (k,), ln g (1 + blocks, k)): exact without blocks, or simulated."""
    control, grid = recipe.control(system), recipe.classes.grid()
    if control.name == TEMPERATURE and is_solved(system):
        levels, log_counts = density_of_states(system, progress)
        return levels, log_counts[None]
    if control.name != TEMPERATURE and not control.column and is_enumerable(system):
        levels, log_counts = density_of_statistic(control, float(grid[0]))
        return levels, log_counts[None]
    return estimated_density_of_states(control, grid, seed, progress)
