"""How replicas get from a start to their snapshots: equilibrium, anneal or quench."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_temperatures
from spinlens.montecarlo.equilibrium import Equilibrium, Spins, Temperatures
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.registry import driving_updater
from spinlens.physics.counts import check_count
from spinlens.physics.states import spin_type
from spinlens.physics.systems import System

MAX_STEPS = 10**6  # of a chain from its start to zero temperature


Initial = Callable[[System, int, np.random.Generator], Spins]  # as `random_start`, or a `patterns.Start`


class Protocol(Interface):
    """Anything with a `run` that returns (count, sites) spins, one independent replica a temperature."""

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins: ...


@dataclass(frozen=True)
class Anneal:
    """Chains that cool from `start` in steps of `step` and wait `sweeps` Metropolis sweeps at each (Kara et al. 2021).

    start and step are in units of |J|. The chains of a batch start independently and visit the same random sites.
    initial: the states before the first sweep. updater: the name of another one than Metropolis. Raises InputError for
    sweeps that are not a whole number from 1 to MAX_SWEEPS, and for other than 1 to MAX_STEPS steps from start to 0.
    """

    sweeps: int = 750
    start: float = 4.0
    step: float = 0.01
    initial: Initial = random_start
    updater: str | None = None

    def __post_init__(self) -> None:
        check_count("sweeps", self.sweeps)
        if not (0 < self.start < np.inf and self.start / MAX_STEPS <= self.step <= self.start):
            raise InputError("start and step", f"{self.start}, {self.step}", f"numbers above 0, 1 to {MAX_STEPS} steps")

    def stages(self, system: System, temperature: Temperatures) -> NDArray[np.int64]:
        """(count,): the step of the grid at which a chain takes this temperature instead of the grid's."""
        start, step = self.start * system.model.scale, self.step * system.model.scale
        finite = np.minimum(temperature, start)
        return np.ceil(np.round((start - finite) / step, 6)).astype(np.int64)

    def run(
        self,
        system: System,
        temperature: Temperatures,
        rng: np.random.Generator,
        chain: NDArray[np.int64] | None = None,
    ) -> Spins:
        """(count, sites): the chain with that number as it passes each temperature.

        chain: (count,) numbers, None for a chain of its own for each. Raises InputError where one chain is asked for
        two snapshots at the same step, or for bad temperatures.
        """
        temperature = check_temperatures(temperature)
        numbers = np.arange(len(temperature)) if chain is None else np.asarray(chain)
        _, lane = np.unique(numbers, return_inverse=True)
        stage = self.stages(system, temperature)
        if len(np.unique(np.stack([lane, stage]), axis=1).T) < len(lane):
            raise InputError("chain", "two snapshots at one step", "at most one snapshot of a chain at each step")
        ends = np.zeros(lane.max() + 1, np.int64)
        np.maximum.at(ends, lane, stage)
        spins, updater = self.initial(system, len(ends), rng), driving_updater(system, self.updater)
        images = np.empty((len(lane), system.lattice.sites), spin_type(system.model.space))
        for k in range(int(stage.max()) + 1):
            taken = np.flatnonzero(stage == k)
            now = np.full(len(ends), (self.start - k * self.step) * system.model.scale)
            now[lane[taken]] = temperature[taken]
            cooling = np.flatnonzero(ends >= k)
            moved = spins[cooling]
            updater.update(system, moved, now[cooling], self.sweeps, rng)
            spins[cooling] = moved
            images[taken] = spins[lane[taken]]
        return images


@dataclass(frozen=True)
class Quench:
    """A random start, then a fixed number of Metropolis sweeps at the final temperature: out of equilibrium.

    The replicas of a batch start independently but visit the same random sites. initial: the states before the first
    sweep. updater: the name of another one than Metropolis.
    """

    sweeps: int = 750
    initial: Initial = random_start
    updater: str | None = None

    def __post_init__(self) -> None:
        check_count("sweeps", self.sweeps)

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins:
        """(count, sites). Raises InputError for bad temperatures."""
        temperature = check_temperatures(temperature)
        spins = self.initial(system, len(temperature), rng)
        driving_updater(system, self.updater).update(system, spins, temperature, self.sweeps, rng)
        return spins


PROTOCOLS: dict[str, type[Equilibrium] | type[Anneal] | type[Quench]] = {
    "equilibrium": Equilibrium,
    "anneal": Anneal,
    "quench": Quench,
}


def get_protocol(name: str, sweeps: int | None = None) -> Equilibrium | Anneal | Quench:
    """The protocol of that name; sweeps None for its default. Raises InputError for an unknown name."""
    if name not in PROTOCOLS:
        raise InputError("protocol", name, f"one of {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]() if sweeps is None else PROTOCOLS[name](sweeps=sweeps)
