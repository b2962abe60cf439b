"""Time series of quantum systems: energy, magnetizations and correlations of worldlines at equilibrium."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo import streams
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.kernels.worldline_sums import (
    EQUAL,
    IMPROVED_KINKS,
    MOMENTS,
    PLAIN,
    PLAIN_ORDER,
    SECONDS,
    WAVE,
)
from spinlens.montecarlo.quantum import QuantumSimulation, energies
from spinlens.montecarlo.streams import generator
from spinlens.montecarlo.worldlines import check_quantum_temperatures
from spinlens.physics.models.transverse_ising import require_quantum
from spinlens.physics.observables import MEASURED, present
from spinlens.physics.systems import System

Array = NDArray[np.float64]
GAP = 2  # sweeps between two measurements
PART = 1 << 17  # measurements in a call, of all replicas: their sums are then reduced


def quantum_series(
    system: System,
    temperatures: Array,
    replicas: int,
    sweeps: int,
    seed: int,
    tell: Callable[[int, int, str], None],
) -> tuple[dict[str, Array], dict[str, Array]]:
    """(series of a `Record` by name, further ones), each (temperatures, replicas, sweeps), GAP sweeps apart.

    Means over all orientations of the clusters take the place of moments of m: m, m2, |m|2, |m|4 and those of the
    staggered m; sx; equal, the second moment of the order at equal times; order2, space and time: of the order's
    imaginary-time mean, of its longest waves in space, and in imaginary time. Raises InputError for T = 0 or infinity.
    """
    rng = generator(system, seed, (*streams.SERIES, *system.lattice.shape))
    lanes, protocol = np.repeat(check_quantum_temperatures(temperatures), replicas), Equilibrium()
    simulation = QuantumSimulation(system, lanes, protocol, rng)
    note, steps = f"{len(lanes)} replicas", protocol.rounds + sweeps
    for k in range(protocol.rounds):
        tell(k, steps, f"{note} on their way to equilibrium")
        simulation.advance()
    parts: list[dict[str, Array]] = []
    needed = {name for one in present(system) for name in one.means}
    own: dict[str, list[Array]] = {name: [] for name in MEASURED if name in needed}
    done, most = 0, 1 if own else max(min(PART // len(lanes), -(-sweeps // 20)), 1)
    while done < sweeps:
        tell(protocol.rounds + done, steps, note)
        some = min(most, sweeps - done)
        parts.append(_reduce(simulation, simulation.measure(some, GAP)))
        for name in own:
            own[name].append(MEASURED[name](system, simulation.pictures())[:, None])
        done += some
    tell(steps, steps, note)
    shape = len(temperatures), replicas, sweeps
    joined = {name: np.concatenate([part[name] for part in parts], 1).reshape(shape) for name in parts[0]}
    kept = ("energy", "magnetization", "modulus", "staggered", "staggered_modulus", "structure")
    further = {name: series for name, series in joined.items() if name not in kept}
    users = {name: np.concatenate(values, 1).reshape(shape) for name, values in own.items()}
    return {name: joined[name] for name in kept}, further | users


def _reduce(simulation: QuantumSimulation, sums: Array) -> dict[str, Array]:
    """Series (replicas, n) by name from sums (replicas, n, columns)."""
    system, n = simulation.system, simulation.system.lattice.spins
    model, free = require_quantum(system.model), n - int(simulation.model.held.sum())
    moments = sums[..., MOMENTS:SECONDS].reshape(*sums.shape[:-1], 2, 3) / np.array([n, n**2, n**4], np.float64)
    plain, order, t = sums[..., PLAIN] / n, sums[..., PLAIN_ORDER] / n, simulation.temperature[:, None]
    nothing = np.full_like(plain, np.nan)
    found = {
        "energy": energies(simulation, sums),
        "magnetization": plain,
        "modulus": np.abs(plain),
        "staggered": order if system.staggered else nothing,
        "staggered_modulus": np.abs(order) if system.staggered else nothing,
        "structure": n * sums[..., SECONDS:WAVE].sum(-1) / n**2,
        "sx": sums[..., IMPROVED_KINKS] * t / (model.gamma * free) if model.gamma else nothing,
        "equal": sums[..., EQUAL] / n**2,
        "order2": moments[..., 1, 1],
        "space": sums[..., SECONDS:WAVE].sum(-1) / n**2,
        "time": sums[..., WAVE:EQUAL].sum(-1) / n**2,
    }
    for k, x in enumerate(("m", "m_s")):
        names = x, f"{x}2", f"|{x}|2", f"|{x}|4"
        found |= dict(zip(names, (moments[..., k, p] for p in (0, 1, 1, 2)), strict=True))
    return found
