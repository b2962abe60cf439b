"""What a sample efficiency curve is asked for, checked without a network library."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from spinlens.data.files import check_writable
from spinlens.data.read import Snapshots
from spinlens.data.recipe import MAX_IMAGES, Recipe, parse_recipe
from spinlens.errors import InputError
from spinlens.experiments.jobs import check_workers
from spinlens.experiments.profiles import PROFILES, row_for
from spinlens.learning.fit import check_start
from spinlens.learning.networks.registry import NETWORKS
from spinlens.learning.presets import TrainingRecipe, preset_for, preset_recipe
from spinlens.learning.subset import first
from spinlens.physics.control import TEMPERATURE
from spinlens.physics.systems import System
from spinlens.report.paper import GIVEN, PAPER_COUNTS

MODELS = ("spin-vit", "spin-vit-scratch", "resnet-small")
MAX_EPOCHS = 5000  # few labels take up to 20 times as many
LABELS = (20, 50, 100, 200, 600, 2000, 5000)
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
    steps = recipe.epochs * math.ceil(sum(PAPER_COUNTS.train) / recipe.batch_size)
    return max(round(steps / math.ceil(labels / recipe.batch_size)), recipe.epochs)


def network(model: str, system: System, epochs: int | None = None) -> tuple[str, TrainingRecipe]:
    """(tier, recipe for 600 labels) of a model: the recipe of the profile that trains it, or the defaults.

    Raises InputError for an impossible number of epochs.
    """
    if epochs is not None and not 1 <= epochs <= MAX_EPOCHS:
        raise InputError("epochs", epochs, f"an integer from 1 to {MAX_EPOCHS}")
    rows = [row for profile in PROFILES.values() for row in profile.networks.values()]
    known = {recipe.model: (tier, recipe) for tier, recipe in rows if recipe.epochs}
    default = preset_recipe(preset_for(model, system), model, system)
    tier, recipe = row_for(*known.get(model, ("A" if model in NETWORKS else GIVEN, default)), system)
    return tier, recipe.model_copy(update={} if epochs is None else {"epochs": epochs})


def check_curve(curve: Curve, out: Path, workers: int = 1) -> None:
    """Check a curve as far as is known without a network library.

    Raises InputError for data out of equilibrium, impossible numbers of labels, trials or processes, no networks,
    weights that are damaged or do not fit the lattice, and an `out` that cannot be written.
    """
    check_workers(workers)
    classes, system = curve.recipe.classes.names, curve.recipe.system.system()
    if curve.recipe.protocol != "equilibrium":
        raise InputError("protocol", curve.recipe.protocol, "equilibrium", "out of equilibrium no ceiling is known")
    if (variable := curve.recipe.classes.variable) != TEMPERATURE:
        raise InputError("classes.variable", variable, f"{TEMPERATURE}, for a curve with thresholds on the energy")
    for count in curve.labels or (0,):
        if not len(classes) <= count <= MAX_IMAGES:
            expected = f"numbers from {len(classes)}, one image a class, to {MAX_IMAGES}"
            raise InputError("labels", count, expected)
    if list(curve.labels) != sorted(set(curve.labels)):
        raise InputError("labels", curve.labels, "ascending numbers without repetition")
    if not 1 <= curve.trials <= 1000:
        raise InputError("trials", curve.trials, "a number from 1 to 1000")
    if not curve.networks:
        raise InputError("model", "", "at least one network")
    data = curve.data(0)
    label = np.repeat(np.arange(len(classes)), data.counts.train)
    number, nothing = label.astype(np.float64), np.empty((len(label), 0, 0), np.int8)
    for count in curve.labels:  # as in training: too few for one of the classes, perhaps
        first(Snapshots(system, nothing, label, number, number, label), count)
    for _, recipe in curve.networks.values():
        if recipe.model not in NETWORKS:
            check_start(recipe.model, system)
    if out.exists() and not out.is_dir():
        raise InputError("out", str(out), "a folder, new or begun by the same command")
    check_writable(out)
