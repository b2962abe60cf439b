"""Is a start forgotten? Autocorrelation times of the equilibrium protocol, and R-hat from opposite starts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.analysis.autocorrelation import integrated_time, split_r_hat
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.kernels.worldline_sums import PLAIN_ORDER
from spinlens.montecarlo.quantum import QuantumSimulation, energies
from spinlens.montecarlo.simulation import Simulation
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.montecarlo.streams import PROOF, generator
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.order import order_parameter
from spinlens.physics.systems import System, energy

REPLICAS, RECORDED = 8, 32  # of each start at each temperature; rounds after those that the protocol discards
DIGITS = 10  # of a temperature
R_HAT_LIMIT, TAU_LIMIT = 1.1, 5.0


@dataclass(frozen=True)
class Proof:
    """What the protocol does at one temperature.

    tau_energy, tau_order: integrated autocorrelation times of E and |m|, in rounds (1/2 for independent values).
    r_hat_energy, r_hat_order: split-R-hat over replicas from ordered and from random starts, discarded rounds left out.
    discarded: rounds before a snapshot, in units of the longer tau.
    """

    temperature: float
    tau_energy: float
    tau_order: float
    r_hat_energy: float
    r_hat_order: float
    discarded: float

    @property
    def holds(self) -> bool:
        """Whether both starts agree and enough rounds are discarded."""
        return max(self.r_hat_energy, self.r_hat_order) < R_HAT_LIMIT and self.discarded > TAU_LIMIT

    def to_dict(self) -> dict[str, Any]:
        """Plain values, rounded for a manifest."""
        rounded = {name: round(value, 4) for name, value in asdict(self).items()}
        return rounded | {"temperature": round_temperature(self.temperature)}


def round_temperature(temperature: float) -> float:
    """The temperature to DIGITS significant digits, in whatever unit it is."""
    return float(f"{temperature:.{DIGITS}g}")


def prove(
    system: System,
    temperatures: NDArray[np.float64],
    protocol: Equilibrium,
    seed: int = 0,
    stream: Sequence[int] = (),
) -> list[Proof]:
    """Run the protocol from both starts at each temperature (k,), and go on for RECORDED rounds that are measured.

    Symmetries that a snapshot gets at its end are applied at every round, for the protocol commutes with them. stream:
    further whole numbers that select another random stream of the same seed.
    """
    rng, lanes = generator(system, seed, (*PROOF, *stream)), np.repeat(temperatures, 2 * REPLICAS)
    record = _quantum_series if is_quantum(system.model) else _series
    series = record(system, lanes, protocol, rng)
    proofs = []
    for t, temperature in enumerate(temperatures):
        mine = series[:, 2 * REPLICAS * t : 2 * REPLICAS * (t + 1)]
        tau_energy, tau_order = (float(integrated_time(one)[0]) for one in mine)
        r_hat_energy, r_hat_order = (split_r_hat(one) for one in mine)
        discarded = protocol.rounds / max(tau_energy, tau_order)
        proofs.append(Proof(float(temperature), tau_energy, tau_order, r_hat_energy, r_hat_order, discarded))
    return proofs


def _series(
    system: System, lanes: NDArray[np.float64], protocol: Equilibrium, rng: np.random.Generator
) -> NDArray[np.float64]:
    """(2, replicas, RECORDED): energies and |m|, from ordered and from random starts in turn."""
    spins = random_start(system, len(lanes), rng)
    ordered = np.arange(len(lanes)) % 2 == 0
    spins[ordered] = ordered_start(system, int(ordered.sum()), rng)
    # replicas that exchange temperatures would mix the two starts
    parts = [ordered, ~ordered] if system.is_frustrated else [np.ones(len(lanes), bool)]
    simulations = [Simulation(system, lanes[part], protocol, rng, spins[part]) for part in parts]
    series = np.empty((2, len(lanes), RECORDED))
    for k in range(-protocol.rounds, RECORDED):
        for part, simulation in zip(parts, simulations, strict=True):
            simulation.advance()
            simulation.turn()
            if k >= 0:
                images = simulation.images
                series[:, part, k] = energy(system, images), order_parameter(system, images)
    return series


def _quantum_series(
    system: System, lanes: NDArray[np.float64], protocol: Equilibrium, rng: np.random.Generator
) -> NDArray[np.float64]:
    """As `_series`, of worldlines: estimates of <H>, and the modulus of the order's imaginary-time mean."""
    simulation = QuantumSimulation(system, lanes, protocol, rng, np.arange(len(lanes)) % 2 == 0)
    series = np.empty((2, len(lanes), RECORDED))
    simulation.settle()
    for k in range(RECORDED):
        sums = simulation.measure(1, simulation.sweeps)[:, 0]
        series[:, :, k] = energies(simulation, sums), np.abs(sums[:, PLAIN_ORDER]) / system.lattice.spins
    return series
