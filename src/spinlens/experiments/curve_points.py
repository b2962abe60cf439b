"""The points of a sample efficiency curve: a data set a trial, and one score a network and number of labels."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np

from spinlens.data.read import read_split, read_splits
from spinlens.data.recipe import Recipe
from spinlens.experiments.curve_plan import Curve
from spinlens.experiments.jobs import Note
from spinlens.experiments.kept import Kept, proven, trained
from spinlens.learning.classifier import load_classifier
from spinlens.learning.shipped import starting_weights
from spinlens.learning.subset import first
from spinlens.metrics.baselines import learn_thresholds
from spinlens.metrics.scores import Scores, score


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
        train_split, test = read_splits(self.folder, "train", "test")
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
