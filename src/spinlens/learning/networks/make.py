"""The networks: by configuration, with the weights that come with spinlens, from a checkpoint folder or by Hub name."""

from typing import Any

from spinlens.data.recipe import Recipe
from spinlens.learning.classes import class_values
from spinlens.learning.fit import check_start, patch_size
from spinlens.learning.inputs import Rendering
from spinlens.learning.networks.registry import CONFIGURED, RESNETS
from spinlens.learning.networks.spinresnet import SpinResNetConfig, SpinResNetForImageClassification
from spinlens.learning.networks.spinvit import SpinViTConfig, SpinViTForImageClassification
from spinlens.learning.outputs import try_out
from spinlens.learning.shipped import SHIPPED, weights_folder
from spinlens.learning.starts import load_start

PRODUCTS = 8


def make_model(name: str, recipe: Recipe, keep_head: bool = False) -> tuple[Any, Rendering]:
    """(model, rendering) for a data set's system and classes.

    name: a configured network, which gets fresh weights; one that comes with its weights; a checkpoint folder; or a Hub
    name. Checkpoints keep their own picture size. "spin-vit-others" was trained neither on the system nor on one that
    is exactly equivalent. keep_head: raise InputError where the classes of a checkpoint are not those of the data, for
    weights that are used as they are. Raises InputError where the name is none of these, where the checkpoint is
    damaged, asks to run code or does not fit the lattice, or where the Hub cannot be reached.
    """
    if name in CONFIGURED:
        return _configured(name, recipe)
    system = recipe.system.system()
    check_start(name, system)
    model, rendering = load_start(str(weights_folder(name, system)) if name in SHIPPED else name, recipe, keep_head)
    try_out(model, rendering, system)
    return model, rendering


def _configured(name: str, recipe: Recipe) -> tuple[Any, Rendering]:
    from transformers import ViTConfig, ViTForImageClassification

    system = recipe.system.system()
    (m, n), width = system.lattice.shape, system.model.space.vectors.shape[1]
    values = class_values(recipe)
    if name in RESNETS:
        return SpinResNetForImageClassification(
            SpinResNetConfig(**RESNETS[name], num_channels=width + 2, **values)
        ), Rendering()
    patch = patch_size(m, n)
    if name == "spin-vit-spins":
        config = SpinViTConfig(patch_size=patch, products=PRODUCTS, num_channels=width, **values)
        return SpinViTForImageClassification(config), Rendering(view="spins")
    if name == "spin-vit-scratch":
        return SpinViTForImageClassification(
            SpinViTConfig(patch_size=patch, num_channels=width + 2, **values)
        ), Rendering()
    labels = {key: values[key] for key in ("id2label", "label2id")}
    small = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 256}
    shape: dict[str, Any] = {} if name == "vit-base" else small
    bare = name == "vit-spins"
    plain = ViTConfig(image_size=(m, n), patch_size=patch, num_channels=width if bare else width + 2, **shape, **labels)
    return ViTForImageClassification(plain), Rendering(view="bare" if bare else "bonds")
