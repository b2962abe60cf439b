"""Transitions of first order: two phases that simulations do not connect, joined by the weights that are known."""

import numpy as np
import pytest
from scipy.special import logsumexp

from spinlens import InputError, get_system
from spinlens.montecarlo.analysis.densities import TEMPERATURES, ladder
from spinlens.montecarlo.analysis.phases import count_phases, join_densities, separation


def test_separate_phases_get_their_exact_weights() -> None:
    """Breaks when the phases keep the weights of two histograms that do not meet, or a phase is counted once.

    g(E) = exp(E / T_c) (10 N(E; E_o, s) + N(E; E_d, s)) gives normal energies in each phase at all temperatures, and at
    T the ratio ln(Z_o / Z_d) = ln 10 + (1 / T_c - 1 / T) (E_o - E_d).
    """
    system = get_system("potts-10", 64)
    transition = system.model.transition
    assert transition is not None
    t, rng, low, high, spread = transition.temperature, np.random.default_rng(0), -6800.0, -4000.0, 120.0
    temperature = np.repeat(np.linspace(0.97, 1.03, 13) * t, 8)
    tilt = spread**2 * (1 / t - 1 / temperature)
    energies = rng.normal(np.where(temperature < t, low, high) + tilt, spread, (400, len(temperature))).round()
    levels, index = np.unique(energies, return_inverse=True)
    index = index.reshape(energies.shape)
    assert separation(system, levels, index, temperature) == t
    log_counts = join_densities(system, levels, index, temperature)
    for at in (0.998 * t, t, 1.002 * t):
        weights = log_counts - (levels - levels[0]) / at
        cold = levels < (low + high) / 2
        found = logsumexp(weights[cold]) - logsumexp(weights[~cold])
        assert found == pytest.approx(np.log(10) + (1 / t - 1 / at) * (low - high), abs=0.15)


def test_connected_phases_are_left_to_the_histograms() -> None:
    """Breaks when energies between the phases, or a continuous transition, do not count as a connection."""
    rng = np.random.default_rng(1)
    temperature = np.repeat(np.linspace(0.6, 0.8, 9), 4)
    inside = rng.random((50, 36)) < 0.1  # between the phases
    energies = np.where(inside, rng.uniform(-7000, -4000, (50, 36)), np.where(temperature < 0.701, -7000, -4000))
    levels, index = np.unique(energies.round(), return_inverse=True)
    index = index.reshape(50, 36)
    assert separation(get_system("potts-10", 64), levels, index, temperature) is None
    assert separation(get_system("potts-3", 64), levels, index, temperature) is None


def test_phases_of_unknown_weight_have_no_ceiling() -> None:
    """Breaks when the weight of ordered phases on a torus is used where edges prefer one of them."""
    assert count_phases(get_system("potts-8", 64)) == 8
    for name in ("potts-10-open", "potts-10-pinned", "potts-10-twisted"):
        with pytest.raises(InputError, match="size must be small enough for simulations to pass"):
            count_phases(get_system(name, 64))


def test_temperatures_are_closer_about_the_transition() -> None:
    """Breaks when the ladder leaves its range, has another length, or is no closer at T_c."""
    for name in ("potts-10", "ising-open", "blume-capel"):
        system = get_system(name, 100)
        transition = system.model.transition
        assert transition is not None
        t = transition.temperature
        found = ladder(system, 0.2 * t, 1.6 * t)
        assert len(found) == TEMPERATURES
        assert (found[0], found[-1]) == (0.2 * t, 1.6 * t)
        steps = np.diff(found)
        assert steps.min() >= 0
        assert steps[np.abs(found[:-1] / t - 1) < 0.01].max() < 0.003 * t
    even = ladder(get_system("ising-gaussian", 100), 0.2, 4.0)
    np.testing.assert_allclose(np.diff(even), 3.8 / (TEMPERATURES - 1))
