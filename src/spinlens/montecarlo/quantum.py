"""Worldlines at equilibrium: how many sweeps forget a start, and snapshots of replicas that have."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.kernels.worldline_sums import BOND_SUM, IMPROVED_KINKS, MOMENTS
from spinlens.montecarlo.worldlines import WorldlineBatch
from spinlens.physics.models.protocol import has_field
from spinlens.physics.models.transverse_ising import critical_gamma, require_quantum
from spinlens.physics.systems import System

Array = NDArray[np.float64]
SWEEPS, HARD = 10, 10  # of a round; how many times more where clusters alone are slow
REPLICAS = 16  # simulated one after another from one random stream


@dataclass(frozen=True)
class Snapshots:
    """spins (count, rows, columns) int8; energy (count,), an estimate of <H> whose mean over snapshots is right; kinks
    (count,) of the worldlines."""

    spins: NDArray[np.int8]
    energy: Array
    kinks: NDArray[np.int64]


class QuantumSimulation(WorldlineBatch):
    """Replicas of a quantum system on their way, in the rounds of a protocol; rounds and sweeps are the protocol's.

    They start as `ordered` (count,) says; else ordered where gamma is below the critical one and at random above, both
    in turn where none is known. Raises InputError as `WorldlineBatch`, and for a protocol that is no `Equilibrium`:
    worldlines have no quench.
    """

    def __init__(
        self,
        system: System,
        temperature: Array,
        protocol: Any,
        rng: np.random.Generator,
        ordered: NDArray[np.bool_] | None = None,
    ) -> None:
        if not isinstance(protocol, Equilibrium):
            raise InputError("protocol", type(protocol).__name__.lower(), "equilibrium for a quantum system")
        self.rounds = protocol.rounds
        self.sweeps = -(-(protocol.sweeps or default_quantum_sweeps(system) * protocol.rounds) // protocol.rounds)
        known = critical_gamma(system)
        below = np.arange(len(temperature)) % 2 == 0
        if known is not None:
            below[:] = require_quantum(system.model).gamma < known
        super().__init__(system, temperature, rng, ordered=below if ordered is None else ordered)

    def advance(self) -> None:
        """One round."""
        self.update(self.sweeps)

    def settle(self) -> None:
        """All rounds that the protocol needs to forget its start."""
        for _ in range(self.rounds):
            self.advance()


def default_quantum_sweeps(system: System) -> int:
    """Swendsen-Wang sweeps of a round: more where a field, pinned spins or frustration stop clusters."""
    slow = system.is_frustrated or has_field(system.model) or bool(system.held.any())
    return SWEEPS * HARD if slow else SWEEPS


def take_snapshots(system: System, temperature: Array, protocol: Any, rng: np.random.Generator) -> Snapshots:
    """One snapshot a temperature (count,), each of a replica of its own. Raises InputError as `QuantumSimulation`."""
    simulation = QuantumSimulation(system, temperature, protocol, rng)
    simulation.settle()
    sums = simulation.measure(1)[:, 0]
    return Snapshots(simulation.pictures(), energies(simulation, sums), simulation.kinks())


def energies(simulation: WorldlineBatch, sums: Array) -> Array:
    """(replicas, ...): estimates of the total energy from sums (replicas, ..., columns).

    <H> = -sum_b J_b int sz sz - T <kinks> - h int sum sz, kinks and field by improved estimators.
    """
    t = simulation.temperature.reshape(-1, *[1] * (sums.ndim - 2))
    field = require_quantum(simulation.system.model).h * sums[..., MOMENTS]
    return np.asarray(-sums[..., BOND_SUM] - t * sums[..., IMPROVED_KINKS] - field)
