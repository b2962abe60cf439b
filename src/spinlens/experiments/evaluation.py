"""Scores of a run, or of anybody's predictions, on a split of a data set: beside the ceiling and the baselines."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from spinlens.data.read import Snapshots, read_recipe, read_splits
from spinlens.data.recipe import SPLITS, Recipe, SystemRecipe
from spinlens.errors import LEARN, InputError
from spinlens.experiments.baseline_rows import baselines, split_ceiling
from spinlens.experiments.closeness import measures
from spinlens.metrics.ceiling import Ceiling
from spinlens.metrics.prediction_files import read_predictions
from spinlens.metrics.predictions import Predicted, check_predictions
from spinlens.metrics.scores import Scores, chance, gap, score
from spinlens.physics.systems import System

if TYPE_CHECKING:
    from spinlens.learning.classifier import Classifier

CHANCE = 1e-3  # less likely than this is no chance
ROUNDED = 1e-6  # a probability of 0 may be a smaller one, rounded as `predict` prints it


@dataclass(frozen=True)
class Evaluation:
    """Scores on one split.

    rows: "run" and "predictions", where given, then the baselines. ceiling: None out of equilibrium. sources: the path
    or name of what was given. closeness: its measures against the exact posterior, {"gap": ...} alone without
    probabilities; where a class that is possible got probability 0, "zero_for_class" (images whose class did) and
    "zero_for_possible" (images where any possible class did) stand in place of information and kl, which do not exist.
    reached: for rows above the ceiling, the probability that its rule scores as high on such a split, less two standard
    errors of a simulated ceiling.
    """

    recipe: Recipe
    split: str
    images: int
    names: tuple[str, ...]
    rows: dict[str, Scores]
    ceiling: Ceiling | None
    sources: dict[str, str] = field(default_factory=dict)
    closeness: dict[str, dict[str, float]] = field(default_factory=dict)
    reached: dict[str, float] = field(default_factory=dict)

    @property
    def sampling_error(self) -> float | None:
        """Standard deviation of macro F1, of the ceiling's rule, over test sets of these numbers of images a class."""
        if self.ceiling is None:
            return None
        expected, images = self.ceiling.scores.confusion, np.array(getattr(self.recipe.counts, self.split))
        return Scores(expected / expected.sum(1, keepdims=True) * images[:, None]).macro_f1_error

    def above_ceiling(self) -> dict[str, str]:
        """For each row above the ceiling one sentence: the reason, chance, or that it cannot be chance alone."""
        found = {}
        for name, p in self.reached.items():
            bound, own = self.ceiling.macro_f1 if self.ceiling else 0.0, self.rows[name].macro_f1
            begin, error = (
                f"{own:.4f} lies above the ceiling {bound:.4f} by",
                self.ceiling.error if self.ceiling else 0.0,
            )
            high = f"{own - 2 * error:.4f}, its score less two errors of the ceiling," if error else "as high"
            if p >= CHANCE:
                found[name] = (
                    f"{begin} chance: the ceiling's rule scores {high} on {p:.2g} of all test sets of {self.images} "
                    "images, and no classifier has a greater macro F1 on the whole population"
                )
            else:
                found[name] = (
                    f"{begin} more than chance allows (the ceiling's rule scores {high} on less than {CHANCE:.1%} "
                    f"of all test sets of {self.images} images): check the split for images or labels of the training"
                )
        return found

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values, for JSON. A standard error is None where none can be estimated."""
        bound = self.ceiling
        known = None
        if bound:
            known = {
                "macro_f1": bound.macro_f1,
                "standard_error": bound.error,
                "accuracy": bound.accuracy,
                "f1": bound.f1,
                "sampling_error": self.sampling_error,
                "method": bound.method,
            }
        return {
            "system": self.recipe.system.system().name,
            "size": list(self.recipe.system.system().lattice.shape),
            "split": self.split,
            "images": self.images,
            "classes": list(self.names),
            "ceiling": known,
            "rows": {name: self._row(name, scores) for name, scores in self.rows.items()},
        }

    def _row(self, name: str, scores: Scores) -> dict[str, Any]:
        errors = {"macro_f1_error": scores.macro_f1_error or None, "accuracy_error": scores.accuracy_error or None}
        row: dict[str, Any] = {"macro_f1": scores.macro_f1, "accuracy": scores.accuracy} | errors
        row |= {"f1": dict(zip(self.names, scores.f1.tolist(), strict=True))}
        row |= {"confusion": scores.confusion.astype(int).tolist()}
        if name in self.sources:
            row["source"] = self.sources[name]
        if name in self.closeness:
            row["beside_exact_posterior"] = self.closeness[name]
        if name in self.reached:
            row |= {"chance": self.reached[name], "above_ceiling": self.above_ceiling()[name]}
        return row


def evaluate(
    data: str | Path,
    run: str | Path | None = None,
    predictions: str | Path | ArrayLike | None = None,
    split: str = SPLITS[2],
) -> Evaluation:
    """Score a run, predictions of your own, or both on a split of a data set.

    data: a data set folder. run: what `load_classifier` takes. predictions: a file as `read_predictions` describes, or
    an array of class indices or names (images,) or of probabilities (images, classes), in the order of `read_split`.
    Raises InputError for a run of another system or other classes, and for predictions that do not fit the images.
    """
    if split not in SPLITS:
        raise InputError("split", split, f"one of {', '.join(SPLITS)}")
    data = Path(data)
    recipe = read_recipe(data)
    names, rows, sources = recipe.classes.names, dict[str, Predicted](), dict[str, str]()
    count, images = len(names), sum(getattr(recipe.counts, split))
    if isinstance(predictions, str | Path):
        rows["predictions"] = read_predictions(Path(predictions), names, images)
        sources["predictions"] = str(predictions)
    elif predictions is not None:
        rows["predictions"] = check_predictions(predictions, names, images)
    if run is None and not rows:
        raise InputError("run", "nothing", "a run, or predictions")
    classifier = _load(run, recipe) if run is not None else None  # after the cheap mistakes
    training, snapshots = read_splits(data, SPLITS[0], split)
    if classifier is not None:
        probability = classifier.predict(snapshots.spins).probability
        rows["run"], sources["run"] = Predicted(probability.argmax(1), probability), str(run)
    bound = split_ceiling(recipe, split)
    scores = {name: score(snapshots.label, row.label, count) for name, row in rows.items()}
    scores |= {name: result for name, (_, result) in baselines(data, split, (training, snapshots)).items()}
    closeness, reached = dict[str, dict[str, float]](), dict[str, float]()
    if bound:
        closeness = {name: _closeness(bound, snapshots, row) for name, row in rows.items()}
        drawn = getattr(recipe.counts, split)
        above = {name: row.macro_f1 for name, row in scores.items() if row.macro_f1 > bound.macro_f1}
        reached = {name: chance(bound.scores, drawn, f1 - 2 * bound.error) for name, f1 in above.items()}
    return Evaluation(recipe, split, len(snapshots.label), names, scores, bound, sources, closeness, reached)


def _closeness(bound: Ceiling, snapshots: Snapshots, row: Predicted) -> dict[str, float]:
    if row.probability is None:
        return {"gap": gap(bound.posterior(snapshots.statistic), row.label)}
    known = measures(bound, snapshots, row.probability, 1.0)
    own = row.probability[np.arange(len(snapshots.label)), snapshots.label]
    missed = np.where(row.probability == 0, bound.posterior(snapshots.statistic), 0.0).sum(1)
    if not (own == 0).any() and missed.mean() <= ROUNDED:
        return {key: known[key] for key in ("information", "kl", "ece", "gap")}
    zeros = {"zero_for_class": int((own == 0).sum()), "zero_for_possible": int((missed > ROUNDED).sum())}
    return zeros | {key: known[key] for key in ("ece", "gap")}


def _load(run: str | Path, data: Recipe) -> "Classifier":
    """The classifier of a run. Raises InputError where it has another system (but for its size) or other classes."""
    try:
        from spinlens.learning.classifier import load_classifier
    except ModuleNotFoundError as error:
        if error.name not in LEARN:
            raise
        hint = "pip install 'spinlens[learn]'"
        raise ImportError(f"to evaluate a run needs {error.name}: {hint}", name=error.name) from None
    from spinlens.learning.doubts import class_edges
    from spinlens.learning.provenance import class_variable, describe_variable, recorded_variable

    classifier = load_classifier(run, data.system.system())
    config, edges = classifier.model.config, list(data.classes.edges[1:-1])
    if (known := config.spinlens.get("system")) is not None:  # pre-trained ones know none
        _check_system(SystemRecipe.model_validate(known).system(), data.system.system())
    if classifier.names != data.classes.names:
        raise InputError("data (classes)", data.classes.names, f"{classifier.names}, as in the run")
    if (own := recorded_variable(config)) != (given := class_variable(data)):
        expected = f"{describe_variable(own)}, as in the run"
        raise InputError("data (variable of the classes)", describe_variable(given), expected)
    if (known_edges := class_edges(config) or edges) != edges:
        raise InputError("data (inner edges of the classes)", edges, f"{known_edges}, as in the run")
    return classifier


def _check_system(own: System, given: System) -> None:
    """Raises InputError for data of another system than the run's, but for its size, however the two are spelt."""
    if replace(own, lattice=given.lattice).physics == given.physics:
        return
    for name in ("J", "B"):
        wanted, found = getattr(own.model, name), getattr(given.model, name)
        if wanted != found:
            raise InputError(f"data ({name})", found, f"{wanted:g}, as in the run")
    raise InputError("data (system)", given.name, f"{own.name}, as in the run")
