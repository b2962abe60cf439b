"""Rows of a table that need no network: the Bayes classifier, thresholds on one number, the pseudo-likelihood."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from spinlens.data.read import Snapshots, read_recipe, read_splits
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.experiments.ceiling import ceiling
from spinlens.metrics.baselines import learn_thresholds, pseudo_likelihood_temperature
from spinlens.metrics.ceiling import Ceiling
from spinlens.metrics.scores import Scores, score
from spinlens.physics.order import order_parameter


def split_ceiling(recipe: Recipe, split: str) -> Ceiling | None:
    """The ceiling for classes in the proportions of a split; None out of equilibrium, where none is known."""
    if recipe.protocol != "equilibrium":
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

    temperature = pseudo_likelihood_temperature(test.system, test.spins)
    bayes = {}
    if bound := split_ceiling(recipe, split):
        bayes["bayes-classifier"] = ("none", score(test.label, bound.classify(test.energy), count))
    return bayes | {
        "energy-thresholds": ("A", thresholds(lambda s: s.energy)),
        "magnetization-thresholds": ("A", thresholds(lambda s: -order_parameter(s.system, s.spins))),
        "pseudo-likelihood": ("none", score(test.label, recipe.classes.label(temperature), count)),
    }
