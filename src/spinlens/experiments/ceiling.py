"""The ceiling of a system, from its exact density of states or from a simulated one."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinlens.data.classes import default_classes
from spinlens.data.recipe import Recipe
from spinlens.errors import InputError
from spinlens.metrics.ceiling import Ceiling, compute_ceiling
from spinlens.montecarlo.analysis.densities import estimated_density_of_states
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
    counted; elsewhere from simulated energies, with the standard error over independent blocks,
    a function of the system (its name included), recipe and seed. progress(done, total, note): 128 x 128 takes up to
    40 s of counting states, other systems up to some minutes of simulation. Raises InputError for a system that is not
    solved and too large to be simulated, as `estimated_density_of_states`.
    """
    system = find_system(system)
    if is_quantum(system.model):
        reason = "no energy of a snapshot decides the weight of its temperature"
        raise InputError("system", system.name, "a classical system for a ceiling in T", reason)
    if recipe is not None and not isinstance(recipe, Recipe):
        raise InputError("recipe", recipe, "a Recipe")
    key = system, recipe or Recipe(classes=default_classes(system.model)), seed
    if key not in _known:
        found = compute_ceiling(*_density(*key, progress), key[1])
        while len(_known) >= KNOWN:
            _known.pop(next(iter(_known)), None)
        _known[key] = found
    return _known[key]


def _density(
    system: System, recipe: Recipe, seed: int, progress: Progress | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(levels (k,), ln g (1 + blocks, k)): exact without blocks, or simulated."""
    control, grid = recipe.control(system), recipe.classes.grid()
    if control.name == TEMPERATURE and is_solved(system):
        levels, log_counts = density_of_states(system, progress)
        return levels, log_counts[None]
    if control.name != TEMPERATURE and is_enumerable(system):
        levels, log_counts = density_of_statistic(control, float(grid[0]))
        return levels, log_counts[None]
    return estimated_density_of_states(control, grid, seed, progress)
