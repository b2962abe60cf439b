"""What the entries of the registry make: each a network of ours, with fresh weights, for a recipe's lattice."""

from typing import Any, Literal

from transformers import ViTConfig, ViTForImageClassification

from spinlens.data.recipe import Recipe
from spinlens.learning.classes import class_values
from spinlens.learning.fit import patch_size
from spinlens.learning.inputs import Rendering
from spinlens.learning.networks.heads import RANGE
from spinlens.learning.networks.spinresnet import SpinResNetConfig, SpinResNetForImageClassification
from spinlens.learning.networks.spinvit import SpinViTConfig, SpinViTForImageClassification
from spinlens.physics.states import dimension

PRODUCTS = 8
SMALL = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 256}
Made = tuple[Any, Rendering]


def make_spin_vit(recipe: Recipe) -> Made:
    """spin-vit on the vector of each state and what its bonds cost."""
    config = SpinViTConfig(patch_size=_patch(recipe), num_channels=_width(recipe) + 2, **_head(recipe))
    return SpinViTForImageClassification(config), Rendering()


def make_spin_vit_spins(recipe: Recipe) -> Made:
    """spin-vit on the vectors alone, which makes products of neighbours itself."""
    shape: dict[str, Any] = {"patch_size": _patch(recipe), "num_channels": _width(recipe), "products": PRODUCTS}
    config = SpinViTConfig(**shape, **_head(recipe))
    return SpinViTForImageClassification(config), Rendering(view="spins")


def make_resnet(recipe: Recipe, shape: dict[str, Any]) -> Made:
    """A ResNet with the head of spin-vit."""
    config = SpinResNetConfig(**shape, num_channels=_width(recipe) + 2, **_head(recipe))
    return SpinResNetForImageClassification(config), Rendering()


def make_vit(recipe: Recipe, view: Literal["bonds", "bare"], **shape: Any) -> Made:
    """A plain vision transformer of one lattice size."""
    values, channels = class_values(recipe), _width(recipe) + (2 if view == "bonds" else 0)
    labels = {key: values[key] for key in ("id2label", "label2id")}
    size = recipe.system.system().lattice.shape
    config = ViTConfig(image_size=size, patch_size=_patch(recipe), num_channels=channels, **(shape or SMALL), **labels)
    return ViTForImageClassification(config), Rendering(view=view)


def make_vit_base(recipe: Recipe) -> Made:
    """ViT-Base at the sizes that are transformers' own."""
    return make_vit(recipe, "bonds", hidden_size=768)


def _head(recipe: Recipe) -> dict[str, Any]:
    """What a StateHead reads: the classes, and units in which they fill RANGE."""
    low, high = recipe.classes.edges[0], recipe.classes.edges[-1]
    return class_values(recipe) | {"origin": low, "unit": (high - low) / RANGE}


def _patch(recipe: Recipe) -> int:
    return patch_size(*recipe.system.system().lattice.shape)


def _width(recipe: Recipe) -> int:
    return dimension(recipe.system.system().model.space)
