"""Networks whose classes are of a parameter of the model: trained, evaluated, and not taken for thermometers."""

from pathlib import Path

import numpy as np
import pytest

from control_states import CLASSES, crystal_field_recipe
from spinlens import load
from spinlens.data.build import build
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError
from spinlens.experiments.evaluation import evaluate
from spinlens.learning.classifier import load_classifier
from spinlens.learning.doubts import find_doubts
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.training import train
from spinlens.montecarlo.analysis import densities

COUNTS = {"train": [8, 8, 8], "validation": [2, 2, 2], "test": [4, 4, 4]}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    system = {"name": "blume-capel", "size": 6}
    recipe = crystal_field_recipe(system=system, counts=COUNTS, sweeps=24, classes=CLASSES | {"step": 0.2})
    return build(recipe, tmp_path_factory.mktemp("learned") / "data")


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "run"
    train(TrainingRecipe(model="spin-vit-scratch", epochs=1, batch_size=8, seed=1), data, out)
    return out


def test_a_run_is_scored_beside_the_ceiling_of_its_variable(
    run: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when the posterior or a baseline reads the energy, in which the row's own D is hidden."""
    for name, value in {"REPLICAS": 128, "TEMPERATURES": 16, "MEASUREMENTS": 8}.items():
        monkeypatch.setattr(densities, name, value)
    found = evaluate(data, run)
    assert found.rows.keys() == {"run", "bayes-classifier", "statistic-thresholds", "magnetization-thresholds"}
    assert found.ceiling is not None
    assert "dH/dD" in found.ceiling.method
    test = load(data, "test")
    best = found.ceiling.posterior((test.spins**2).sum((1, 2)).astype(float)).argmax(1)
    np.testing.assert_array_equal(found.rows["bayes-classifier"].confusion.sum(0), np.bincount(best, minlength=3))


def test_a_run_is_doubted_for_no_temperature(run: Path, data: Path) -> None:
    """Breaks when edges of D are read as temperatures."""
    classifier, spins = load_classifier(run), load(data, "test").spins
    assert classifier.model.config.spinlens["variable"] == "D"
    assert find_doubts(classifier, spins, classifier.predict(spins)) == []


def test_other_variables_do_not_share_a_run(run: Path, tmp_path: Path) -> None:
    """Breaks when classes with the same edges in T and in D pass for the same."""
    classes = {key: value for key, value in CLASSES.items() if key != "variable"} | {"step": 0.2}
    values = {"system": {"name": "blume-capel", "size": 6}, "classes": classes, "counts": COUNTS, "sweeps": 12}
    thermal = build(parse_recipe(values), tmp_path / "thermal")
    with pytest.raises(InputError, match=r"data \(variable .*\) must be D at T = 1, as in the run, got temperature"):
        evaluate(thermal, run)


def test_weights_that_predict_temperatures_do_not_start_other_classes(tmp_path: Path) -> None:
    """Breaks when a head whose intervals are temperatures is cut at values of a field."""
    classes = {"variable": "B", "names": ["down", "up"], "edges": [-0.2, 0.0, 0.2], "step": 0.1}
    counts = {"train": [2, 2], "validation": [1, 1], "test": [1, 1]}
    system = {"name": "ising-periodic", "size": 10}
    recipe = crystal_field_recipe(system=system, classes=classes, counts=counts, sweeps=12, temperature=3.0)
    data = build(recipe, tmp_path / "data")
    with pytest.raises(InputError, match="model must be one that predicts no temperature, for classes of B"):
        train(TrainingRecipe(model="spin-vit", epochs=1), data, tmp_path / "run")
    assert not (tmp_path / "run").exists()
