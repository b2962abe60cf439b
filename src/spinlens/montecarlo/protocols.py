"""How a batch of replicas gets from a start to its snapshots: equilibrium, anneal or quench."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.clusters import update_clusters, update_shifts
from spinlens.montecarlo.singlespin import update_metropolis
from spinlens.physics.exact import CRITICAL_TEMPERATURE
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import System

Temperatures = NDArray[np.float64]
Spins = NDArray[np.int8]
Updater = Callable[[System, Spins, Temperatures, int, np.random.Generator], None]


def random_start(system: System, count: int, rng: np.random.Generator) -> Spins:
    """(count, sites): every free spin up or down with probability 1/2."""
    spins = np.tile(system.ground_pattern.ravel(), (count, 1))
    free = system.free_sites
    spins[:, free] = rng.integers(0, 2, (count, free.size), dtype=np.int8) * 2 - 1
    return spins


def ordered_start(system: System, count: int) -> Spins:
    """(count, sites): a ground state; with all four edges pinned +-, an interface along the diagonal."""
    pattern = system.ground_pattern
    edges, (m, n) = system.boundary, system.lattice.shape
    if edges.vertical.pins == edges.horizontal.pins == (1, -1):
        below = np.add.outer(np.arange(m) / (m - 1), np.arange(n) / (n - 1)) > 1
        pattern = np.where(below & (system.pinned == 0), -pattern, pattern)
    return np.tile(pattern.ravel(), (count, 1))


class Protocol(Interface):
    """Anything with a `run` that returns (count, sites) spins, one independent replica a temperature."""

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins: ...


@dataclass(frozen=True)
class Equilibrium:
    """Every replica at its own temperature until it has forgotten its start.

    `rounds` rounds of single-spin sweeps, of shifts between pinned edges and of cluster sweeps, from the ordered start
    below `start_below` and a random one above; at the end a random element of the system's symmetry group, which
    leaves the distribution as it is and picks phase and wall position. sweeps: single-spin sweeps in all; by default
    400, or 4000 where walls, fields or frustration make relaxation slow.
    """

    sweeps: int | None = None
    cluster_sweeps: int = 48
    rounds: int = 4
    start_below: float = CRITICAL_TEMPERATURE
    single: Updater = update_metropolis

    def __post_init__(self) -> None:
        check_sweeps(self.sweeps)

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins:
        hot = temperature >= self.start_below * abs(system.model.J)
        spins = np.where(hot[:, None], random_start(system, len(hot), rng), ordered_start(system, len(hot)))
        sweeps = self.sweeps or (400 if relaxes_fast(system) else 4000)
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

    Every replica is a chain of its own that stops at its own temperature, so no two images share a chain.
    """

    sweeps: int = 750
    start: float = 4.0
    step: float = 0.01

    def __post_init__(self) -> None:
        check_sweeps(self.sweeps)

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins:
        spins = random_start(system, len(temperature), rng)
        steps = math.ceil(round((self.start - float(temperature.min())) / self.step, 6))
        for k in range(max(steps, 0) + 1):
            now = np.maximum(self.start - k * self.step, temperature)
            update_metropolis(system, spins, now, self.sweeps, rng)
        return spins


@dataclass(frozen=True)
class Quench:
    """A random start, then a fixed number of Metropolis sweeps at the final temperature: out of equilibrium."""

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


def relaxes_fast(system: System) -> bool:
    """Whether cluster sweeps alone forget any start: an unfrustrated torus without a field."""
    edges, (m, n) = system.boundary, system.lattice.shape
    bipartite = system.model.J > 0 or (m % 2 == 0 and n % 2 == 0)
    return edges.vertical.seam == edges.horizontal.seam == 1 and system.model.B == 0 and bipartite
