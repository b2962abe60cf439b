"""How much a correlated series knows: integrated autocorrelation times, errors of any function of means, R-hat.

Times follow the physicists' convention tau = 1/2 + sum_{t >= 1} rho(t), in steps of the series: independent values
have tau = 1/2, and N correlated ones are worth N / (2 tau).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError

Series = NDArray[np.float64]
STRETCH = 1.5  # Wolff's S: the assumed ratio of the slowest time to tau
MIN_LENGTH = 4
FFT_POINTS = 1 << 22  # transformed at once, to bound the memory


@dataclass(frozen=True)
class Estimate:
    """A value, its standard error, and the integrated autocorrelation time of the fluctuations behind it (steps)."""

    value: float
    error: float
    tau: float


def estimate(function: Callable[..., Any], *series: ArrayLike) -> Estimate:
    """A function of the means of some series, with its error by the Gamma method (Wolff 2004, section 2 and 3.1).

    function: takes as many numbers as there are series. series: (replicas, n) each, or (n,), measured together.
    1. The gradient at the means, by differences of one standard deviation / sqrt(N).
    2. The series projected on it, sum_a gradient_a (a_i - <a>): its mean fluctuates as the function does.
    3. The error from the projected series' own autocorrelation time.
    An infinite or undefined value or gradient gives the error NaN.
    """
    chains = [_chains(one) for one in series]
    means = np.array([one.mean() if np.ptp(one) else one.flat[0] for one in chains])
    projected = np.zeros_like(chains[0])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        value = float(function(*means))
        for a, one in enumerate(chains):
            step = one.std() / np.sqrt(one.size) if np.ptp(one) else 0.0
            if step > 0:
                shift = step * (np.arange(len(means)) == a)
                gradient = (function(*(means + shift)) - function(*(means - shift))) / (2 * step)
                projected += gradient * (one - means[a])
    if not (np.isfinite(value) and np.isfinite(projected).all()):
        return Estimate(value, np.nan, np.nan)
    largest = float(np.abs(projected).max()) or 1.0  # squares of what is left neither over- nor underflow
    variance, tau, _ = _variance_of_mean(projected / largest)
    return Estimate(value, largest * float(np.sqrt(variance)), tau)


def integrated_time(series: ArrayLike) -> tuple[float, float]:
    """(tau, its standard error) of a series (replicas, n) or (n,), tau = 1/2 + sum rho(t); constant series: (1/2, 0).

    The Gamma method with automatic windowing: Wolff, Comput. Phys. Commun. 156, 143 (2004), eqs. 31, 42, 50 to 52.
    The mean over all replicas is subtracted. Raises InputError for values that are not finite or fewer than 4 steps.
    """
    return _variance_of_mean(_chains(series))[1:]


def split_r_hat(series: ArrayLike) -> float:
    """R-hat of the halves of all chains (replicas, n): near 1 where they agree, 1.1 and more where they do not.

    Gelman et al., Bayesian Data Analysis, 3rd edition, section 11.4. The middle step of an odd n is left out. 1 for
    constant series, infinity where every half is constant but not the same. Raises InputError as `integrated_time`.
    """
    chains = _chains(series)
    half = chains.shape[1] // 2
    halves = np.concatenate([chains[:, :half], chains[:, -half:]])
    if np.ptp(halves) == 0:
        return 1.0
    within = halves.var(axis=1, ddof=1).mean() if np.ptp(halves, axis=1).any() else 0.0
    between = halves.mean(axis=1).var(ddof=1)  # BDA's B / n
    return float(np.sqrt((half - 1) / half + between / within)) if within > 0 else np.inf


def _chains(series: ArrayLike) -> Series:
    """The series as (replicas, n), checked."""
    chains = np.asarray(series, np.float64)
    if chains.ndim not in (1, 2) or chains.shape[-1] < MIN_LENGTH or chains.size == 0:
        raise InputError("series (shape)", chains.shape, f"(replicas, n) or (n,) with n from {MIN_LENGTH}")
    if not np.isfinite(chains).all():
        raise InputError("series", float(chains[~np.isfinite(chains)][0]), "a series of finite numbers")
    return np.atleast_2d(chains)


def _autocovariance(chains: Series) -> Series:
    """Gamma(t) for t = 0 to n - 1 about the mean of all replicas, every pair within a replica counted (eq. 31)."""
    replicas, n = chains.shape
    deviations = chains - chains.mean()
    points = 1 << int(2 * n - 1).bit_length()  # zero padding: no pair wraps around
    power = np.zeros(points // 2 + 1)
    rows = max(FFT_POINTS // points, 1)
    for first in range(0, replicas, rows):
        spectrum = np.fft.rfft(deviations[first : first + rows], points)
        power += (spectrum.real**2 + spectrum.imag**2).sum(0)
    return np.fft.irfft(power, points)[:n] / (replicas * (n - np.arange(n)))


def _variance_of_mean(chains: Series) -> tuple[float, float, float]:
    """(squared error of the mean, tau, error of tau).

    A window that does not close within half a chain means chains of a few tau: then the spread of the replicas' own
    means gives the error, which needs no window. A sum that is not positive (anti-correlated steps, few of them) counts
    as tau = 1/2.
    """
    replicas, n = chains.shape
    total = chains.size
    if np.ptp(chains) == 0:
        return 0.0, 0.5, 0.0
    gamma = _autocovariance(chains)[: n // 2 + 1]
    lags = np.arange(1, len(gamma))
    excess = np.cumsum(gamma[1:]) / gamma[0]  # tau(W) - 1/2
    positive = np.maximum(excess, 1e-12)
    scale = STRETCH / np.log1p(1 / positive)
    open_window = np.exp(-lags / scale) - scale / np.sqrt(lags * total) >= 0  # eqs. 51 and 52
    closed = not open_window.all()
    window = int(lags[np.argmin(open_window)]) if closed else int(lags[-1])
    if not closed and replicas > 1:
        summed = n * float(chains.mean(axis=1).var(ddof=1))
        tau = summed / (2 * gamma[0])
        return summed / total, tau, tau * float(np.sqrt(2 / (replicas - 1)))
    summed = gamma[0] * (1 + 2 * excess[window - 1])
    if summed <= 0:
        return gamma[0] / total, 0.5, float(np.sqrt(window / total))
    variance = summed * (1 + (2 * window + 1) / total)  # the mean was fitted to the same data: eq. 49
    tau = variance / (2 * (gamma[0] + summed / total))
    error = 2 * tau * np.sqrt(max(window + 0.5 - tau, 0.5) / total)  # eq. 42
    return variance / total, float(tau), float(error)
