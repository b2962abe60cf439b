"""Is it equilibrium? Tests of energies against exact or independently sampled ones, and relaxation curves."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spinlens.montecarlo.controlled import sample_values
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.sample import Batch
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.montecarlo.streams import RELAXATION, SECOND_SAMPLE, generator
from spinlens.montecarlo.updaters.registry import quench_updater
from spinlens.physics.control import Control
from spinlens.physics.exact.density import boltzmann, density_of_states
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.order import order_parameter
from spinlens.physics.systems import System


def exact_tails(
    system: System, temperature: NDArray[np.float64], energies: NDArray[np.float64], seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(lower, upper), (count,) each: u and 1 - u for numbers u that are uniform on [0, 1] at equilibrium.

    Each energy is mapped to u = F(E - 0 | T) + V p(E | T) with V uniform, which is uniform at equilibrium even though E
    is discrete and every T differs (Rosenblatt, Ann. Math. Stat. 23, 470 (1952)). Both tails are sums from their own
    end, so that each is precise where it is small: 1 - u would be rounding there, and may be below 0.
    """
    levels, log_counts = density_of_states(system)
    jitter = np.random.default_rng(seed).random(len(energies))
    lower, upper = np.empty(len(energies)), np.empty(len(energies))
    for t in np.unique(temperature):
        chosen = temperature == t
        probabilities = boltzmann(levels, float(t), log_counts)
        below = np.concatenate([[0.0], np.cumsum(probabilities)])
        above = np.append(np.cumsum(probabilities[::-1])[::-1], 0.0)
        level = np.clip(np.searchsorted(levels, energies[chosen] - 1e-6 * system.model.scale), 0, len(levels) - 1)
        lower[chosen] = below[level] + jitter[chosen] * probabilities[level]
        upper[chosen] = above[level + 1] + (1 - jitter[chosen]) * probabilities[level]
    return lower, upper


def uniform_p_value(values: NDArray[np.float64]) -> float:
    """Of numbers that should be uniform on [0, 1] and independent: Kolmogorov-Smirnov."""
    return float(stats.kstest(values, "uniform").pvalue)


def trend_p_value(values: NDArray[np.float64], temperature: NDArray[np.float64]) -> float:
    """Of independent numbers that should not depend on their temperatures: Spearman's rank correlation.

    Energies that are too low when cold and too high when hot, as with another boundary, cancel in all other tests.
    """
    if len(values) < 3 or len(np.unique(temperature)) < 2 or len(np.unique(values)) < 2:
        return 1.0
    return float(stats.spearmanr(values, temperature).pvalue)


def extreme_p_value(lower: NDArray[np.float64], upper: NDArray[np.float64]) -> float:
    """Of numbers u that should each be uniform on [0, 1], however they depend on each other: that of the most extreme.

    lower, upper: u and 1 - u (`exact_tails`). The probability that any of n comes within x of 0 or 1 is at most 2 n x
    (Boole's inequality).
    """
    return float(min(1.0, 2 * len(lower) * np.minimum(lower, upper).min()))


def symmetric_p_value(values: NDArray[np.float64]) -> float:
    """Of independent numbers that should be symmetric about zero: Wilcoxon's signed ranks."""
    return float(stats.wilcoxon(values).pvalue) if values.any() else 1.0


def group_p_value(values: NDArray[np.float64], group: NDArray[np.int64]) -> float:
    """Of numbers that should be zero on average: one t-test of the means of their groups for each row, the least p.

    values: (rows, count), each row another statistic of the same images. group: (count,), numbers from 0. The least of
    r p-values is multiplied by r (Bonferroni). The means of groups must be independent, but their variances may differ:
    up to a level of 8 % that makes the test stricter (Bakirov and Szekely, J. Math. Sci. 139, 6497 (2006)), so that no
    correlation within groups has to be known (Ibragimov and Mueller, J. Bus. Econ. Stat. 28, 453 (2010)).
    """
    images, p_values = np.bincount(group), []
    for row in values:
        means = np.bincount(group, row) / images
        error = means.std(ddof=1) / np.sqrt(len(means))
        if error == 0:
            p_values.append(float(means[0] == 0))
        else:
            p_values.append(2 * float(stats.t.sf(abs(means.mean()) / error, len(means) - 1)))
    return min(1.0, len(p_values) * min(p_values))


def second_sample(control: Control, values: NDArray[np.float64], seed: int = 0) -> Batch:
    """Fresh snapshots at the same values (count,) of the variable, by Metropolis where that serves the system.

    At equilibrium the energies of a pair differ by a number that is symmetric about zero. Starts are those of the
    protocol: random ones would not order in time everywhere, as at transitions of first order. That starts are
    forgotten is for `prove` to show. Quantum systems have no other update than that of their data.
    """
    quantum = is_quantum(control.system.model)
    other = Equilibrium() if quantum else Equilibrium(single=quench_updater(control.system).update)
    return sample_values(control, values, other, seed=seed, stream=SECOND_SAMPLE)


def relaxation(
    system: System,
    temperatures: Sequence[float],
    sweeps: Sequence[int],
    replicas: int = 128,
    seed: int = 0,
    stream: Sequence[int] = (),
) -> dict[str, NDArray[np.float64]]:
    """{"ordered" | "random": (temperatures, sweeps)}: mean |m| (staggered for J < 0) after so many Metropolis sweeps.

    The paper's proxy for equilibrium: the curves of both starts must meet. stream: further whole numbers that select
    another random stream of the same seed.
    """
    rng = generator(system, seed, (*RELAXATION, *stream))
    temperature = np.repeat(np.asarray(temperatures, np.float64), replicas)
    curves = {}
    for start in ("ordered", "random"):
        count = len(temperature)
        spins = ordered_start(system, count, rng) if start == "ordered" else random_start(system, count, rng)
        rows, done = [], 0
        for target in sweeps:
            if target > done:
                quench_updater(system).update(system, spins, temperature, target - done, rng)
                done = target
            m = order_parameter(system, spins.reshape(-1, *system.lattice.shape))
            rows.append(m.reshape(len(temperatures), replicas).mean(1))
        curves[start] = np.stack(rows, 1)
    return curves
