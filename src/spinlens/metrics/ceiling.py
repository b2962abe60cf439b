"""The ceiling: the greatest macro F1 and the greatest accuracy on p(E | T), and the exact posterior behind them.

At equilibrium p(s | T) = exp(-E(s) / T) / Z(T), so the energy is a sufficient statistic for T: whatever a model
computes from the spins, its scores on the whole population are those of a rule on the energy. Where classes are of a
parameter p in which the energy is linear, p(s | p) = exp(-(H_0(s) + p X(s)) / T) / Z(p) at their one temperature T, and
the same holds for X = dH/dp (`physics.control`): read X for "energy" below. The Bayes classifier has the greatest
accuracy; the rule of greatest macro F1 (`maximise_macro_f1`) gives up accuracy where classes overlap: at
100 x 100 the two macro F1 differ by some 1e-5, at 4 x 4 by 0.1.

Where a data set's column holds X, as the kinks of worldlines, X is sufficient given more than the spins. What a model
computes from the spins is then a rule on less: the ceiling is an upper bound that no model need reach.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import rel_entr

from spinlens.data.recipe import Counts, Recipe
from spinlens.metrics.best_f1 import maximise_macro_f1
from spinlens.metrics.scores import Scores, expected_score
from spinlens.physics.boltzmann import boltzmann
from spinlens.physics.control import TEMPERATURE

EXACT = "exact p(E|T)"
SIMULATED = "p(E|T) by multi-histogram reweighting of simulated energies"


@dataclass(frozen=True)
class Ceiling:
    """The greatest expected macro F1 and accuracy of all classifiers: each has a rule of its own.

    macro_f1, f1 (per class), scores: of the rule of greatest macro F1; error: of macro_f1, one standard error.
    accuracy, bayes: of the Bayes classifier, which has the greatest accuracy. information: I(class; E) in nats, all
    that a snapshot holds about its class. scores, bayes: expected confusions as shares of all images. levels (k,),
    joint (classes, k): the energies and p(class, E), without levels too rare for a float. shares (classes, k): of each
    energy the part that the rule of greatest macro F1 gives to each class. is_bound: whether E is not among what a
    model sees, so that all scores are upper bounds.
    """

    macro_f1: float
    error: float
    accuracy: float
    f1: dict[str, float]
    information: float
    method: str
    scores: Scores = field(repr=False)
    bayes: Scores = field(repr=False)
    levels: NDArray[np.float64] = field(repr=False)
    joint: NDArray[np.float64] = field(repr=False)
    shares: NDArray[np.float64] = field(repr=False)
    is_bound: bool = False

    @property
    def prior(self) -> NDArray[np.float64]:
        """The classes' shares (classes,) of all images: the test proportions."""
        return self.joint.sum(1)

    def posterior(self, statistic: NDArray[np.float64]) -> NDArray[np.float64]:
        """p(class | E) (count, classes) of energies (count,), equal to p(class | spins) at equilibrium."""
        joint = self.joint.T[self._nearest(statistic)]
        return joint / joint.sum(1, keepdims=True)

    def classify(self, statistic: NDArray[np.float64]) -> NDArray[np.int64]:
        """The Bayes classifier's class of each energy (count,)."""
        return self.joint.argmax(0)[self._nearest(statistic)]

    def _nearest(self, statistic: NDArray[np.float64]) -> NDArray[np.int64]:
        right = np.clip(np.searchsorted(self.levels, statistic), 1, len(self.levels) - 1)
        left_is_nearer = statistic - self.levels[right - 1] < self.levels[right] - statistic
        return right - left_is_nearer


def compute_ceiling(levels: NDArray[np.float64], estimates: NDArray[np.float64], recipe: Recipe) -> Ceiling:
    """The ceiling for the classes of a recipe in its test proportions.

    levels (k,): energies, ascending. estimates (1 + blocks, k): the logarithms of their numbers of states up to a
    constant; from row 1 on those of independent blocks, for the standard error of macro_f1, none where they are exact.
    Of a statistic other than the energy: its values and their densities (`estimated_density_of_states`).
    """
    joint = _joint(levels, estimates[0], recipe)
    shares = maximise_macro_f1(joint)
    error, (exact, simulated) = 0.0, _methods(recipe)
    method = exact
    if len(estimates) > 1:  # the same rule in each block: at a maximum a better one for the block adds second order
        blocks = [Scores(_joint(levels, block, recipe) @ shares.T).macro_f1 for block in estimates[1:]]
        error, method = float(np.std(blocks, ddof=1) / np.sqrt(len(blocks))), simulated
    possible = joint.sum(0) > 0  # elsewhere there is no posterior; the nearest possible energy stands in
    levels, joint, shares = levels[possible], joint[:, possible], shares[:, possible]
    for array in (levels, joint, shares):
        array.setflags(write=False)  # whoever asks next gets the same ones
    scores, bayes = Scores(joint @ shares.T), expected_score(joint.T, joint.argmax(0))
    f1 = dict(zip(recipe.classes.names, scores.f1.tolist(), strict=True))
    held = float(joint.sum(0) @ rel_entr(joint / joint.sum(0), joint.sum(1, keepdims=True)).sum(0))
    bound = bool(recipe.control().column)
    accuracy = bayes.accuracy
    return Ceiling(scores.macro_f1, error, accuracy, f1, held, method, scores, bayes, levels, joint, shares, bound)


def _joint(levels: NDArray[np.float64], log_counts: NDArray[np.float64], recipe: Recipe) -> NDArray[np.float64]:
    """p(class, E) (classes, levels) for classes drawn in test proportions, uniform on their grids."""
    counts: Counts = recipe.counts
    prior, control = np.array(counts.test, np.float64) / sum(counts.test), recipe.control()
    joint = np.zeros((len(prior), len(levels)))
    for k, p in enumerate(prior):
        conjugate = control.conjugate(recipe.classes.values(k))
        for c in conjugate:
            joint[k] += p / len(conjugate) * boltzmann(levels, float(c), log_counts)
    return joint


def _methods(recipe: Recipe) -> tuple[str, str]:
    """What the method of an exact ceiling and that of a simulated one are called."""
    control = recipe.control()
    if control.name == TEMPERATURE:
        return EXACT, SIMULATED
    law = f"p({control.statistic_name}|{control.name})"
    if control.column:
        law = f"{law}, of the worldlines,"
    return f"exact {law}", f"{law} by multi-histogram reweighting of simulated {control.statistic_name}"
