"""Is it equilibrium? Tests of energies against exact or independently sampled ones, and relaxation curves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.replicas import generator, sample
from spinlens.montecarlo.singlespin import update_metropolis
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.physics.exact import boltzmann, density_of_states
from spinlens.physics.systems import System, order_parameter


def exact_uniforms(
    system: System, temperature: NDArray[np.float64], energies: NDArray[np.float64], seed: int = 0
) -> NDArray[np.float64]:
    """(count,) numbers that are uniform on [0, 1] at equilibrium, one for each energy (count,).

    Each energy is mapped to F(E - 0 | T) + V p(E | T) with V uniform, which is uniform at equilibrium even though E is
    discrete and every T differs (Rosenblatt, Ann. Math. Stat. 23, 470 (1952)).
    """
    levels, log_counts = density_of_states(system)
    jitter = np.random.default_rng(seed).random(len(energies))
    uniforms = np.empty(len(energies))
    for t in np.unique(temperature):
        chosen = temperature == t
        probabilities = boltzmann(levels, float(t), log_counts)
        below = np.concatenate([[0.0], np.cumsum(probabilities)])
        level = np.clip(np.searchsorted(levels, energies[chosen] - 1e-6 * abs(system.model.J)), 0, len(levels) - 1)
        uniforms[chosen] = below[level] + jitter[chosen] * probabilities[level]
    return uniforms


def uniform_p_value(values: NDArray[np.float64]) -> float:
    """Of numbers that should be uniform on [0, 1] and independent: Kolmogorov-Smirnov."""
    return float(stats.kstest(values, "uniform").pvalue)


def symmetric_p_value(values: NDArray[np.float64]) -> float:
    """Of independent numbers that should be symmetric about zero: Wilcoxon's signed ranks."""
    return float(stats.wilcoxon(values).pvalue) if values.any() else 1.0


def independent_difference(
    system: System, temperature: NDArray[np.float64], energies: NDArray[np.float64], seed: int = 0
) -> NDArray[np.float64]:
    """(count,) differences to fresh energies at the same temperatures: Metropolis, and random starts everywhere.

    At equilibrium the difference of a pair is symmetric about zero.
    """
    other = Equilibrium(single=update_metropolis, start_below=0.0)
    fresh = sample(system, temperature, other, seed=seed, stream=(0, 0, 101))
    return np.asarray(energies - fresh.energy)


def relaxation(
    system: System, temperatures: Sequence[float], sweeps: Sequence[int], replicas: int = 128, seed: int = 0
) -> dict[str, NDArray[np.float64]]:
    """{"ordered" | "random": (temperatures, sweeps)}: mean |m| (staggered for J < 0) after so many Metropolis sweeps.

    The paper's proxy for equilibrium: the curves of both starts must meet.
    """
    rng = generator(system, seed, (0, 0, 102))
    temperature = np.repeat(np.asarray(temperatures, np.float64), replicas)
    curves = {}
    for start in ("ordered", "random"):
        count = len(temperature)
        spins = ordered_start(system, count, rng) if start == "ordered" else random_start(system, count, rng)
        rows, done = [], 0
        for target in sweeps:
            if target > done:
                update_metropolis(system, spins, temperature, target - done, rng)
                done = target
            m = order_parameter(system, spins.reshape(-1, *system.lattice.shape))
            rows.append(m.reshape(len(temperatures), replicas).mean(1))
        curves[start] = np.stack(rows, 1)
    return curves
