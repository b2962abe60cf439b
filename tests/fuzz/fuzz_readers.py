"""The readers under test: each takes a path, and raises InputError or returns something that it checks to be valid."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SIZE = 8  # of every lattice


def load() -> None:
    """Import what the commands need, so that no import counts as a hang."""
    import spinlens.cli
    import spinlens.data.checks.check
    import spinlens.data.formats.imports
    import spinlens.experiments.curve
    import spinlens.experiments.pretraining
    import spinlens.experiments.reproduce
    import spinlens.learning.training
    import spinlens.report.measurements
    import spinlens.report.table  # noqa: F401


def read_user_file(path: str) -> None:
    """Spins of the lattice that are +-1, names, and temperatures that a system can have."""
    from spinlens.data.formats.user_files import read_snapshots
    from spinlens.physics.catalogue import get_system

    found = read_snapshots(Path(path), get_system("ising-periodic", SIZE))
    count = len(found.spins)
    assert count >= 1
    assert found.spins.shape == (count, SIZE, SIZE)
    assert found.spins.dtype == np.int8
    assert np.isin(found.spins, (-1, 1)).all()
    assert len(found.names) == count
    assert all(name.isprintable() or "/" in name for name in found.names)
    if found.temperature is not None:
        assert found.temperature.shape == (count,)
        assert (found.temperature >= 0).all()


def read_recipe_file(path: str) -> None:
    """A recipe whose plan has an image for every count."""
    from spinlens.data.plan import plan
    from spinlens.data.recipe import SPLITS, load_recipe, parse_recipe

    recipe = parse_recipe(load_recipe(Path(path)))
    images = sum(sum(getattr(recipe.counts, split)) for split in SPLITS)
    if images <= 20_000:
        layout = plan(recipe)
        assert len(layout.value) == images
        assert np.isfinite(layout.value).all()
    assert recipe.system.system().bonds.neighbour.min() >= 0
    json.loads(recipe.model_dump_json())


def read_pretraining_file(path: str) -> None:
    """A recipe that can be written and read back."""
    from spinlens.learning.pretraining_recipe import PretrainingRecipe, read_pretraining

    recipe = read_pretraining(Path(path))
    assert PretrainingRecipe.model_validate_json(recipe.model_dump_json()) == recipe


def read_dataset(path: str) -> None:
    """Every split is whole, and a check that passes means finite energies and labels of the classes."""
    from spinlens.data.checks.check import check
    from spinlens.data.read import read_split

    findings = list(check(Path(path)))
    assert all("\n" not in finding.detail for finding in findings)
    for split in ("train", "validation", "test"):
        part = read_split(Path(path), split)
        assert np.isin(part.spins, (-1, 1)).all()
        assert len(part.label) == len(part.spins) == len(part.energy) == len(part.temperature)
        if all(finding.ok is not False for finding in findings):
            assert np.isfinite(part.energy).all()
            assert np.isfinite(part.temperature).all()
            assert set(part.label.tolist()) <= set(range(4))


def read_weights(path: str) -> None:
    """Probabilities that are finite and add up to 1, of the classes that the network names."""
    from spinlens.learning.classifier import load_classifier

    classifier = load_classifier(path)
    spins = np.where(np.random.default_rng(1).random((2, *classifier.system.lattice.shape)) < 0.5, -1, 1)
    found = classifier.predict(spins.astype(np.int8))
    assert found.probability.shape == (2, len(found.names))
    assert np.isfinite(found.probability).all()
    assert np.allclose(found.probability.sum(1), 1)


def read_prediction_file(path: str) -> None:
    """A class for every image, and probabilities that add up to 1."""
    from fuzz_predictions import COUNT, NAMES

    from spinlens.metrics.prediction_files import read_predictions

    found = read_predictions(Path(path), NAMES, COUNT)
    assert found.label.shape == (COUNT,)
    assert set(found.label.tolist()) <= set(range(len(NAMES)))
    assert found.probability is None or np.allclose(found.probability.sum(1), 1, atol=0.002)


def resume_run(path: str) -> None:
    """The interrupted run is finished: a copy of it, with the data set and the recipe beside it."""
    from spinlens.learning.presets import TrainingRecipe
    from spinlens.learning.training import train

    folder, copy = Path(path), Path("resumed")
    shutil.copytree(folder / "run", copy)
    recipe = TrainingRecipe.model_validate_json((folder / "training.json").read_text())
    classifier = train(recipe, folder / "data", copy, resume=True)
    assert all(bool(p.isfinite().all()) for p in classifier.model.parameters())


READERS: dict[str, Callable[[str], Any]] = {
    "array": read_user_file,
    "picture": read_user_file,
    "simulator": read_user_file,
    "folder": read_user_file,
    "export": read_user_file,
    "recipe": read_recipe_file,
    "pretraining": read_pretraining_file,
    "dataset": read_dataset,
    "weights": read_weights,
    "resume": resume_run,
    "predictions": read_prediction_file,
    "asleep": lambda _: time.sleep(1000),  # three to test the harness itself
    "crash": lambda _: os.abort(),
    "greedy": lambda _: bytes(1 << 40),
}
