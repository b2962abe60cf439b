"""Autocorrelation times and errors on series whose exact answer is known: AR(1), x' = rho x + sqrt(1 - rho^2) noise.

rho(t) = rho^t, so tau = 1/2 + rho / (1 - rho) = (1 + rho) / (2 (1 - rho)), and the values have unit variance.
"""

import emcee
import numpy as np
import pytest
from scipy.signal import lfilter

from spinlens.errors import InputError
from spinlens.montecarlo.analysis.autocorrelation import estimate, integrated_time, split_r_hat


def autoregressive(rho: float, replicas: int, n: int, rng: np.random.Generator) -> np.ndarray:
    """(replicas, n), stationary from the first value on."""
    start = rng.standard_normal((replicas, 1))
    noise = np.sqrt(1 - rho**2) * rng.standard_normal((replicas, n))
    return lfilter([1], [1, -rho], noise, axis=1, zi=rho * start)[0]


@pytest.mark.parametrize(("rho", "n"), [(0.5, 40_000), (0.9, 150_000), (0.98, 1_000_000)])
def test_time_of_an_autoregression(rho: float, n: int) -> None:
    """Breaks with a wrong window, lag, normalisation or convention (emcee's time is 1 + 2 sum, twice ours).

    With 16 n values and a window W the relative error is 2 sqrt((W + 1/2 - tau) / 16 n) (Wolff, eq. 42). The longest
    window the 5 per cent allow at 4 standard errors is 625 n / 1e6 steps; errors above 5 / 4 per cent fail here.
    """
    series = autoregressive(rho, 16, n, np.random.default_rng(0))
    tau, error = integrated_time(series)
    exact = 0.5 * (1 + rho) / (1 - rho)
    assert error < 0.0125 * exact
    assert abs(tau - exact) < 0.05 * exact
    assert abs(tau - exact) < 4 * error
    theirs = float(emcee.autocorr.integrated_time(series.T[:, :, None])[0])
    assert abs(tau - theirs / 2) < 0.05 * exact


def test_errors_are_honest() -> None:
    """Breaks when an error leaves out the autocorrelation (pulls of variance 19) or is a few tens of per cent off.

    The variance of 200 pulls has the standard deviation sqrt(2 / 200) = 0.1. The errors' own uncertainty, in relative
    variance (2 sqrt(W / N))^2 = 4 * 60 / 8000 = 0.03, widens the pulls by no more than that. 4 * 0.1 + 0.03.
    """
    rng = np.random.default_rng(0)
    runs = [estimate(lambda a: a, autoregressive(0.9, 4, 2000, rng)) for _ in range(200)]
    pulls = np.array([run.value / run.error for run in runs])
    assert abs((pulls**2).mean() - 1) < 0.43


def test_errors_of_a_variance() -> None:
    """Breaks with a wrong gradient or projection: <x^2> - <x>^2 of an AR(1) has the correlation rho^2t, not rho^t.

    Its tau is (1 + rho^2) / (2 (1 - rho^2)), its variance 2 (kurtosis of a Gaussian): error sqrt(2 * 2 tau / N).
    N = 160000, W < 11 tau: tau is known to 2 sqrt(11 tau / N) = 3.6 per cent, the error to half of it.
    """
    rho, rng = 0.9, np.random.default_rng(0)
    x = autoregressive(rho, 16, 10_000, rng) + 3.0
    result = estimate(lambda a, b: b - a**2, x, x**2)
    tau = 0.5 * (1 + rho**2) / (1 - rho**2)
    error = np.sqrt(2 * 2 * tau / x.size)
    assert abs(result.tau - tau) < 4 * 0.036 * tau
    assert abs(result.error - error) < 4 * 0.018 * error
    assert abs(result.value - 1) < 4 * error


def test_short_chains_take_the_spread_of_replicas() -> None:
    """Breaks when a window that never closes passes for a converged one: 2000 chains of 8 steps with tau = 49.5.

    The chains hardly move, so the error is that of 2000 values, 1 / sqrt(2000), and somewhat below: the mean of 8 steps
    has the variance 1 - O(8 / 3 * 0.02) = 0.95. The spread of 2000 means is known to sqrt(1 / 4000) = 1.6 per cent.
    """
    run = estimate(lambda a: a, autoregressive(0.98, 2000, 8, np.random.default_rng(0)))
    assert 0.97 * (1 - 4 * 0.016) < run.error * np.sqrt(2000) < 1 + 4 * 0.016


def test_constant_and_alternating_series() -> None:
    """Breaks with a division by the zero variance, or an error of zero (or NaN) for steps that alternate."""
    assert integrated_time(np.full((3, 10), 0.1)) == (0.5, 0.0)
    result = estimate(lambda a: 2 * a, np.full(10, 0.1))
    assert (result.value, result.error, result.tau) == (0.2, 0.0, 0.5)
    assert split_r_hat(np.full((3, 10), 0.1)) == 1.0
    assert estimate(lambda a: a, np.resize([1.0, -1.0], 100)).error == pytest.approx(0.1)


def test_r_hat() -> None:
    """Breaks with a wrong split or weight. By hand: 0 1 | 2 3 has B = 4, W = 1/2, R-hat^2 = (W / 2 + B / 2) / W = 4.5.

    Chains that agree have R-hat - 1 of about tau / n = 0.005; means one standard deviation apart (0 and 1) have
    R-hat^2 = 1 + 1/3 for four halves: variance of (0, 0, 1, 1) = 1/3. A drift must show in the halves of one chain.
    """
    rng = np.random.default_rng(0)
    assert split_r_hat([[0.0, 1.0, 2.0, 3.0]]) == pytest.approx(np.sqrt(4.5))
    assert split_r_hat([[0.0, 1.0, 99.0, 2.0, 3.0]]) == pytest.approx(np.sqrt(4.5))
    good = autoregressive(0.9, 8, 2000, rng)
    assert abs(split_r_hat(good) - 1) < 0.02
    shifted = rng.standard_normal((2, 4000)) + np.array([[0.0], [1.0]])
    assert split_r_hat(shifted) == pytest.approx(np.sqrt(4 / 3), abs=0.05)
    assert split_r_hat(good + np.linspace(0, 3, 2000)) > 1.1
    assert split_r_hat([[0.0, 0.0, 1.0, 1.0]]) == np.inf


@pytest.mark.parametrize("series", [[1.0, 2.0, 3.0], [[]], [1.0, np.nan, 2.0, 3.0, 4.0], 5.0, np.zeros((2, 2, 8))])
def test_bad_series(series: object) -> None:
    """Breaks when a series that says nothing gets a time: too short, not finite, or no series."""
    for function in (integrated_time, split_r_hat):
        with pytest.raises(InputError, match="series"):
            function(series)  # type: ignore[operator]
