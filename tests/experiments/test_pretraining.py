"""Pre-training: repeatable, resumed to the same weights, and a start for fine-tuning."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from conftest import sign, small_recipe
from spinlens import Ising, get_system, load_classifier, sample
from spinlens.data.recipe import parse_recipe
from spinlens.data.stream import KEPT, REPLICAS
from spinlens.errors import InputError
from spinlens.experiments import pretraining
from spinlens.experiments.pretraining import pretrain
from spinlens.learning.networks.heads import STATE
from spinlens.learning.networks.make import make_model
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.pretraining_recipe import PretrainingRecipe, read_pretraining
from spinlens.learning.runs import begun_with
from spinlens.learning.training import train

SMALL = PretrainingRecipe(systems=("ising-periodic", "ising-skewed"), sizes=(8,), snapshots=1920, batch_size=32, seed=4)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pretrain(SMALL, tmp_path_factory.mktemp("pretrained") / "first")


def test_the_same_recipe_makes_the_same_weights(small: Path, tmp_path: Path) -> None:
    """Breaks when weights depend on anything but the recipe: thread timing, a global state, the clock."""
    again = pretrain(SMALL, tmp_path / "again")
    assert (again / "model.safetensors").read_bytes() == (small / "model.safetensors").read_bytes()
    assert (again / "README.md").read_text() == (small / "README.md").read_text()
    other = pretrain(SMALL.model_copy(update={"seed": 5}), tmp_path / "other")
    assert (other / "model.safetensors").read_bytes() != (small / "model.safetensors").read_bytes()


@pytest.mark.parametrize("model", ["spin-vit-scratch", "resnet-small"])
def test_resumed_pretraining_equals_uninterrupted(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when weights, optimiser, schedule, stream or losses are not taken up where they were: stopped in step 290
    of 300, in the second pool of the stream, and after the last step; a finished run is left alone, another recipe's
    is refused."""
    recipe = SMALL.model_copy(update={"model": model, "snapshots": 9600})
    per_pool = len(recipe.systems) * REPLICAS * KEPT // recipe.batch_size
    assert 0 < per_pool < 282, "must go on in the second pool, or less is shown"
    steps: list[int] = []

    def stop(done: int, *_: object) -> None:
        if done == 290 * recipe.batch_size:
            raise InterruptedError

    whole = pretrain(recipe, tmp_path / "whole")
    with pytest.raises(InterruptedError):
        pretrain(recipe, tmp_path / "run", progress=stop)
    with pytest.raises(InputError, match="finished run"):
        load_classifier(tmp_path / "run", get_system("ising-periodic", 8))
    with pytest.raises(InputError, match=r"seed must be 4, with which .*, got 5"):
        pretrain(recipe.model_copy(update={"seed": 5}), tmp_path / "run", resume=True)

    def full(*_: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(pretraining, "save_model", full)
    with pytest.raises(OSError, match="no space"):
        pretrain(recipe, tmp_path / "run", True, lambda done, *_: steps.append(done // recipe.batch_size))
    assert steps == list(range(289, 301)), "went on after the last checkpoint"
    monkeypatch.undo()
    threads = torch.get_num_threads()
    run = pretrain(recipe, tmp_path / "run", True, lambda done, *_: steps.append(done // recipe.batch_size))
    assert steps[-1] == 300, "not one step more after the last"
    assert torch.get_num_threads() == threads
    names = sorted(file.name for file in whole.iterdir())
    assert names == sorted(file.name for file in run.iterdir())
    assert all((whole / name).read_bytes() == (run / name).read_bytes() for name in names)
    pretrain(recipe, run, True, stop)
    assert len({file.stat().st_mode for file in run.iterdir()}) == 1, "readable alike"
    with pytest.raises(InputError, match="run that was begun"):
        pretrain(recipe, tmp_path / "rnu", resume=True)


def test_a_small_one_learns_and_is_used(small: Path, small_data: Path, tmp_path: Path) -> None:
    """Breaks when the targets do not reach the loss, or fine-tuning does not start from the weights: temperatures of
    8 x 8 snapshots must be told better than by their mean, 1.15 = 4 / sqrt(12), and no epochs leave weights alone."""
    system = get_system("ising-periodic", 8)
    temperature = np.random.default_rng(0).uniform(0, 4, 300)
    spins = sample(system, temperature, seed=9).spins
    value, deviation = load_classifier(small, system).predict(spins).state["temperature"]
    assert np.sqrt(np.mean((value - temperature) ** 2)) < 0.9
    assert (deviation > 0).all()
    kept = train(TrainingRecipe(model=str(small), epochs=0), small_data, tmp_path / "kept")
    before, after = (load_file(folder / "model.safetensors") for folder in (small, tmp_path / "kept"))
    assert {key for key in before if not np.array_equal(before[key], after[key])} == {"head.bias"}, "the data's prior"
    np.testing.assert_allclose(kept.predict(spins).state["temperature"][0], value, rtol=1e-5)


def test_bad_recipes_and_folders(tmp_path: Path, small: Path) -> None:
    """Breaks when a bad value or a folder in use ends in a traceback or an overwritten file."""
    for text, field in (
        ('systems = ["ising-nowhere"]\nsnapshots = 64', "system"),
        ("systems = []\nsnapshots = 64", "systems"),
        ('systems = ["ising-periodic"]\nsnapshots = 0', "snapshots"),
        ('systems = ["ising-periodic"]', "snapshots must be given, got nothing"),
        ('systems = ["ising-periodic"]\nsnapshot = 64', r"one of model, systems.*, got snapshot"),
        ('systems = ["ising-periodic"]\nsnapshots = 65', "multiple of batch_size, 64"),
        ('systems = ["ising-periodic"]\nsnapshots = 64\nsede = 1', r"one of model, systems.*, got sede"),
        ('systems = ["ising-periodic"]\nsnapshots = 64\nlearning_rate = nan', "learning_rate"),
        ('systems = ["ising-periodic"]\nsnapshots = 64\ntemperatures = [3, 1]', "temperatures"),
        ('systems = ["ising-periodic"]\nsnapshots = 64\nmodel = "vit"', "model"),
        ('systems = ["ising-periodic"]\nsnapshots = 64\nmodel = "vit-spins"', "model"),
        ('systems = ["ising-periodic"]\nsnapshots = 64\nsizes = []', "sizes"),
        ('systems = ["ising-periodic"]\nsnapshots = 64\nsizes = [100, 64]', "sizes"),
        ('systems = ["ising-skewed"]\nsnapshots = 64\nsizes = [100, 1]', "sizes"),
        ("systems = [", "recipe"),
    ):
        (tmp_path / "r.toml").write_text(text)
        with pytest.raises(InputError, match=field):
            read_pretraining(tmp_path / "r.toml")
    with pytest.raises(InputError, match="out"):
        pretrain(SMALL, small)
    with pytest.raises(InputError, match="system"):
        load_classifier(small)
    with pytest.raises(InputError, match="J = 2"):
        load_classifier("spin-vit", replace(get_system("ising-periodic"), model=Ising(J=2.0)))
    with pytest.raises(InputError, match="size"):
        load_classifier("spin-vit", get_system("ising-periodic", 64))
    with pytest.raises(InputError, match="size"):
        make_model("spin-vit", parse_recipe(small_recipe()))


def test_a_predicted_state_is_a_possible_one(small: Path) -> None:
    """Breaks when a network's |m| above 1, energy below the ground state's or negative temperature is passed on."""
    system = get_system("ising-periodic", 8)
    classifier, spins = load_classifier(small, system), np.ones((1, 8, 8), np.int8)
    for side, limits in ((1, (np.inf, 2, 1)), (-1, (0, -2, 0))):
        for name, weight in classifier.model.named_parameters():
            if name.endswith("state.bias"):
                weight.data[0::2] = side * 1e3
        state = classifier.predict(spins).state
        assert all(side * state[key][0][0] <= side * limit for key, limit in zip(STATE, limits, strict=True))


def test_a_checkpoint_gets_the_classes_of_the_data(small: Path) -> None:
    """Breaks when edges and priors of the data reach the configuration but not the weights."""
    classes = {"names": ["a", "b", "c", "d"], "edges": [0.0, 1.5, 2.0, 3.0, 4.0]}
    model, _ = make_model(str(small), parse_recipe(small_recipe(classes=classes)))
    assert model.head.cuts.tolist() == [1.5, 2.0, 3.0]
    np.testing.assert_allclose(model.head.bias.tolist(), model.config.class_bias, rtol=1e-6)
    assert not model.head.cuts.requires_grad


def test_weights_of_another_shape_are_refused(small: Path, tmp_path: Path) -> None:
    """Breaks when weights that do not fit the configuration are replaced by fresh ones without a word."""
    wrong = Path(shutil.copytree(small, tmp_path / "wrong"))
    config = json.loads((wrong / "config.json").read_text())
    (wrong / "config.json").write_text(json.dumps(config | {"intermediate_size": 32}))
    with pytest.raises(InputError, match="do not fit"):
        make_model(str(sign(wrong)), parse_recipe(small_recipe()))


def test_other_starting_weights_are_another_run(small: Path, small_data: Path, tmp_path: Path) -> None:
    """Breaks when a run begun from one set of weights counts as begun from another in the same folder."""
    start = Path(shutil.copytree(small, tmp_path / "start"))
    recipe = TrainingRecipe(model=str(start), epochs=0)
    train(recipe, small_data, tmp_path / "run")
    assert begun_with(recipe, small_data, tmp_path / "run")
    other = pretrain(SMALL.model_copy(update={"seed": 6, "snapshots": 64}), tmp_path / "other")
    shutil.copy(other / "model.safetensors", start / "model.safetensors")
    assert not begun_with(recipe, small_data, tmp_path / "run")
