"""Pre-training: repeatable, honest about what it saw; the weights that come with spinlens do what they are for."""

import json
import shutil
import tomllib
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from conftest import sign, small_recipe
from spinlens import Ising, energy, exact, get_system, load_classifier, sample
from spinlens.data.recipe import parse_recipe
from spinlens.data.stream import KEPT, REPLICAS
from spinlens.errors import InputError, UnseenWarning
from spinlens.learning import pretraining
from spinlens.learning.backbones import make_model
from spinlens.learning.heads import STATE
from spinlens.learning.presets import TrainingRecipe, preset_for
from spinlens.learning.pretraining import pretrain
from spinlens.learning.pretraining_recipe import PretrainingRecipe, read_pretraining
from spinlens.learning.runs import begun_with
from spinlens.learning.shipped import WEIGHTS, equivalents, weights_folder
from spinlens.learning.training import train

SMALL = PretrainingRecipe(systems=("ising-periodic", "ising-skewed"), sizes=(8,), snapshots=1920, batch_size=32, seed=4)
FOUR = ["ising-periodic", "ising-antiferro", "ising-skewed", "ising-antiperiodic"]
RECIPES = Path(__file__).parents[2] / "recipes"


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


def test_shipped_weights_come_from_the_recipes_and_are_small() -> None:
    """Breaks when weights were made by another recipe than the one in the repository, or outgrow 12 MB."""
    folders = [folder for folder in WEIGHTS.iterdir() if folder.is_dir()]
    assert {"spin-vit", "resnet-small-pretrained"} <= {folder.name for folder in folders}
    for folder in folders:
        values = tomllib.loads((RECIPES / f"{folder.name.removesuffix('-pretrained')}.toml").read_text())
        made = json.loads((folder / "recipe.json").read_text())
        assert PretrainingRecipe.model_validate(values).model_dump(mode="json") == made
        assert json.loads((folder / "config.json").read_text())["spinlens"]["pretraining"].items() >= made.items()
    assert sum(file.stat().st_size for folder in folders for file in folder.iterdir()) < 12e6


@pytest.mark.parametrize("name", FOUR)
def test_tier_c_has_seen_neither_the_system_nor_an_equivalent(name: str) -> None:
    """Breaks when the weights chosen for a system were made with it, under whatever name, or with an equivalent one."""
    system = get_system(name)
    folder = weights_folder("spin-vit-others", replace(system, name="another name"))
    seen = {get_system(each).physics for each in json.loads((folder / "recipe.json").read_text())["systems"]}
    assert seen
    assert not seen & {each.physics for each in equivalents(system)}
    models = ("spin-vit-others", "spin-vit", str(folder), "spin-vit-scratch", "resnet-50", "nobody/network")
    presets = ["transfer", "fine-tune", "transfer", "scratch", "scratch", "paper"]
    assert [preset_for(model, system) for model in models] == presets


@pytest.mark.parametrize(
    ("name", "size", "doubt"),
    [
        ("ising-periodic", 60, None),
        ("ising-antiferro", 200, None),
        ("ising-open", 60, "not on ising-open"),
        ("ising-screw", 100, "not on ising-screw"),
        ("ising-antiperiodic", 30, "sides of 50, 70, 100, 140 spins, not on 30 x 30"),
        ("ising-periodic", (100, 290), "not on 100 x 290"),
    ],
)
def test_systems_that_weights_have_not_seen_are_named(name: str, size: int | tuple, doubt: str | None) -> None:
    """Breaks when the shipped weights read systems that they know nothing of without a word, or warn of their own."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load_classifier("spin-vit", get_system(name, size))
    told = " ".join(str(each.message) for each in caught if each.category is UnseenWarning)
    assert (doubt in told) if doubt else not told


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


def test_equivalent_systems_have_the_same_energies() -> None:
    """Breaks when J is reversed where no sublattice flip makes up for it: every energy of 2 x 4 and 3 x 3 states."""
    for name, shape in (("ising-periodic", (2, 4)), ("ising-antiperiodic", (2, 4)), ("ising-open", (4, 2))):
        same = [np.sort(energy(system, every_state(shape))) for system in equivalents(get_system(name, shape))]
        assert len(same) == 2
        np.testing.assert_array_equal(*same)
    odd = get_system("ising-periodic", 3)
    reverse = replace(odd, model=Ising(J=-1.0))
    assert equivalents(odd) == (odd,)
    assert not np.array_equal(np.sort(energy(odd, every_state((3, 3)))), np.sort(energy(reverse, every_state((3, 3)))))
    assert len(equivalents(get_system("ising-skewed", 6))) == 1
    assert preset_for("spin-vit", get_system("ising-screw")) == "transfer"


def every_state(shape: tuple[int, int]) -> np.ndarray:
    bits = np.arange(2 ** (shape[0] * shape[1]))[:, None] >> np.arange(shape[0] * shape[1])
    return (2 * (bits & 1) - 1).astype(np.int8).reshape(-1, *shape)


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


@pytest.mark.parametrize("name", FOUR)
@pytest.mark.parametrize(("temperature", "size"), [(1.5, 100), (2.2, 100), (3.5, 100), (2.2, 60)])
def test_shipped_weights_tell_the_temperature(name: str, temperature: float, size: int) -> None:
    """Breaks when weights and code part, or the size is not told: on 200 snapshots the rms error is below twice the
    Cramer-Rao bound T^2 / sd(E) and the stated deviation within a factor of 2 of the error; also at a new side."""
    system = get_system(name, size)
    spins = sample(system, [temperature] * 200, seed=3).spins
    levels, log_counts = exact.density_of_states(system)
    p = exact.boltzmann(levels, temperature, log_counts)
    bound = temperature**2 / np.sqrt(p @ (levels - p @ levels) ** 2)
    value, deviation = load_classifier("spin-vit", system).predict(spins).state["temperature"]
    error = np.sqrt(np.mean((value - temperature) ** 2))
    assert error < 2 * bound
    assert 0.5 < deviation.mean() / error < 2
