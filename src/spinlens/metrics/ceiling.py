"""The ceiling: the scores of the Bayes classifier built on p(E | T), and the exact posterior behind it.

At equilibrium p(s | T) = exp(-E(s) / T) / Z(T), so the energy is a sufficient statistic for T: whatever a model
computes from the spins, it knows no more about T than E tells, and none is more accurate than the Bayes classifier. Its
macro F1 is the yardstick; decisions tuned for macro F1 itself could gain some 1e-5 on it.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

from spinlens.data.recipe import Counts, Recipe
from spinlens.metrics.scores import Scores, expected_score
from spinlens.physics.boltzmann import boltzmann

EXACT = "exact p(E|T)"
SIMULATED = "p(E|T) by multi-histogram reweighting of simulated energies"


@dataclass(frozen=True)
class Ceiling:
    """The Bayes classifier's scores. It maximises accuracy; macro_f1 is the macro F1 that it has.

    error: of macro_f1, one standard error. f1: per class. information: I(class; E) in nats, all that a snapshot holds
    about its class. scores: the expected confusion as shares of all images. levels (k,), joint (classes, k): the
    energies and p(class, E), without levels too rare for a float.
    """

    macro_f1: float
    error: float
    accuracy: float
    f1: dict[str, float]
    information: float
    method: str
    scores: Scores = field(repr=False)
    levels: NDArray[np.float64] = field(repr=False)
    joint: NDArray[np.float64] = field(repr=False)

    @property
    def prior(self) -> NDArray[np.float64]:
        """The classes' shares (classes,) of all images: the test proportions."""
        return self.joint.sum(1)

    def posterior(self, energies: NDArray[np.float64]) -> NDArray[np.float64]:
        """p(class | E) (count, classes) of energies (count,), equal to p(class | spins) at equilibrium."""
        joint = self.joint.T[self._nearest(energies)]
        return joint / joint.sum(1, keepdims=True)

    def classify(self, energies: NDArray[np.float64]) -> NDArray[np.int64]:
        """The Bayes classifier's class of each energy (count,)."""
        return self.joint.argmax(0)[self._nearest(energies)]

    def _nearest(self, energies: NDArray[np.float64]) -> NDArray[np.int64]:
        right = np.clip(np.searchsorted(self.levels, energies), 1, len(self.levels) - 1)
        left_is_nearer = energies - self.levels[right - 1] < self.levels[right] - energies
        return right - left_is_nearer


def compute_ceiling(levels: NDArray[np.float64], estimates: NDArray[np.float64], recipe: Recipe) -> Ceiling:
    """The ceiling for the classes of a recipe in its test proportions.

    levels (k,): energies, ascending. estimates (1 + blocks, k): the logarithms of their numbers of states up to a
    constant; from row 1 on those of independent blocks, for the standard error of macro_f1, none where they are exact.
    """
    joint = _joint(levels, estimates[0], recipe)
    error, method = 0.0, EXACT
    if len(estimates) > 1:
        blocks = [_expected(_joint(levels, block, recipe)).macro_f1 for block in estimates[1:]]
        error, method = float(np.std(blocks, ddof=1) / np.sqrt(len(blocks))), SIMULATED
    possible = joint.sum(0) > 0  # elsewhere there is no posterior; the nearest possible energy stands in
    levels, joint = levels[possible], joint[:, possible]
    for array in (levels, joint):
        array.setflags(write=False)  # whoever asks next gets the same ones
    scores = _expected(joint)
    f1 = dict(zip(recipe.classes.names, scores.f1.tolist(), strict=True))
    held = float(joint.sum(0) @ rel_entr(joint / joint.sum(0), joint.sum(1, keepdims=True)).sum(0))
    return Ceiling(scores.macro_f1, error, scores.accuracy, f1, held, method, scores, levels, joint)


def _joint(levels: NDArray[np.float64], log_counts: NDArray[np.float64], recipe: Recipe) -> NDArray[np.float64]:
    """p(class, E) (classes, levels) for classes drawn in test proportions, uniform on their grids."""
    counts: Counts = recipe.counts
    prior = np.array(counts.test, np.float64) / sum(counts.test)
    joint = np.zeros((len(prior), len(levels)))
    for k, p in enumerate(prior):
        temperatures = recipe.classes.temperatures(k)
        for t in temperatures:
            joint[k] += p / len(temperatures) * boltzmann(levels, float(t), log_counts)
    return joint


def _expected(joint: NDArray[np.float64]) -> Scores:
    """The Bayes classifier's scores in expectation."""
    return expected_score(joint.T, joint.argmax(0))
