"""The equilibrium protocol: start and updates chosen by temperature and system."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_sweeps, check_temperatures
from spinlens.montecarlo.simulation import Simulation, Spins
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.montecarlo.updaters.clusters import serves_clusters, update_clusters
from spinlens.montecarlo.updaters.exchange import update_exchange
from spinlens.montecarlo.updaters.registry import Update, local_updater, serving
from spinlens.montecarlo.updaters.shifts import update_shifts
from spinlens.physics.counts import check_count
from spinlens.physics.exact.density import CRITICAL_TEMPERATURE
from spinlens.physics.order import energy_unit, known_transition, relaxes_fast
from spinlens.physics.systems import System, pair_table

Temperatures = NDArray[np.float64]

CLUSTERS_BELOW = (
    2.8 / CRITICAL_TEMPERATURE
)  # times that of the transition; above, single-spin sweeps forget any start by themselves

EXCHANGED = 2400  # sweeps of a system whose couplings compete; large cold ones need more, as `check` says


@dataclass(frozen=True)
class Equilibrium:
    """Every replica at its own temperature until it has forgotten its start.

    The ordered start below `start_below` (times |J|; by default the model's transition) and a random one above; then
    `rounds` rounds of `advance`; at the end a random element of the system's symmetry group, which leaves the
    distribution as it is and picks phase and wall position. sweeps: single-spin sweeps in all, rounded up to whole
    rounds; by default 400, or 0.2 L^2 where walls, fields or frustration make relaxation slow, times the slowness of
    `local_updater`. single: by default that updater, which draws moves that cost nothing at random in every replica:
    all visit the same sites, and cold replicas would follow each other. Raises InputError for sweeps or rounds that are
    not whole numbers from 1 to MAX_SWEEPS, cluster_sweeps below 0, or a start_below that is no number.
    """

    sweeps: int | None = None
    cluster_sweeps: int = 3
    rounds: int = 12
    start_below: float | None = None
    single: Update | None = None

    def __post_init__(self) -> None:
        check_sweeps(self.sweeps)
        check_count("rounds", self.rounds)
        check_count("cluster_sweeps", self.cluster_sweeps, 0)
        if self.start_below is not None and not self.start_below >= 0:
            raise InputError("start_below", self.start_below, "a number from 0")

    def run(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins:
        """(count, sites) spins at `temperature` (count,), every replica independent. Raises InputError for others."""
        simulation = Simulation(system, check_temperatures(temperature), self, rng)
        simulation.settle()
        return simulation.spins

    def start(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins:
        """(count, sites): ordered or random, by temperature.

        Random where no ground state is known, and every other one where the transition is not known.
        """
        if system.is_frustrated:
            return random_start(system, len(temperature), rng)
        known = known_transition(system)
        if self.start_below is not None:
            hot = temperature >= self.start_below * system.model.scale
        elif known is not None:
            hot = temperature >= known.temperature
        else:
            hot = np.arange(len(temperature)) % 2 == 1  # half of each: two phases that do not mix show in R-hat
        spins = ordered_start(system, len(hot), rng)
        spins[hot] = random_start(system, int(hot.sum()), rng)
        return spins

    def advance(self, system: System, spins: Spins, temperature: Temperatures, rng: np.random.Generator) -> None:
        """One round, in place: single-spin sweeps, shifts between pinned edges, clusters below CLUSTERS_BELOW.

        Where couplings compete: sweeps with exchange between the temperatures.
        """
        sweeps = self.sweeps or default_sweeps(system)
        single, helpers = self.single or local_updater(system).update, {each.name: each for each in serving(system)}
        if system.is_frustrated:
            update_exchange(system, spins, temperature, -(-sweeps // self.rounds), rng, single)
            return
        single(system, spins, temperature, -(-sweeps // self.rounds), rng)
        if "shifts" in helpers:
            update_shifts(system, spins, temperature, 1, rng)
        if "clusters" in helpers:
            helped = temperature < CLUSTERS_BELOW * transition_temperature(system)
            moved = spins[helped]
            update_clusters(system, moved, temperature[helped], self.cluster_sweeps, rng)
            spins[helped] = moved


def transition_temperature(system: System) -> float:
    """That of the model's transition; where none is known a temperature above it.

    2 times the range of a bond's energies: the mean-field value of the Ising model, which lies above the true one, so
    that clusters help wherever they may.
    """
    known = known_transition(system)
    if known is not None:
        return known.temperature
    return 2 * float(np.ptp(pair_table(system.model))) * energy_unit(system) / system.model.scale


def default_sweeps(system: System) -> int:
    """Single-spin sweeps of `local_updater` that let a start be forgotten; with exchange where couplings compete."""
    if system.is_frustrated:
        return EXCHANGED
    fast = relaxes_fast(system) and serves_clusters(system)
    heat_bath = 400 if fast else max(400, math.ceil(0.2 * max(system.lattice.shape) ** 2))
    return heat_bath * local_updater(system).slowness
