"""The ceiling: the scores of the Bayes classifier built on p(E | T).

At equilibrium p(s | T) = exp(-E(s) / T) / Z(T), so the energy is a sufficient statistic for T: whatever a model
computes from the spins, it knows no more about T than E tells, and none is more accurate than the Bayes classifier. Its
macro F1 is the yardstick; decisions tuned for macro F1 itself could gain some 1e-5 on it.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spinlens.data.energies import estimated_density_of_states
from spinlens.data.recipe import Counts, Recipe
from spinlens.learning.evaluation import Scores
from spinlens.physics.exact import boltzmann, density_of_states, is_solved
from spinlens.physics.systems import System

EXACT = "exact p(E|T)"
SIMULATED = "p(E|T) by multi-histogram reweighting of simulated energies"


@dataclass(frozen=True)
class Ceiling:
    """The Bayes classifier's scores. It maximises accuracy; macro_f1 is the macro F1 that it has.

    error: of macro_f1, one standard error. f1: per class. scores: its expected confusion as shares of all images.
    levels (k,), decision (k,): the energies and the class it chooses at each.
    """

    macro_f1: float
    error: float
    accuracy: float
    f1: dict[str, float]
    method: str
    scores: Scores
    levels: NDArray[np.float64]
    decision: NDArray[np.int64]

    def classify(self, energies: NDArray[np.float64]) -> NDArray[np.int64]:
        """The Bayes classifier's class of each energy (count,)."""
        right = np.clip(np.searchsorted(self.levels, energies), 1, len(self.levels) - 1)
        left_is_nearer = energies - self.levels[right - 1] < self.levels[right] - energies
        return self.decision[right - left_is_nearer]


@lru_cache(maxsize=16)
def ceiling(system: System, recipe: Recipe | None = None, seed: int = 0) -> Ceiling:
    """The ceiling of a system for the classes of a recipe (the paper's by default) in its test proportions.

    Exact where `exact.is_solved`; elsewhere from simulated energies, with the standard error over independent blocks.
    """
    recipe = recipe or Recipe()
    if is_solved(system):
        levels, log_counts = density_of_states(system)
        scores, decision = _bayes(levels, log_counts, recipe)
        error, method = 0.0, EXACT
    else:
        levels, estimates = estimated_density_of_states(system, recipe.classes.grid(), seed)
        scores, decision = _bayes(levels, estimates[0], recipe)
        blocks = [_bayes(levels, block, recipe)[0].macro_f1 for block in estimates[1:]]
        error, method = float(np.std(blocks, ddof=1) / np.sqrt(len(blocks))), SIMULATED
    f1 = dict(zip(recipe.classes.names, scores.f1.tolist(), strict=True))
    return Ceiling(scores.macro_f1, error, scores.accuracy, f1, method, scores, levels, decision)


def _bayes(
    levels: NDArray[np.float64], log_counts: NDArray[np.float64], recipe: Recipe
) -> tuple[Scores, NDArray[np.int64]]:
    """(expected scores, decision at each level) for classes drawn in test proportions, uniform on their grids."""
    counts: Counts = recipe.counts
    prior = np.array(counts.test, np.float64) / sum(counts.test)
    joint = np.zeros((len(prior), len(levels)))
    for k, p in enumerate(prior):
        temperatures = recipe.classes.temperatures(k)
        for t in temperatures:
            joint[k] += p / len(temperatures) * boltzmann(levels, float(t), log_counts)
    decision = joint.argmax(0)
    confusion = np.stack([joint[:, decision == k].sum(1) for k in range(len(prior))], 1)
    return Scores(confusion), decision
