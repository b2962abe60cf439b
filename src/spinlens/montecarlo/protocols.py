"""How a batch of replicas gets from a start to its snapshots: equilibrium, anneal or quench."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.clusters import update_clusters, update_shifts
from spinlens.montecarlo.singlespin import update_heat_bath, update_metropolis
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.physics.exact import CRITICAL_TEMPERATURE
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import System

Temperatures = NDArray[np.float64]
Spins = NDArray[np.int8]
Updater = Callable[[System, Spins, Temperatures, int, np.random.Generator], None]


class Protocol(Interface):
    """Anything with a `run` that returns (count, sites) spins, one independent replica a temperature."""

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins: ...


@dataclass(frozen=True)
class Equilibrium:
    """Every replica at its own temperature until it has forgotten its start.

    `rounds` rounds of single-spin sweeps, of shifts between pinned edges and of cluster sweeps, from the ordered start
    below `start_below` (times |J|) and a random one above; at the end a random element of the system's symmetry group,
    which leaves the distribution as it is and picks phase and wall position. sweeps: single-spin sweeps in all; by
    default 400, or 0.4 L^2 where walls, fields or frustration make relaxation slow. Heat bath by default: all replicas
    visit the same sites, and moves that cost nothing must be random, or cold replicas would follow each other.
    """

    sweeps: int | None = None
    cluster_sweeps: int = 48
    rounds: int = 4
    start_below: float = CRITICAL_TEMPERATURE
    single: Updater = update_heat_bath

    def __post_init__(self) -> None:
        check_sweeps(self.sweeps)

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins:
        hot = temperature >= self.start_below * abs(system.model.J)
        spins = ordered_start(system, len(hot), rng)
        spins[hot] = random_start(system, int(hot.sum()), rng)
        sweeps = self.sweeps or default_sweeps(system)
        for _ in range(self.rounds):
            self.single(system, spins, temperature, -(-sweeps // self.rounds), rng)
            update_shifts(system, spins, temperature, 10, rng)
            update_clusters(system, spins, temperature, -(-self.cluster_sweeps // self.rounds), rng)
        group = symmetry_group(system)
        images = [group.apply(group.draw(rng), s) for s in spins.reshape(-1, *system.lattice.shape)]
        return np.ascontiguousarray(np.stack(images)).reshape(len(spins), -1)


@dataclass(frozen=True)
class Anneal:
    """Chains that cool from `start` in steps of `step` and wait `sweeps` Metropolis sweeps at each (Kara et al. 2021).

    Every replica is a chain of its own that stops at its own temperature, so no two images share a chain. start and
    step are in units of |J|. The replicas of a batch visit the same random sites.
    """

    sweeps: int = 750
    start: float = 4.0
    step: float = 0.01

    def __post_init__(self) -> None:
        check_sweeps(self.sweeps)

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins:
        spins = random_start(system, len(temperature), rng)
        start, step = self.start * abs(system.model.J), self.step * abs(system.model.J)
        steps = math.ceil(round((start - float(temperature.min())) / step, 6)) if temperature.min() < start else 0
        cooling = np.ones(len(temperature), bool)
        for k in range(steps + 1):
            now = np.maximum(start - k * step, temperature[cooling])
            moved = spins[cooling]
            update_metropolis(system, moved, now, self.sweeps, rng)
            spins[cooling] = moved
            cooling &= temperature < start - k * step - 1e-9 * step
        return spins


@dataclass(frozen=True)
class Quench:
    """A random start, then a fixed number of Metropolis sweeps at the final temperature: out of equilibrium.

    The replicas of a batch start independently but visit the same random sites.
    """

    sweeps: int = 750

    def __post_init__(self) -> None:
        check_sweeps(self.sweeps)

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins:
        spins = random_start(system, len(temperature), rng)
        update_metropolis(system, spins, temperature, self.sweeps, rng)
        return spins


PROTOCOLS: dict[str, type[Equilibrium] | type[Anneal] | type[Quench]] = {
    "equilibrium": Equilibrium,
    "anneal": Anneal,
    "quench": Quench,
}


def check_sweeps(sweeps: int | None) -> None:
    """Raises InputError unless sweeps is None or a positive whole number."""
    if sweeps is not None and (isinstance(sweeps, bool) or not isinstance(sweeps, int) or sweeps < 1):
        raise InputError("sweeps", sweeps, "a whole number from 1 is")


def get_protocol(name: str, sweeps: int | None = None) -> Equilibrium | Anneal | Quench:
    """The protocol of that name; sweeps None for its default. Raises InputError for an unknown name."""
    if name not in PROTOCOLS:
        raise InputError("protocol", name, f"one of {', '.join(PROTOCOLS)} is")
    return PROTOCOLS[name]() if sweeps is None else PROTOCOLS[name](sweeps=sweeps)


def default_sweeps(system: System) -> int:
    """Single-spin sweeps that let a start be forgotten."""
    return 400 if relaxes_fast(system) else max(400, math.ceil(0.4 * max(system.lattice.shape) ** 2))


def relaxes_fast(system: System) -> bool:
    """Whether cluster sweeps alone forget any start: an unfrustrated torus without a field."""
    edges, (m, n) = system.boundary, system.lattice.shape
    bipartite = system.model.J > 0 or (m % 2 == 0 and n % 2 == 0)
    return edges.vertical.seam == edges.horizontal.seam == 1 and system.model.B == 0 and bipartite
