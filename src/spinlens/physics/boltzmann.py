"""Boltzmann's weights of energy levels, with the limits of zero and infinite temperature."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import logsumexp

from spinlens.errors import InputError


def boltzmann(energies: ArrayLike, temperature: ArrayLike, log_counts: ArrayLike = 0.0) -> NDArray[np.float64]:
    """Probabilities of energy levels at equilibrium; T = 0 and infinity are the limits.

    energies: (k,). temperature: one number, or an array (...), in the unit of the energies. log_counts: (k,), the
    logarithms of the levels' numbers of states, -inf for none. Returns (..., k). Raises InputError for a temperature
    that is not a number from 0 to infinity.

    >>> boltzmann([0.0, 1.0], [0.0, np.inf]).tolist()
    [[1.0, 0.0], [0.5, 0.5]]
    """
    t, above = check_temperature(temperature), _above_ground(energies, log_counts)
    weights = np.asarray(log_counts, np.float64) - divide(above, t[..., None])
    return np.exp(weights - logsumexp(weights, axis=-1, keepdims=True))


def check_temperature(temperature: ArrayLike) -> NDArray[np.float64]:
    """The temperatures as floats, of any shape. Raises InputError unless all are numbers from 0 to infinity."""
    try:
        t = np.asarray(temperature)
    except ValueError:  # rows of different lengths
        t = np.empty(0, object)
    if t.dtype.kind not in "iuf":
        raise InputError("temperature", temperature, "a number from 0 to infinity, or an array of such")
    t = t.astype(np.float64)
    if not (t >= 0).all():
        raise InputError("temperature", float(t[~(t >= 0)].flat[0]), "a number from 0 to infinity")
    return np.asarray(t + 0.0)  # -0.0 is 0, but 1 / -0.0 is not 1 / 0


def _above_ground(energies: ArrayLike, log_counts: ArrayLike) -> NDArray[np.float64]:
    """(k,): energies from that of the ground state, infinity for levels without states."""
    levels = np.asarray(energies, np.float64)
    exists = np.isfinite(np.broadcast_to(log_counts, levels.shape))
    return np.where(exists, levels - levels[exists].min(), np.inf)


def divide(above: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
    """(E - E_0) / T, 0 for the ground state at T = 0 too, infinity for levels without states at T = infinity too."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(np.isposinf(above), np.inf, np.where(above == 0, 0.0, above / t))
