"""Weights and runs are what their hashes say, and finite; anything else is refused with one line."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from conftest import sign
from spinlens import load_classifier
from spinlens.data.files import sha256
from spinlens.data.json_files import read_object
from spinlens.errors import InputError
from spinlens.learning.checkpoints import load_strictly
from spinlens.learning.folders import CONFIG, HASHES, PROCESSOR, RECIPE, WEIGHTS
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.shipped import INCLUDED
from spinlens.learning.training import train


@pytest.fixture
def run(finished_run, tmp_path: Path) -> Path:
    """A run that a test may damage."""
    return Path(shutil.copytree(finished_run[0], tmp_path / "run"))


def flip(path: Path, place: int = -1) -> None:
    """Turn one bit of a file."""
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_shipped_weights_are_those_of_their_hashes() -> None:
    """Breaks when weights are changed without their hashes, or come without them."""
    folders = sorted(folder for folder in INCLUDED.iterdir() if folder.is_dir())
    assert len(folders) == 7
    for folder in folders:
        known = read_object(folder / HASHES)
        assert set(known) == {CONFIG, WEIGHTS, RECIPE}
        assert known == {name: sha256(folder / name) for name in known}


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, PROCESSOR, RECIPE])
def test_one_bit_of_any_file_is_noticed(name: str, run: Path) -> None:
    """Breaks when a file that answers depend on is read although it is not the one that was written, or is gone."""
    assert load_classifier(run)
    flip(run / name)
    with pytest.raises(InputError, match=f"model must be undamaged, .* got .*{name}; "):
        load_classifier(run)
    (run / name).unlink()
    with pytest.raises(InputError, match=f"model must be a whole folder, with its {name}"):
        load_classifier(run)


@pytest.mark.parametrize("text", [None, "{}", "[]", "", '{"model.safetensors": 3}', "[" * 10**5, '{"../x": "y"}'])
def test_hashes_themselves_are_checked(text: str | None, run: Path) -> None:
    """Breaks when a run is read unchecked since its hashes are gone, empty, damaged or name something else."""
    (run / HASHES).unlink() if text is None else (run / HASHES).write_text(text)
    with pytest.raises(InputError, match=r"model must be a .*sha256\.json"):
        load_classifier(run)


def test_damaged_weights_are_no_starting_point(run: Path, small_data: Path, tmp_path: Path) -> None:
    """Breaks when fine-tuning starts from weights that were changed, or writes something before it says so."""
    flip(run / WEIGHTS)
    with pytest.raises(InputError, match="model must be undamaged"):
        train(TrainingRecipe(model=str(run), epochs=1), small_data, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_are_finite(value: float, run: Path, small_data: Path, tmp_path: Path) -> None:
    """Breaks when NaN or infinite weights predict a class, or training starts from them; hashes say nothing here."""
    tensors = load_file(run / WEIGHTS)
    tensors["head.bias"][0] = value
    save_file(tensors, run / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"model must be one with finite weights, not head\.bias"):
        load_classifier(sign(run))
    with pytest.raises(InputError, match="finite weights"):
        train(TrainingRecipe(model=str(run), epochs=0), small_data, tmp_path / "out")


def test_outputs_are_finite(run: Path) -> None:
    """Breaks when finite weights that overflow end in NaN probabilities."""
    tensors = load_file(run / WEIGHTS)
    tensors["layers.0.mlp.fc1.weight" if "layers.0.mlp.fc1.weight" in tensors else "head.state.weight"][:] = 3e38
    save_file(tensors, run / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(InputError, match=r"model \(outputs\) must be finite"):
        load_classifier(sign(run)).predict(np.ones((8, 8)))


def test_training_that_diverges_says_so(small_data: Path, tmp_path: Path) -> None:
    """Breaks when weights that are not finite are saved as a finished run."""
    recipe = TrainingRecipe(model="resnet-small", epochs=2, learning_rate=1e38, batch_size=16, warmup=0, patience=None)
    with pytest.raises(InputError, match=r"learning_rate must be one with finite weights.* got 1e\+38"):
        train(recipe, small_data, tmp_path / "run")
    assert not (tmp_path / "run" / "training.json").exists()


def test_a_checkpoint_of_others_needs_no_hashes(tmp_path: Path) -> None:
    """Breaks when weights that neither `train` nor `pretrain` wrote are refused for want of hashes."""
    from transformers import ViTConfig, ViTForImageClassification

    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    ViTForImageClassification(ViTConfig(image_size=32, patch_size=8, **small)).save_pretrained(tmp_path / "vit")
    assert load_strictly(tmp_path / "vit").config.image_size == 32


def test_hashes_are_those_of_the_files(finished_run) -> None:
    """Breaks when a run's hashes leave out a file that answers depend on."""
    known = read_object(finished_run[0] / HASHES)
    assert known == {name: sha256(finished_run[0] / name) for name in (CONFIG, WEIGHTS, PROCESSOR, RECIPE)}
