"""Multi-histogram reweighting on energies drawn from their exact distributions, and ln Z from simulations."""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy.special import logsumexp

from spinlens import exact, get_system
from spinlens.errors import InputError
from spinlens.montecarlo.analysis import histograms as levels_module
from spinlens.montecarlo.analysis import reweighting
from spinlens.montecarlo.analysis.histograms import Histograms, histograms
from spinlens.montecarlo.analysis.measure import log_partition
from spinlens.montecarlo.analysis.reweighting import reweight, solve

SYSTEM = get_system("ising-periodic", 8)
LADDER = np.array([2.0, 2.4, 3.0, 5.0, 12.0, np.inf])
BETWEEN = np.array([2.2, 3.5, 20.0])


def log_z(system, temperatures) -> np.ndarray:
    levels, log_g = exact.density_of_states(system)
    return np.array([logsumexp(log_g - levels / t) for t in temperatures])


def moments(means: Mapping[str, np.ndarray], temperature: np.ndarray) -> dict[str, np.ndarray]:
    return {"energy": means["e"], "heat": (means["e2"] - means["e"] ** 2) / temperature**2}


def drawn(rng: np.random.Generator, replicas: int = 64, n: int = 20) -> np.ndarray:
    """(temperatures, replicas, n): independent energies from the exact p(E | T)."""
    return np.stack(
        [
            rng.choice(
                *exact.energy_distribution(SYSTEM, t)[:1], (replicas, n), p=exact.energy_distribution(SYSTEM, t)[1]
            )
            for t in LADDER
        ]
    )


def test_expected_histograms_give_the_exact_partition_function() -> None:
    """Breaks with any wrong term of the equations: histograms without noise, n p(E | T), are solved by the exact ln Z.

    The minimum is found to 1e-5 of all samples (the solver's own limit), hence ln Z to about that.
    """
    levels, log_g = exact.density_of_states(SYSTEM)
    samples = np.array([100.0, 300.0, 50.0, 200.0, 100.0, 80.0])
    expected = sum(n * exact.boltzmann(levels, t, log_g) for n, t in zip(samples, LADDER, strict=True))
    _, z = solve(levels, expected, samples, LADDER, np.zeros(6))
    assert np.abs((z - z[-1]) - (log_z(SYSTEM, LADDER) - log_z(SYSTEM, [np.inf]))).max() < 1e-4


def test_means_between_the_temperatures() -> None:
    """Breaks with a bias, or errors off by more than a fifth: 100 draws of 7680 energies, pulls of E, C and ln Z.

    One temperature's 100 mean squares have the standard deviation sqrt(2 / 100) = 0.14; the jackknife's own noise (32
    blocks) widens pulls by 31 / 29 in the square. Means: 1 / sqrt(100).
    """
    rng, pulls = np.random.default_rng(0), []
    levels = exact.density_of_states(SYSTEM)[0]
    truth = [exact.energy_distribution(SYSTEM, t)[1] for t in BETWEEN]
    means = np.array([p @ levels for p in truth])
    heats = np.array([p @ levels**2 - (p @ levels) ** 2 for p in truth]) / BETWEEN**2
    for _ in range(100):
        energies = drawn(rng)
        h = histograms(LADDER, energies, {"e": energies, "e2": energies**2})
        values, errors, effective = reweight(h, BETWEEN, moments)
        z, z_error = reweighting.log_partition(h, BETWEEN, 64 * np.log(2))
        assert (effective > 1000).all()
        pulls.append(
            [
                (values["energy"] - means) / errors["energy"],
                (values["heat"] - heats) / errors["heat"],
                (z - log_z(SYSTEM, BETWEEN)) / z_error,
            ]
        )
    assert np.abs(np.mean(pulls, 0)).max() < 4 * 0.1
    assert np.abs(np.mean(np.square(pulls), 0) - 31 / 29).max() < 4 * 0.14 * 31 / 29


def test_merged_levels_change_nothing_that_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when continuous energies are binned without their means, or bins spill into each other.

    Energies get a random offset, so that 7680 values are 7680 levels. Bins of width w = 128 / 511 change ln weight
    inside by w / T about its mean, at second order (w / T)^2 / 24 = 6e-4 and nearly alike everywhere: far below errors.
    """
    rng = np.random.default_rng(0)
    energies = drawn(rng) + rng.uniform(-0.5, 0.5, (6, 64, 20))
    observables = {"e": energies, "e2": energies**2}
    fine = reweight(histograms(LADDER, energies, observables), BETWEEN, moments)
    monkeypatch.setattr(levels_module, "MAX_LEVELS", 512)
    merged = histograms(LADDER, energies, observables)
    assert len(merged.levels) <= 512
    assert (np.diff(merged.levels) > 0).all()
    coarse = reweight(merged, BETWEEN, moments)
    for name in ("energy", "heat"):
        assert (np.abs(coarse[0][name] - fine[0][name]) < 0.05 * fine[1][name]).all()
        assert np.allclose(coarse[1][name], fine[1][name], rtol=0.02)


def test_few_replicas_are_cut_into_stretches() -> None:
    """Breaks when a single chain gets no error, or blocks lose samples: 2 chains of 320 make 32 blocks of 20."""
    energies = drawn(np.random.default_rng(0), 2, 320)
    h = histograms(LADDER, energies, {"e": energies})
    assert h.counts.shape[0] == 32
    assert (h.samples == 20).all()
    assert h.counts.sum() == energies.size
    assert h.sums["e"].sum() == pytest.approx(energies.sum())
    assert histograms(LADDER, energies[:, :1, :20], {}).counts.shape[0] == 1


def test_partition_function_needs_its_anchor() -> None:
    """Breaks when ln Z comes without the one temperature at which it is known, or at T = 0."""
    h: Histograms = histograms(LADDER[:3], drawn(np.random.default_rng(0))[:3], {})
    with pytest.raises(InputError, match="infinity"):
        reweighting.log_partition(h, [2.0], 1.0)
    with pytest.raises(InputError, match="temperature"):
        log_partition(SYSTEM, [0.0])
    with pytest.raises(InputError, match="temperatures"):
        histograms(np.array([1.0, 1.0]), np.zeros((2, 4, 8)), {})


def test_ratio_of_partition_functions() -> None:
    """Breaks when a simulation of one of the two boundaries is biased, or an error is: ln(Z_PP / Z_AA) at L = 16.

    The exact ratios are 0.20 at T = 2.5 and 5.3 at T = 2.0: errors below 0.03 tell both from 0, and each other.
    Bound 3 errors; independent simulations, so their squared errors add.
    """
    temperatures = [2.5, 2.0]
    systems = [get_system(name, 16) for name in ("ising-periodic", "ising-antiperiodic")]
    found = [log_partition(system, temperatures, replicas=56, sweeps=800, seed=0) for system in systems]
    ratio, error = found[0][0] - found[1][0], np.hypot(found[0][1], found[1][1])
    known = log_z(systems[0], temperatures) - log_z(systems[1], temperatures)
    assert (error < 0.03).all()
    assert (np.abs(ratio - known) < 3 * error).all()
    for system, (z, z_error) in zip(systems, found, strict=True):
        assert (np.abs(z - log_z(system, temperatures)) < 3 * z_error).all()
