"""Runs in transformers' own pipelines: the processor that is saved with a run shows its network what `predict` does."""

from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoImageProcessor, ViTConfig, ViTForImageClassification, pipeline

from conftest import small_training
from spinlens.data.read import read_split
from spinlens.data.render import to_image
from spinlens.errors import InputError
from spinlens.learning.image_processor import SpinImageProcessor
from spinlens.learning.training import train
from spinlens.physics.models.ising import Ising

SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}


@pytest.fixture(scope="module")
def pictures(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, list[str]]:
    """(spins, PNG files) of a few snapshots, at 1 and 3 pixels a spin by turns."""
    folder, spins = tmp_path_factory.mktemp("png"), read_split(small_data, "test").spins[:6]
    for k, each in enumerate(spins):
        to_image(Ising.space, each, scale=1 + 2 * (k % 2)).save(folder / f"{k}.png")
    return spins, [str(folder / f"{k}.png") for k in range(len(spins))]


@pytest.mark.parametrize("model", ["spin-vit-scratch", "spin-vit-spins", "resnet-small", "vit-spins", "photographs"])
def test_a_pipeline_predicts_what_predict_does(
    model: str, small_data: Path, pictures: tuple[np.ndarray, list[str]], tmp_path: Path
) -> None:
    """Breaks when a run folder lacks its processor or it renders otherwise: every pixel, and the shares of classes up
    to their rounding to single precision."""
    spins, files = pictures
    if model == "photographs":
        model = str(tmp_path / "photographs")
        ViTForImageClassification(ViTConfig(image_size=32, patch_size=8, num_labels=10, **SMALL)).save_pretrained(model)
    recipe = small_training().model_copy(update={"model": model, "epochs": 1})
    classifier = train(recipe, small_data, tmp_path / "run")
    expected = classifier.predict(spins).probability
    found = pipeline("image-classification", model=str(tmp_path / "run"), device="cpu")
    assert isinstance(found.image_processor, SpinImageProcessor)
    for answer, shares in zip(found(files, top_k=4), expected, strict=True):
        given = {each["label"]: each["score"] for each in answer}
        np.testing.assert_allclose([given[name] for name in classifier.names], shares, atol=2e-6)
    loaded = AutoImageProcessor.from_pretrained(tmp_path / "run")
    pixels = loaded([to_image(Ising.space, each) for each in spins]).pixel_values
    assert torch.equal(pixels, classifier.rendering(classifier.system, spins))


def test_pictures_of_other_sizes_and_no_pictures_are_refused(finished_run) -> None:
    """Breaks when a pipeline resizes a picture of another lattice, or answers for an array that is no picture."""
    processor = AutoImageProcessor.from_pretrained(finished_run[0])
    with pytest.raises(InputError, match="9 x 9 pixels"):
        processor(to_image(Ising.space, np.ones((9, 9), np.int8)))
    for bad in (np.ones((8, 8)), [], None):
        with pytest.raises(InputError, match="images must be a PIL image"):
            processor(bad)
