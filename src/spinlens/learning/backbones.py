"""The networks: by configuration, with the weights that come with spinlens, from a checkpoint folder or by Hub name."""

from pathlib import Path
from typing import Any

import numpy as np

from spinlens.data.recipe import Recipe
from spinlens.errors import InputError
from spinlens.learning.checkpoints import hush, lost_weights
from spinlens.learning.fit import patch_size
from spinlens.learning.inputs import Rendering
from spinlens.learning.shipped import SHIPPED, can_be_checkpoint, weights_folder
from spinlens.learning.spinresnet import SpinResNetConfig, SpinResNetForImageClassification
from spinlens.learning.spinvit import SpinViTConfig, SpinViTForImageClassification

RESNETS: dict[str, dict[str, Any]] = {
    "resnet-small": {"embedding_size": 16, "hidden_sizes": [16, 32, 64], "depths": [1, 1, 1], "layer_type": "basic"},
    "resnet-18": {"hidden_sizes": [64, 128, 256, 512], "depths": [2, 2, 2, 2], "layer_type": "basic"},
    "resnet-50": {"hidden_sizes": [256, 512, 1024, 2048], "depths": [3, 4, 6, 3], "layer_type": "bottleneck"},
}
CONFIGURED = ("spin-vit-scratch", "spin-vit-spins", "vit", "vit-spins", "vit-base", *RESNETS)
PRODUCTS = 8


def make_model(name: str, recipe: Recipe) -> tuple[Any, Rendering]:
    """(model, rendering) for a data set's system and classes.

    name: a configured network, which gets fresh weights; one that comes with its weights; a checkpoint folder; or a Hub
    name. Checkpoints keep their own picture size and get new classes. "spin-vit-others" has seen neither the system nor
    one that is exactly equivalent. Raises InputError where the name is none of these, where the checkpoint is damaged
    or does not fit the lattice, or where the Hub cannot be reached.
    """
    if name in CONFIGURED:
        return _configured(name, recipe)
    return _pretrained(str(weights_folder(name, recipe.system.system())) if name in SHIPPED else name, recipe)


def class_values(recipe: Recipe) -> dict[str, Any]:
    """What a configuration says of the classes: names, inner edges, log density of the prior over the temperatures.

    The prior is that of the test split, as for the ceiling.
    """
    classes, names = recipe.classes, recipe.classes.names
    share = np.array(recipe.counts.test) / sum(recipe.counts.test)
    width = np.array([len(classes.temperatures(k)) for k in range(len(names))]) / len(classes.grid())
    return {
        "id2label": dict(enumerate(names)),
        "label2id": {name: k for k, name in enumerate(names)},
        "class_edges": list(classes.edges[1:-1]),
        "class_bias": np.log(share / width).round(6).tolist(),
    }


def _configured(name: str, recipe: Recipe) -> tuple[Any, Rendering]:
    from transformers import ViTConfig, ViTForImageClassification

    m, n = recipe.system.system().lattice.shape
    values = class_values(recipe)
    if name in RESNETS:
        return SpinResNetForImageClassification(SpinResNetConfig(**RESNETS[name], **values)), Rendering()
    patch = patch_size(m, n)
    if name == "spin-vit-spins":
        config = SpinViTConfig(patch_size=patch, products=PRODUCTS, num_channels=1, **values)
        return SpinViTForImageClassification(config), Rendering(view="spins")
    if name == "spin-vit-scratch":
        return SpinViTForImageClassification(SpinViTConfig(patch_size=patch, **values)), Rendering()
    labels = {key: values[key] for key in ("id2label", "label2id")}
    small = {"hidden_size": 128, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 256}
    shape: dict[str, Any] = {} if name == "vit-base" else small
    bare = name == "vit-spins"
    plain = ViTConfig(image_size=(m, n), patch_size=patch, num_channels=1 if bare else 3, **shape, **labels)
    return ViTForImageClassification(plain), Rendering(view="bare" if bare else "bonds")


def _pretrained(name: str, recipe: Recipe) -> tuple[Any, Rendering]:
    from transformers import AutoModelForImageClassification

    known = f"one of {', '.join((*SHIPPED, *CONFIGURED))}, a checkpoint folder or a Hub name such as "
    if not can_be_checkpoint(name):
        raise InputError("model", name, f"{known}google/vit-base-patch16-224")
    values = class_values(recipe)
    labels = {key: values[key] for key in ("id2label", "label2id")}
    hush()
    try:
        model, info = AutoModelForImageClassification.from_pretrained(
            name, ignore_mismatched_sizes=True, output_loading_info=True, use_safetensors=True, **labels
        )
    except Exception as error:  # the loaders raise many types; all mean that there is no usable checkpoint
        if Path(name).is_dir():
            raise InputError("model", name, f"an undamaged safetensors checkpoint ({_first_line(error)})") from None
        hint = f"download the checkpoint and pass its folder ({_first_line(error)})"
        raise InputError("model", name, "a Hub name within reach", hint) from None
    new = ("classifier", "head.cuts", "head.bias")  # those of the classes
    missing = lost_weights(info, "missing_keys", "mismatched_keys")
    lost = [key for key in missing if not any(part in key for part in new)]
    if lost:
        raise InputError("model", name, "a complete checkpoint", f"{len(lost)} weights such as {lost[0]} do not fit")
    if isinstance(model, SpinViTForImageClassification | SpinResNetForImageClassification):
        return _with_classes(model, name, values, recipe)
    size = getattr(model.config, "image_size", 224)
    return model, Rendering(size if isinstance(size, int) else max(size), *_normalisation(name))


def _with_classes(model: Any, name: str, values: dict[str, Any], recipe: Recipe) -> tuple[Any, Rendering]:
    """A network that reads lattices of any size keeps its state and gets the classes' intervals."""
    (m, n), patch = recipe.system.system().lattice.shape, getattr(model.config, "patch_size", 1)
    if m % patch or n % patch:
        raise InputError("size", (m, n), f"a multiple of the patch size {patch} of {name}", "spin-vit-scratch fits any")
    for key in ("class_edges", "class_bias"):
        setattr(model.config, key, values[key])
    model.head.set_classes(values["class_edges"], values["class_bias"])
    if getattr(model.config, "spinlens", {}).get("pretraining"):
        model.head.cuts.requires_grad_(False)  # its temperatures are temperatures, and stay so
    return model, Rendering(view="spins" if getattr(model.config, "products", 0) else "bonds")


def _normalisation(name: str) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """(mean, std) of the colours that the checkpoint was trained on; one half each where it does not say."""
    from transformers.image_processing_base import ImageProcessingMixin

    try:
        stated, _ = ImageProcessingMixin.get_image_processor_dict(name)
    except OSError:
        stated = {}
    half = (0.5, 0.5, 0.5)
    return tuple(stated.get("image_mean") or half), tuple(stated.get("image_std") or half)


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:160] if lines else 'no reason given'}"
