"""What needs no network: thresholds on one number, and the temperature of greatest pseudo-likelihood."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq
from scipy.special import softmax

from spinlens.physics.local_angles import rotor_environments
from spinlens.physics.local_energies import count_environments
from spinlens.physics.states import is_continuous
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


def pseudo_likelihood_temperature(system: System, spins: NDArray[Any]) -> NDArray[np.float64]:
    """(count,) temperatures of greatest pseudo-likelihood of snapshots (count, m, n); needs no training.

    The pseudo-likelihood is the product over free sites of p(s_i | its neighbours) = exp(-E / T) / sum_k exp(-E_k / T),
    E_k what the site's state k costs there (Besag, J. R. Stat. Soc. B 36, 192 (1974)).
    """
    temperatures = []
    most = 20 / system.model.scale
    for state in spins:
        if is_continuous(system.model.space):
            temperatures.append(_root(_rotor_slope(system, state), most))
            continue
        excess, counts = count_environments(system, state[None], system.free_sites)
        temperatures.append(_best_temperature(excess, counts[0], most))
    return np.array(temperatures)


def _best_temperature(excess: NDArray[np.float64], counts: NDArray[np.int64], beta_max: float) -> float:
    """1 / beta at the greatest pseudo-likelihood, whose slope falls with beta; 0 beyond beta_max, infinity below 0."""

    def slope(beta: float) -> float:
        return float(counts @ (softmax(-beta * excess, axis=-1) * excess).sum(-1))

    return _root(slope, beta_max)


def _rotor_slope(system: System, state: NDArray[Any]) -> Callable[[float], float]:
    environments = rotor_environments(system, state[None], system.free_sites)
    return lambda beta: float(environments.slope(np.array([beta]))[0])


def _root(slope: Callable[[float], float], beta_max: float) -> float:
    if slope(0.0) <= 0:
        return float("inf")
    return 0.0 if slope(beta_max) >= 0 else 1 / brentq(slope, 0.0, beta_max)
