"""Single-spin updates of angles: Metropolis, overrelaxation, and both in turn."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.interrupts import VISITS, pause
from spinlens.montecarlo.kernels import circle, rotors
from spinlens.montecarlo.kernels.lanes import LANES
from spinlens.physics.models.xy import XY
from spinlens.physics.order import energy_unit
from spinlens.physics.systems import System

Array = NDArray[np.float32]
OVERRELAXATIONS = 4  # for each Metropolis sweep: |m| then forgets its start within 2 to 6 of both together
WIDTH, NARROWEST, WIDEST = (
    0.7,
    0.01,
    3.0,
)  # tan of half the largest turn, over sqrt(T / |J|): about half of the moves are taken
LOG2_E = math.log2(math.e)
COLDEST = 1e30  # 1 / T as a float32 at T = 0: any loss of energy is refused


def is_rotor(system: System) -> bool:
    """Whether the updates of this module serve the system: the XY model with any couplings, edges and field."""
    return isinstance(system.model, XY)


@dataclass(frozen=True)
class Forces:
    """What acts on the angles: neighbour, weight, field and order as the kernels take them, in units of `unit`.

    unit: an energy, negative where neighbours like to differ and all weights are one.
    """

    unit: float
    neighbour: NDArray[np.uint32]
    weight: Array | None
    field: np.float32
    order: NDArray[np.uint32]


@lru_cache(maxsize=64)
def forces(system: System) -> Forces:
    """Those of a system. Half a turn across a seam is a negative coupling. Raises InputError for another model."""
    model = system.model
    if not isinstance(model, XY):
        raise InputError("system (model)", type(model).__name__, "XY")
    parity = np.indices(system.lattice.shape).sum(0).ravel()[system.free_sites] % 2
    weight, unit = bond_weights(system), energy_unit(system)
    equal = bool((weight == weight[0, 0]).all())
    unit *= float(weight[0, 0]) if equal else 1.0
    order = system.free_sites[np.argsort(parity, kind="stable")].astype(np.uint32)
    neighbour, field = system.bonds.neighbour.astype(np.uint32), np.float32(model.B / unit)
    return Forces(unit, neighbour, None if equal else weight, field, order)


def bond_weights(system: System) -> Array:
    """(sites, 4): J times the factor of every bond, in `energy_unit`; negative where it is seen turned."""
    signs = 1 - 2 * (np.abs(system.bonds.turns) & 1)
    J = np.sign(system.model.J) * (system.model.scale / energy_unit(system))  # type: ignore[attr-defined]
    return np.asarray(J * system.bonds.strength * signs, np.float32)


def update_rotor_metropolis(
    system: System, spins: NDArray[Any], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Metropolis of the XY model, one sublattice after the other. In place; spins (count, sites) float32.

    1. An angle turns by delta, where tan(delta / 2) is uniform between -w and w: w = 0.7 sqrt(T / |J|), at most 3.
    2. The turn is taken with probability min(1, exp(-change / T)).

    Metropolis et al., J. Chem. Phys. 21, 1087 (1953). Raises InputError for another model, else as
    `checks.check_batch`.
    """
    _update(system, spins, temperature, sweeps, rng, 1, 0)


def update_overrelaxation(
    system: System, spins: NDArray[Any], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Every angle is mirrored at the field that its neighbours exert: no energy changes, no random number is drawn.

    Brown and Woch, Phys. Rev. Lett. 58, 2394 (1987); Creutz, Phys. Rev. D 36, 515 (1987). Raises InputError as
    `update_rotor_metropolis`.
    """
    _update(system, spins, temperature, sweeps, rng, 0, 1)


def update_rotors(
    system: System, spins: NDArray[Any], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Sweeps of Metropolis, each followed by OVERRELAXATIONS of overrelaxation. Raises InputError as both do."""
    _update(system, spins, temperature, sweeps, rng, 1, OVERRELAXATIONS)


def _update(
    system: System,
    spins: NDArray[Any],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
    moves: int,
    mirrors: int,
) -> None:
    temperature, acting = check_batch(system, spins, temperature, sweeps), forces(system)
    lattice = np.empty(system.lattice.sites * 2 * LANES, np.float32)
    fixed = lattice, acting.neighbour, acting.weight, acting.field, acting.order
    for some in _groups(len(spins)):
        state = rng.integers(0, 2**32, 4 * LANES, dtype=np.uint32)
        circle.to_lanes(spins[some], lattice)
        own = _fill(temperature[some])
        with np.errstate(divide="ignore", over="ignore"):
            beta = np.clip(LOG2_E * acting.unit / own, -COLDEST, COLDEST).astype(np.float32)
        softness = own / abs(acting.unit) / (1 + abs(float(acting.field)) / 4)
        width = np.clip(WIDTH * np.sqrt(softness), NARROWEST, WIDEST).astype(np.float32)
        metropolis = _bind(rotors.metropolis, *fixed, beta, width, after=(state,))
        mirror = _bind(rotors.overrelax, *fixed)
        if moves and mirrors:
            for _ in _slices(sweeps, system.lattice.sites, 1):
                metropolis(moves)
                mirror(mirrors)
        else:
            for turns in _slices(sweeps, system.lattice.sites):
                (metropolis if moves else mirror)(turns)
        circle.from_lanes(lattice, acting.order, spins[some])


def _bind(kernel: Callable[..., None], *before: Any, after: tuple[Any, ...] = ()) -> Callable[[int], None]:
    return lambda sweeps: kernel(*before, sweeps, *after)


def _groups(count: int) -> Iterator[slice]:
    return (slice(first, first + LANES) for first in range(0, count, LANES))


def _slices(sweeps: int, sites: int, most: int | None = None) -> Iterator[int]:
    """Sweeps of each call of a kernel, with a pause before it."""
    turns = most or max(VISITS // (LANES * sites), 1)
    for done in range(0, sweeps, turns):
        pause()
        yield min(turns, sweeps - done)


def _fill(temperature: NDArray[np.float64]) -> NDArray[np.float64]:
    """(LANES,): lanes that are missing have the first temperature."""
    return np.concatenate([temperature, np.repeat(temperature[:1], LANES - len(temperature))])
