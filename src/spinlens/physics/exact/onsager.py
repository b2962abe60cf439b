"""The infinite square lattice, solved: energy, and spontaneous magnetization."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ellipk, ellipkm1

from spinlens.physics.boltzmann import check_temperature

CRITICAL_TEMPERATURE = 2 / np.log(1 + np.sqrt(2))
HOT = 0.02  # tanh(2 / T) below which the closed form loses digits


def onsager_energy(temperature: ArrayLike) -> NDArray[np.float64]:
    """Energy a site of the infinite lattice, J = 1. Onsager, Phys. Rev. 65, 117 (1944), eq. 112.

    temperature: one number, or an array (...), from 0 to infinity, both included as limits. Returns (...). Raises
    InputError for anything else.

    >>> onsager_energy([0.0, 1e9]).tolist()
    [-2.0, -2e-09]
    """
    t = check_temperature(temperature)
    with np.errstate(divide="ignore", over="ignore"):
        tanh = np.tanh(2 / t)
    w = 2 * tanh**2 - 1  # 0 at the critical point; the elliptic integral's modulus is 1 - w^2
    with np.errstate(invalid="ignore", divide="ignore"):
        singular = np.where(w == 0, 0.0, w * ellipkm1(w**2))
        energies = -(1 + 2 / np.pi * singular) / tanh
    # hot, the sum cancels: with m = 4 tanh^2 / cosh^2 and K = pi / 2 (1 + m / 4 + 9 m^2 / 64 + ...) it is done by hand
    m = 4 * tanh**2 * (1 - tanh**2)
    rest = np.where(tanh < HOT, _elliptic_rest(np.minimum(m, 4 * HOT**2)), 0.0)
    hot = -(4 / np.pi * tanh * ellipk(np.where(tanh < HOT, m, 0.0)) - 4 * tanh * (1 - tanh**2) * rest)
    return np.asarray(np.where(tanh < HOT, hot, energies) + 0.0)[()]  # -0.0 becomes 0


def _elliptic_rest(m: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2 K(m) / pi - 1) / m by its power series, for m below 0.002."""
    return 1 / 4 + m * (9 / 64 + m * (25 / 256 + m * (1225 / 16384 + m * 3969 / 65536)))


def onsager_magnetization(temperature: ArrayLike) -> NDArray[np.float64]:
    """Spontaneous |m| of the infinite lattice, J = 1. Yang, Phys. Rev. 85, 808 (1952), eq. 96.

    temperature: one number, or an array (...), from 0 to infinity. Returns (...). Raises InputError for anything else.
    """
    t = check_temperature(temperature)
    below = np.where(t < CRITICAL_TEMPERATURE, t, 1.0)
    with np.errstate(divide="ignore", over="ignore"):
        ordered = (1 - np.sinh(2 / below) ** -4.0) ** 0.125
    return np.asarray(np.where(t < CRITICAL_TEMPERATURE, ordered, 0.0))[()]
