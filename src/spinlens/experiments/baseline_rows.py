"""Rows of a table that need no network: the Bayes classifier, thresholds on one number, the pseudo-likelihood.

The energy of an image at its own value of another variable than the temperature holds that value, so its thresholds are
on the statistic (`physics.control`), which the spins alone give; and the pseudo-likelihood is that of temperatures.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.read import Snapshots, read_recipe, read_splits
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.experiments.ceiling import ceiling, lacks_ceiling
from spinlens.metrics.baselines import learn_thresholds, pseudo_likelihood_temperature
from spinlens.metrics.ceiling import Ceiling
from spinlens.metrics.scores import Scores, score
from spinlens.physics.control import TEMPERATURE
from spinlens.physics.order import order_parameter


def split_ceiling(recipe: Recipe, split: str) -> Ceiling | None:
    """The ceiling for classes in the proportions of a split; None where none is known, as out of equilibrium."""
    if lacks_ceiling(recipe):
        return None
    shares = recipe.counts.model_copy(update={SPLITS[2]: getattr(recipe.counts, split)})
    return ceiling(recipe.system.system(), recipe.model_copy(update={"counts": shares}), recipe.seed)


def baselines(
    data: Path, split: str = SPLITS[2], read: tuple[Snapshots, Snapshots] | None = None
) -> dict[str, tuple[str, Scores]]:
    """{row: (tier, scores)} on a split of everything that needs no network. read: train and the split, where known."""
    recipe = read_recipe(data)
    train_split, test = read or read_splits(data, SPLITS[0], split)
    count = len(recipe.classes.names)

    def thresholds(feature: Callable[[Snapshots], Any]) -> Scores:
        cuts = learn_thresholds(feature(train_split), train_split.label)
        return score(test.label, np.digitize(feature(test), cuts), count)

    rows = {}
    if bound := split_ceiling(recipe, split):
        name = "bayes-worldlines" if bound.is_bound else "bayes-classifier"
        rows[name] = ("none", score(test.label, bound.classify(test.statistic), count))
    if recipe.classes.variable != TEMPERATURE:  # either number may rise or fall with the variable
        order = partial(_rising, train_split, lambda s: order_parameter(s.system, s.spins))
        name = "statistic-thresholds" if test.kinks is None else "kink-thresholds"
        return rows | {
            name: ("A", thresholds(partial(_rising, train_split, lambda s: s.statistic))),
            "magnetization-thresholds": ("A", thresholds(order)),
        }
    rows |= {
        "energy-thresholds": ("A", thresholds(lambda s: s.energy)),
        "magnetization-thresholds": ("A", thresholds(lambda s: -order_parameter(s.system, s.spins))),
    }
    if test.kinks is not None:  # the pseudo-likelihood is that of classical weights
        return rows
    temperature = pseudo_likelihood_temperature(test.system, test.spins)
    return rows | {
        "pseudo-likelihood": ("none", score(test.label, recipe.classes.label(temperature), count)),
    }


def _rising(
    train: Snapshots, feature: Callable[[Snapshots], NDArray[np.float64]], snapshots: Snapshots
) -> NDArray[np.float64]:
    """The feature (n,), turned where it falls with the class in the training split."""
    falls = np.cov(feature(train), train.label)[0, 1] < 0
    return -feature(snapshots) if falls else feature(snapshots)
