"""A network of a user's own: one entry makes it known to training, tables and figures."""

from pathlib import Path
from typing import Any

import pytest

from spinlens import InputError, Recipe, build, load_classifier
from spinlens.learning.classes import class_values
from spinlens.learning.inputs import Rendering
from spinlens.learning.networks.registry import NETWORKS, Network, register_network
from spinlens.learning.presets import preset_recipe
from spinlens.learning.training import train
from spinlens.report.names import display


def make_narrow(recipe: Recipe) -> tuple[Any, Rendering]:
    """spin-vit with 8 hidden units."""
    from spinlens.learning.networks.spinvit import SpinViTConfig, SpinViTForImageClassification

    config = SpinViTConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=1, intermediate_size=8, patch_size=2, num_channels=5,
        **class_values(recipe),
    )  # fmt: skip
    return SpinViTForImageClassification(config), Rendering()


def test_a_registered_network_is_trained_and_named(tmp_path: Path) -> None:
    """Breaks when a name that is registered is taken for a checkpoint's, or its rate or title is not used."""
    counts = dict.fromkeys(("train", "validation", "test"), (4, 4, 4, 4))
    data = build(Recipe(system={"name": "potts-3", "size": 8}, counts=counts, sweeps=12), tmp_path / "data")
    register_network(Network("narrow", "a narrow spin-vit", make_narrow, rate=1e-3, state=True))
    try:
        recipe = preset_recipe("scratch", "narrow", epochs=1)
        assert recipe.learning_rate == 1e-3
        assert display("narrow") == "a narrow spin-vit"
        train(recipe, data, tmp_path / "run")
        assert load_classifier(str(tmp_path / "run")).model.config.hidden_size == 8
        with pytest.raises(InputError, match="network must be a name that none has: not"):
            register_network(Network("narrow", "another", make_narrow))
    finally:
        del NETWORKS["narrow"]
