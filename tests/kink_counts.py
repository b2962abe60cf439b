"""p(kinks | gamma) of small quantum systems, from Z at complex gamma: an independent reference."""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import expm

from spinlens.data.recipe import Recipe, parse_recipe
from spinlens.physics.catalogue import get_system
from spinlens.physics.exact.hamiltonian import spin_bonds

T, MOST = 0.5, 127  # kinks; more are as rare as 1e-20 here
CLASSES = {
    "variable": "gamma",
    "names": ["low", "middle", "high"],
    "edges": [0.0, 0.6, 1.2, 1.8],
    "step": 0.2,
}


def gamma_recipe(name: str = "tfim-chain", size: int = 4, **changes: object) -> Recipe:
    """Three classes of gamma at T = 0.5."""
    counts = {"train": [60, 60, 60], "validation": [20, 20, 20], "test": [40, 40, 40]}
    system = {"name": name, "size": size}
    return parse_recipe({"system": system, "temperature": T, "classes": CLASSES, "counts": counts, "seed": 7} | changes)


def weigh_kinks(name: str, size: int, radius: float = 1.0) -> NDArray[np.float64]:
    """(MOST + 1,): weights g_k, Z(gamma) = sum_k g_k gamma^k, times radius^k: coefficients by a contour integral."""
    system = get_system(name, size)
    n = system.lattice.spins
    up = 1 - 2 * ((np.arange(1 << n)[:, None] >> np.arange(n)) & 1)
    diagonal = np.zeros(1 << n)
    for i, j, strength in zip(*spin_bonds(system), strict=True):
        diagonal -= strength * up[:, i] * up[:, j]
    flips = np.zeros((1 << n, 1 << n))
    for i in range(n):
        flips[np.arange(1 << n), np.arange(1 << n) ^ (1 << i)] = 1
    circle = radius * np.exp(2j * np.pi * np.arange(MOST + 1) / (MOST + 1))
    z = np.array([np.trace(expm(-(np.diag(diagonal) - gamma * flips) / T)) for gamma in circle])
    return np.fft.fft(z).real / (MOST + 1)


def kink_probabilities(name: str, size: int, gamma: float) -> NDArray[np.float64]:
    """(MOST + 1,): p(kinks | gamma)."""
    if gamma == 0:
        return np.eye(MOST + 1)[0]
    weights = weigh_kinks(name, size, gamma)
    return np.clip(weights, 0, None) / weights.sum()
