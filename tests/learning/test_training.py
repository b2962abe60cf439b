"""Training: the best model is the best step's, damaged checkpoints are refused, processes agree."""

import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from conftest import same_weights, sign, small_recipe, small_training
from spinlens import get_system, load_classifier
from spinlens.data.read import read_split
from spinlens.data.recipe import SystemRecipe, parse_recipe
from spinlens.errors import InputError
from spinlens.learning import training
from spinlens.learning.fit import patch_size
from spinlens.learning.inputs import Rendering, SnapshotDataset
from spinlens.learning.networks.make import make_model
from spinlens.learning.presets import preset_recipe
from spinlens.learning.training import train

RECIPE = small_training()
NAMES = ("FSbCR", "SbCR", "CR", "SpCR")


def test_the_best_model_is_the_best_steps(small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when restoring mixes weights: every tensor equals the copy taken at the best validation loss."""
    copies: list[tuple[float, dict[str, torch.Tensor]]] = []
    follow = training._Follow.on_evaluate

    def copy(self, args, state, control, **kwargs) -> None:
        weights = {key: value.clone() for key, value in kwargs["model"].state_dict().items()}
        copies.append((kwargs["metrics"]["eval_loss"], weights))
        follow(self, args, state, control, **kwargs)

    monkeypatch.setattr(training._Follow, "on_evaluate", copy)
    unsteady = {"learning_rate": 3e-2, "warmup": 0.99, "epochs": 6}  # ends far too fast
    recipe = RECIPE.model_copy(update=unsteady)
    best = train(recipe, small_data, tmp_path / "run").model.state_dict()
    losses = [loss for loss, _ in copies]
    assert losses[-1] > min(losses), "the last epoch must not be the best, or nothing is shown"
    expected = copies[int(np.argmin(losses))][1]
    assert all(torch.equal(best[key], expected[key]) for key in expected)


def test_a_saved_classifier_predicts_the_same(finished_run, small_data: Path) -> None:
    """Breaks when saving loses weights, classes, system or rendering."""
    out, classifier = finished_run
    spins = read_split(small_data, "test").spins
    loaded = load_classifier(out)
    assert same_weights(loaded.model, classifier.model)
    assert loaded.names == NAMES
    assert loaded.system == get_system("ising-periodic", 8)
    np.testing.assert_array_equal(loaded.predict(spins).probability, classifier.predict(spins).probability)
    np.testing.assert_allclose(loaded.predict(spins[0]).probability.sum(), 1)
    assert not (out / "checkpoints").exists()
    assert len([e for e in json.loads((out / "training.json").read_text())["history"] if "eval_loss" in e]) == 4


def test_damaged_and_foreign_checkpoints_are_refused(finished_run, tmp_path: Path) -> None:
    """Breaks when a truncated file, a lost tensor or another model's folder is loaded all the same."""
    from safetensors.torch import load_file, save_file

    def copy(name: str) -> Path:
        return Path(shutil.copytree(finished_run[0], tmp_path / name))

    cut = copy("cut") / "model.safetensors"
    cut.write_bytes(cut.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"undamaged safetensors checkpoint .*cut"):
        load_classifier(sign(cut.parent))
    lost = copy("lost") / "model.safetensors"
    tensors = load_file(lost)
    del tensors[sorted(tensors)[0]]
    save_file(tensors, lost, metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"1 weights such as .* differ"):
        load_classifier(sign(lost.parent))
    foreign = copy("foreign") / "config.json"
    config = json.loads(foreign.read_text())
    del config["spinlens"]
    foreign.write_text(json.dumps(config))
    with pytest.raises(InputError, match="spin system"):
        load_classifier(sign(foreign.parent))
    foreign.write_text(json.dumps(config)[:300])
    with pytest.raises(InputError, match=r"undamaged config\.json"):
        load_classifier(sign(foreign.parent))
    wide = copy("wide") / "config.json"
    wide.write_text(json.dumps(json.loads(wide.read_text()) | {"intermediate_size": 32}))
    with pytest.raises(InputError, match=r"complete checkpoint, .* weights such as layers\S+ differ"):
        load_classifier(sign(wide.parent))
    with pytest.raises(InputError, match="model"):
        load_classifier(tmp_path / "nowhere")


def test_predict_refuses_what_is_no_snapshot(finished_run) -> None:
    """Breaks when other shapes or values are classified."""
    nothing = np.full((8, 8), None)
    for bad in (np.ones((8, 9)), np.zeros((8, 8)), np.full((8, 8), np.nan), np.ones((0, 8, 8)), nothing):
        with pytest.raises(InputError, match="spins"):
            finished_run[1].predict(bad)


@pytest.mark.parametrize("name", ["resnet-18", "resnet-50", "vit-base"])
def test_configured_networks_take_the_native_lattice(name: str) -> None:
    """Breaks when a network does not fit the lattice or has the wrong size (parameters from the papers, in millions:
    11.2, 23.5 and 85.8 with a head of 4 classes; the ViT's patch embedding and positions differ by under 1)."""
    data = parse_recipe({"system": {"name": "ising-periodic", "size": (20, 30)}})
    system = data.system.system()
    model, rendering = make_model(name, data)
    with torch.inference_mode():
        logits = model.eval()(pixel_values=rendering(system, np.ones((2, 20, 30), np.int8))).logits
    assert logits.shape == (2, 4)
    millions = sum(p.numel() for p in model.parameters()) / 1e6
    assert millions == pytest.approx({"resnet-18": 11.2, "resnet-50": 23.5, "vit-base": 85.8}[name], abs=1)


def test_a_local_checkpoint_of_photographs_is_fine_tuned(small_data: Path, tmp_path: Path) -> None:
    """Breaks when the path of Hub checkpoints loses weights, keeps the old head or renders at another size."""
    from transformers import ViTConfig, ViTForImageClassification

    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    original = ViTForImageClassification(ViTConfig(image_size=32, patch_size=8, num_labels=10, **small))
    original.save_pretrained(tmp_path / "photographs")
    model, rendering = make_model(str(tmp_path / "photographs"), parse_recipe(small_recipe()))
    assert rendering == Rendering(pixels=32)
    assert model.classifier.out_features == 4
    before = {k: v for k, v in original.state_dict().items() if "classifier" not in k}
    after = model.state_dict()
    assert all(torch.equal(after[key], value) for key, value in before.items())
    recipe = RECIPE.model_copy(update={"model": str(tmp_path / "photographs"), "epochs": 1})
    train(recipe, small_data, tmp_path / "run")
    assert load_classifier(tmp_path / "run").rendering == rendering


def test_models_that_do_not_exist(tmp_path: Path) -> None:
    """Breaks when an unknown name, a damaged folder or an unreachable Hub ends in a traceback."""
    data = parse_recipe(small_recipe())
    (tmp_path / "empty").mkdir()
    for name in ("vit-huge", str(tmp_path / "empty"), "nobody/no-such-model"):
        with pytest.raises(InputError, match="model"):
            make_model(name, data)


def test_augmentation_depends_on_epoch_and_index_alone(small_data: Path) -> None:
    """Breaks when a global random state leaks in, when epochs repeat, or when labels leave their images."""
    snapshots = read_split(small_data, "train")
    data, again = (SnapshotDataset(snapshots, Rendering(), seed=1) for _ in range(2))
    first = data[3]["pixel_values"]
    torch.rand(3), np.random.default_rng().random()
    assert torch.equal(first, again[3]["pixel_values"])
    data.epoch = 1
    assert any(not torch.equal(data[k]["pixel_values"], again[k]["pixel_values"]) for k in range(40, 48))
    for k in range(48):  # the symmetries keep the number of broken bonds, so the image is still its own
        assert data[k]["pixel_values"][1:].sum() == again[k]["pixel_values"][1:].sum()
        assert data[k]["labels"] == snapshots.label[k]


def test_patches_are_aligned_with_spins() -> None:
    """Breaks when a patch would cut a lattice: 100 gives 10, and primes fall back to single spins."""
    assert (patch_size(100, 100), patch_size(64, 64), patch_size(60, 90), patch_size(7, 7)) == (10, 8, 10, 1)
    assert SystemRecipe(size=(4, 6)).system().lattice.shape == (4, 6)


def test_few_labels_are_the_first_of_every_class_and_validated_now_and_then(small_data: Path, tmp_path: Path) -> None:
    """Breaks when fewer labels are no part of more, leave the classes' shares, or each of many epochs is validated: 100
    epochs of 8 images have a validation every second one."""
    snapshots = read_split(small_data, "train")
    chains = [set(training.first(snapshots, count).chain) for count in (4, 8, 20, 48)]
    assert all(a < b for a, b in itertools.pairwise(chains))
    for count in (4, 8, 20):
        assert np.bincount(training.first(snapshots, count).label).tolist() == [count // 4] * 4
    for count in (3, 49):
        with pytest.raises(InputError, match="labels"):
            training.first(snapshots, count)
    recipe = RECIPE.model_copy(update={"labels": 8, "epochs": 100, "patience": 100})
    train(recipe, small_data, tmp_path / "run")
    history = json.loads((tmp_path / "run" / "training.json").read_text())["history"]
    assert [entry["epoch"] for entry in history if "eval_loss" in entry] == list(range(2, 101, 2))


def test_two_processes_train_the_same_network(small_data: Path, tmp_path: Path) -> None:
    """Breaks when processes share the batch otherwise, disturb each other's files, or wait for each other for ever:
    the same weights but for rounding, which sums in another order."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc_per_node", 2, "-m", "spinlens"]
    command += ["train", small_data, "--out", tmp_path / "run", "--model", RECIPE.model, "--epochs", RECIPE.epochs]
    command += ["--learning-rate", RECIPE.learning_rate, "--seed", RECIPE.seed, "--labels", 32]
    cpu = os.environ | {"ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=300, env=cpu)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("done.\nNext:\n") == 1, "one speaks for both"
    assert json.loads((tmp_path / "run" / "training.json").read_text())["processes"] == 2, "both took part"
    given = RECIPE.model_dump(include={"model", "epochs", "learning_rate", "seed"})
    recipe = preset_recipe("scratch", **given, labels=32)  # one whole batch: a part of one would be filled up
    alone = train(recipe, small_data, tmp_path / "alone")
    spins = read_split(small_data, "test").spins
    both = [load_classifier(tmp_path / "run").predict(spins).probability, alone.predict(spins).probability]
    np.testing.assert_allclose(*both, atol=1e-3)
