"""Whole energy histograms at scale against the exact p(E | T).

Every lane is an independent chain, so within one snapshot of the batch all counts are independent and the chi-square
statistic needs no autocorrelation time. Snapshots of one lane are correlated, so a case takes one snapshot a lane.
"""

import numpy as np
import pytest
from scipy.stats import chisquare

from spinlens import exact, get_system, sample
from spinlens.montecarlo.protocols import Quench

TEMPERATURES = (1.0, 2.0, 2.2, 2.269, 2.4, 3.5)
LEVEL = 1e-4  # of each of 24 cases: all pass for a right sampler with probability 0.998; seeds are fixed
BATCHES = {32: 4096, 100: 1024}


def p_value(name: str, size: int, temperature: float, energies: np.ndarray) -> float:
    """Of the histogram, levels joined from the left until each group expects about 8 counts."""
    levels, probabilities = exact.energy_distribution(get_system(name, size), temperature)
    expected = probabilities * len(energies)
    group = np.minimum((np.cumsum(expected) / 8).astype(int), int(len(energies) / 8) - 1)
    group = np.unique(group, return_inverse=True)[1]
    seen = np.bincount(group[np.searchsorted(levels, energies - 1e-6)], minlength=group.max() + 1)
    wanted = np.bincount(group, expected)
    return float(chisquare(seen, wanted * seen.sum() / wanted.sum()).pvalue) if len(wanted) > 1 else 1.0


@pytest.mark.parametrize("name", ["ising-periodic", "ising-antiperiodic"])
@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("size", [32, pytest.param(100, marks=pytest.mark.slow)])
def test_energy_histograms_are_exact(name: str, temperature: float, size: int) -> None:
    """Breaks when the equilibrium protocol is biased in any moment of the energy, at the sizes people use."""
    batch = sample(get_system(name, size), np.full(BATCHES[size], temperature), seed=4)
    assert p_value(name, size, temperature, batch.energy) > LEVEL


def test_a_sample_off_by_half_a_percent_in_temperature_fails() -> None:
    """The power of the test above: energies of T = 2.4 held against T = 2.412 at L = 32, and a quench against its T."""
    system = get_system("ising-periodic", 32)
    batch = sample(system, np.full(BATCHES[32], 2.4), seed=4)
    assert p_value("ising-periodic", 32, 2.4 * 1.005, batch.energy) < LEVEL
    quenched = sample(system, np.full(BATCHES[32], 2.2), Quench(30), seed=4)
    assert p_value("ising-periodic", 32, 2.2, quenched.energy) < LEVEL
