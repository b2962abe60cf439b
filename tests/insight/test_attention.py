"""Attention rollout against its closed form."""

from pathlib import Path

import numpy as np
import pytest
import torch

from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError
from spinlens.insight.attention import rollout
from spinlens.learning.classifier import Classifier
from spinlens.learning.networks.make import make_model


def classifier(name: str = "vit") -> Classifier:
    torch.manual_seed(0)
    data = parse_recipe({"system": {"name": "ising-periodic", "size": (12, 18)}})
    return Classifier(*make_model(name, data), data.system.system())


@pytest.mark.parametrize("name", ["vit", "spin-vit-scratch", "spin-vit-spins"])
def test_uniform_attention_gives_every_patch_its_share(name: str) -> None:
    """Breaks when layers, residuals or the class token are mixed up: without queries all attention is uniform."""
    ours = classifier(name)
    with torch.no_grad():
        for name, weight in ours.model.named_parameters():
            if "q_proj" in name or "query" in name:
                weight.zero_()
    maps = rollout(ours, np.ones((2, 12, 18), np.int8))
    assert maps.shape == (2, 6, 9)
    np.testing.assert_allclose(maps, 1 / 54, rtol=1e-6)


@pytest.mark.parametrize("name", ["vit", "spin-vit-scratch"])
def test_rollout_is_the_product_of_half_mixed_maps(name: str) -> None:
    """Breaks when the product runs the wrong way or heads are not averaged."""
    ours = classifier(name)
    spins = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (1, 12, 18))
    maps = rollout(ours, spins)[0]
    ours.model.set_attn_implementation("eager")
    with torch.inference_mode():
        layers = ours.model(pixel_values=ours.rendering(ours.system, spins), output_attentions=True).attentions
    row = np.zeros(55)
    row[0] = 1.0  # follow the class token back from the last layer to the first
    for layer in reversed(layers):
        row = 0.5 * row + 0.5 * row @ layer[0].numpy().astype(float).mean(0)
    np.testing.assert_allclose(maps.ravel(), row[1:] / row[1:].sum(), rtol=1e-5)
    assert maps.std() > 0


def test_networks_without_attention_are_refused(tmp_path: Path) -> None:
    """Breaks when a convolutional network ends in a traceback."""
    with pytest.raises(InputError, match="attention"):
        rollout(classifier("resnet-18"), np.ones((1, 12, 18), np.int8))
