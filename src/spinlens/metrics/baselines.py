"""What needs no network: thresholds on one number, and the temperature of greatest pseudo-likelihood."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import expit

from spinlens.physics.models.ising import require_ising
from spinlens.physics.systems import System


def learn_thresholds(feature: ArrayLike, label: ArrayLike) -> NDArray[np.float64]:
    """(classes - 1,) cuts of a feature that rises with the class, each with the fewest training errors.

    A cut between classes k and k + 1 looks at all images of classes up to k against all above; among equally good
    cuts it takes the middle of the widest gap.
    """
    order = np.argsort(feature, kind="stable")
    x, y = np.asarray(feature, np.float64)[order], np.asarray(label)[order]
    cuts = []
    for k in range(int(y.max())):
        above = y > k
        errors = np.concatenate([[0], np.cumsum(above)]) + np.concatenate([np.cumsum(~above[::-1])[::-1], [0]])
        edges = np.concatenate([[x[0] - 1], x, [x[-1] + 1]])
        gaps = np.diff(edges)  # gaps[i]: between the i lowest images and the others
        errors = np.where(gaps > 0, errors, len(x) + 1)
        best = np.flatnonzero(errors == errors.min())
        widest = best[np.argmax(gaps[best])]
        cuts.append((edges[widest] + edges[widest + 1]) / 2)
    return np.maximum.accumulate(cuts)


def pseudo_likelihood_temperature(system: System, spins: NDArray[np.int8]) -> NDArray[np.float64]:
    """(count,) temperatures of greatest pseudo-likelihood of snapshots (count, m, n); needs no training.

    The pseudo-likelihood is the product over free sites of p(s_i | its neighbours) = 1 / (1 + exp(2 h_i s_i / -T))
    with the local field h_i = J sum_j s_j + B (Besag, J. R. Stat. Soc. B 36, 192 (1974)).
    """
    model, neighbour, sign = require_ising(system.model), system.bonds.neighbour, system.bonds.sign
    flat = spins.reshape(len(spins), -1).astype(np.int64)
    temperatures = []
    for s in flat:
        aligned = s * (model.J * (s[neighbour] * sign).sum(1) + model.B)
        levels, counts = np.unique(aligned[system.free_sites], return_counts=True)
        temperatures.append(_best_temperature(levels, counts, 20 / system.model.scale))
    return np.array(temperatures)


def _best_temperature(levels: NDArray[np.float64], counts: NDArray[np.int64], beta_max: float) -> float:
    """1 / beta where sum counts * levels * expit(-2 beta levels) = 0, which falls with beta; 0 beyond beta_max."""

    def slope(beta: float) -> float:
        return float(counts @ (levels * expit(-2 * beta * levels)))

    if slope(0.0) <= 0:
        return float("inf")
    return 0.0 if slope(beta_max) >= 0 else 1 / brentq(slope, 0.0, beta_max)
