"""The points of a sample efficiency curve: a data set a trial, and one score a network and number of labels."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from spinlens.data.read import read_split
from spinlens.data.recipe import Counts, Recipe, parse_recipe
from spinlens.learning.baselines import learn_thresholds
from spinlens.learning.classifier import load_classifier
from spinlens.learning.evaluation import Scores, score
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.shipped import starting_weights
from spinlens.learning.training import first
from spinlens.report.jobs import Note
from spinlens.report.kept import Kept, proven, trained

LABELS = (20, 50, 100, 200, 600, 2000, 5000)
PAPER = Counts()
FIRST_SEED = 2000  # of the data sets: none that `reproduce` uses


@dataclass(frozen=True)
class Curve:
    """Networks, {name: (tier, recipe for the paper's 600 labels)}, each trained on every number of labels, ascending.

    recipe: system, classes, and the proportions of the counts. test_times: test images for each of the recipe's; with
    10 times the paper's the error of a score is a third of the paper's.
    """

    recipe: Recipe
    networks: dict[str, tuple[str, TrainingRecipe]]
    labels: tuple[int, ...] = LABELS
    trials: int = 3
    test_times: int = 10

    def data(self, trial: int) -> Recipe:
        """The data set of a trial: training labels for the largest number, all in the recipe's proportions."""
        most, given = max(self.labels), self.recipe.counts
        share = np.array(given.train)
        train_counts = np.maximum(np.round(most * share / share.sum()).astype(int), 1)
        train_counts[share.argmax()] += most - train_counts.sum()  # what rounding lost or added
        test = [self.test_times * count for count in given.test]
        counts = {"train": train_counts.tolist(), "validation": given.validation, "test": test}
        seed = FIRST_SEED + self.recipe.seed + trial
        return parse_recipe(self.recipe.model_dump() | {"counts": counts, "seed": seed})

    def training(self, name: str, labels: int, trial: int) -> TrainingRecipe:
        """The recipe of a network with so many labels: `budget` of epochs, a seed for every trial."""
        _, recipe = self.networks[name]
        epochs = budget(recipe, labels)
        patience = recipe.patience and max(1, round(recipe.patience * epochs / max(recipe.epochs, 1)))
        return recipe.model_copy(update={"labels": labels, "epochs": epochs, "patience": patience, "seed": trial})


def budget(recipe: TrainingRecipe, labels: int) -> int:
    """Epochs that make as many steps of the optimiser as the recipe makes with 600 labels, and never fewer epochs."""
    steps = recipe.epochs * math.ceil(sum(PAPER.train) / recipe.batch_size)
    return max(round(steps / math.ceil(labels / recipe.batch_size)), recipe.epochs)


@dataclass(frozen=True)
class Trial:
    """One data set of a curve and what is learnt on it, in the folder `out`."""

    curve: Curve
    out: Path
    number: int

    @cached_property
    def recipe(self) -> Recipe:
        """What the data set depends on."""
        return self.curve.data(self.number)

    @property
    def folder(self) -> Path:
        """Its data set; another largest number of labels makes another one."""
        return self.out / "data" / f"{self.number}-{max(self.curve.labels)}"

    def kept_thresholds(self) -> Kept:
        """Where `prepare` keeps its result."""
        asked = {"data": self.recipe.model_dump(mode="json"), "labels": list(self.curve.labels)}
        return Kept(self.out / "points" / f"{self.number}-energy-thresholds.json", asked)

    def kept_point(self, name: str, labels: int) -> Kept:
        """Where `point` keeps its result."""
        recipe = self.curve.training(name, labels, self.number)
        start = starting_weights(recipe.model, self.recipe.system.system())
        asked = {"data": self.recipe.model_dump(mode="json"), "training": recipe.model_dump(), "weights": start}
        return Kept(self.out / "points" / f"{self.number}-{quote(name, safe='')}-{labels}.json", asked)

    def prepare(self, note: Note) -> dict[str, Any]:
        """Build the data set, prove that it is at equilibrium, and score energy thresholds on it.

        Raises InputError where the proof fails.
        """
        detail = proven(self.recipe, self.folder, lambda share: note("simulating", 0.9 * share))
        train_split, test = (read_split(self.folder, split) for split in ("train", "test"))
        scores = {}
        for labels in self.curve.labels:
            used = first(train_split, labels)
            cuts = learn_thresholds(used.energy, used.label)
            scores[str(labels)] = _plain(
                score(test.label, np.digitize(test.energy, cuts), len(self.recipe.counts.train))
            )
        return self.kept_thresholds().write({"equilibrium": detail, "scores": scores})

    def point(self, name: str, labels: int, note: Note) -> dict[str, Any]:
        """Train a network on so many labels of the prepared data set and score it on all test images."""
        recipe, data = self.curve.training(name, labels, self.number), self.recipe
        kept = self.kept_point(name, labels)
        folder = self.out / "models" / kept.path.stem
        trained(recipe, self.folder, folder, lambda share: note(f"{labels} labels", 0.9 * share))
        test = read_split(self.folder, "test")
        predicted = load_classifier(folder).predict(test.spins).label
        return kept.write(_plain(score(test.label, predicted, len(data.counts.train))))


def _plain(scores: Scores) -> dict[str, Any]:
    return {"macro_f1": scores.macro_f1, "confusion": scores.confusion.tolist()}
