"""The updaters by name: what each is, which systems it serves, and whether it alone reaches every state."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError, suggest
from spinlens.montecarlo.updaters.bits import update_heat_bath, update_metropolis
from spinlens.montecarlo.updaters.blume_capel import is_blume_capel, update_blume_capel
from spinlens.montecarlo.updaters.clusters import reflections, serves_clusters, update_clusters, update_wolff
from spinlens.montecarlo.updaters.exchange import update_exchange
from spinlens.montecarlo.updaters.kawasaki import has_finite_states, update_kawasaki, update_kawasaki_nonlocal
from spinlens.montecarlo.updaters.potts import is_potts, update_potts
from spinlens.montecarlo.updaters.rotors import (
    is_rotor,
    update_overrelaxation,
    update_rotor_metropolis,
    update_rotors,
)
from spinlens.montecarlo.updaters.shifts import update_shifts
from spinlens.montecarlo.updaters.tables import update_table
from spinlens.montecarlo.updaters.weighted import update_weighted
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.transverse_ising import is_quantum, require_classical
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System

Update = Callable[[System, NDArray[Any], NDArray[np.float64], int, np.random.Generator], None]


@dataclass(frozen=True)
class Updater:
    """A map of a batch that leaves Boltzmann's distribution as it is.

    update(system, spins (count, sites), temperature (count,), sweeps, rng) works in place. serves(system): whether it
    is right there. ergodic: whether it reaches every state from every other without help. slowness: how many of its
    sweeps forget what one of heat bath does. priority: the highest of those that serve a system is its `local_updater`;
    those that come with spinlens have 0. thermal: whether it changes the energy, so that it can drive a run.
    """

    name: str
    update: Update
    serves: Callable[[System], bool]
    ergodic: bool
    slowness: int = 1
    priority: int = 1
    thermal: bool = True


UPDATERS: dict[str, Updater] = {}
METROPOLIS = "metropolis", "rotor-metropolis"


def register_updater(updater: Updater) -> None:
    """Make an updater known by its name. Raises InputError for a name that another one has."""
    parts = isinstance(updater, Updater) and callable(updater.update) and callable(updater.serves)
    if not parts or not isinstance(updater.name, str):
        raise InputError("updater", updater, "an Updater")
    if UPDATERS.get(updater.name, updater) != updater:
        raise InputError("updater", updater.name, f"a name that none has: not {', '.join(UPDATERS)}")
    UPDATERS[updater.name] = updater


def serving(system: System) -> list[Updater]:
    """The updaters that serve a system, in the order in which they were registered; none where it is quantum."""
    return [] if is_quantum(system.model) else [one for one in UPDATERS.values() if one.serves(system)]


def local_updater(system: System) -> Updater:
    """The ergodic updater of the highest priority that serves the system, among equals the first registered.

    Raises InputError for a quantum system, and where none serves.
    """
    require_classical(system.model)
    able = [updater for updater in serving(system) if updater.ergodic and updater.name != "exchange"]
    if not able:
        kind = type(system.model).__name__
        raise InputError("system (model)", kind, "one that an updater serves", "register_updater adds one")
    return max(able, key=lambda updater: updater.priority)


def quench_updater(system: System) -> Updater:
    """What quenches and anneals by: Metropolis where it serves the system, else `local_updater`."""
    local = local_updater(system)
    return next((updater for updater in serving(system) if updater.name in METROPOLIS), local)


def driving_updater(system: System, name: str | None) -> Updater:
    """The updater of that name, None for `quench_updater`. Raises InputError for one that does not serve the system."""
    if name is None:
        return quench_updater(system)
    found = {updater.name: updater for updater in serving(system)}
    thermal = [one for one in found if found[one].thermal]
    if name not in found:
        known = f"one that serves {type(system.model).__name__} there: {', '.join(thermal)}"
        raise InputError("updater", name, known, suggest(name, thermal))
    if name not in thermal:
        raise InputError("updater", name, f"one that changes the energy: {', '.join(thermal)}")
    return found[name]


def _is_ising(system: System) -> bool:
    return isinstance(system.model, Ising) and system.has_equal_bonds and system.pull is None


def _has_plain_bonds(system: System) -> bool:
    plain = system.has_equal_bonds and bool((system.bonds.strength >= 0).all()) and system.pull is None
    return plain and _is_discrete(system)


def _is_discrete(system: System) -> bool:
    return not is_continuous(system.model.space)


def _is_plain_blume_capel(system: System) -> bool:
    return is_blume_capel(system) and _has_plain_bonds(system)


def _is_plain_potts(system: System) -> bool:
    return is_potts(system) and _has_plain_bonds(system)


def _has_one_pinned_direction(system: System) -> bool:
    pinned = [bool(edge.pins) for edge in (system.boundary.vertical, system.boundary.horizontal)]
    return _is_ising(system) and not system.is_disordered and system.masks is None and sum(pinned) == 1


def _is_reflected(system: System) -> bool:
    return is_rotor(system) or bool(reflections(system))


def _update_exchange(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    update_exchange(system, spins, temperature, sweeps, rng, local_updater(system).update)


_own = partial(Updater, priority=0)  # what users register comes first
for _updater in (
    _own("heat-bath", update_heat_bath, _is_ising, ergodic=True),
    _own("metropolis", update_metropolis, _is_ising, ergodic=True),
    _own("blume-capel", update_blume_capel, _is_plain_blume_capel, ergodic=True),
    _own("potts", update_potts, _is_plain_potts, ergodic=True, slowness=3),
    _own("table", update_table, _has_plain_bonds, ergodic=True),
    _own("weighted", update_weighted, _is_discrete, ergodic=True),
    _own("rotors", update_rotors, is_rotor, ergodic=True),
    _own("rotor-metropolis", update_rotor_metropolis, is_rotor, ergodic=True, slowness=4),
    _own("overrelaxation", update_overrelaxation, is_rotor, ergodic=False, thermal=False),
    _own("shifts", update_shifts, _has_one_pinned_direction, ergodic=False),
    _own("clusters", update_clusters, serves_clusters, ergodic=False),
    _own("wolff", update_wolff, _is_reflected, ergodic=False),
    _own("kawasaki", update_kawasaki, has_finite_states, ergodic=False),
    _own("kawasaki-nonlocal", update_kawasaki_nonlocal, has_finite_states, ergodic=False),
    _own("exchange", _update_exchange, lambda system: True, ergodic=True),
):
    register_updater(_updater)
