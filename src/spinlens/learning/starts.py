"""Weights that training starts from: networks of ours, and checkpoints of other origin with a head for our classes."""

import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from spinlens.data.recipe import Recipe
from spinlens.errors import InputError, UnseenWarning
from spinlens.learning.checkpoints import check_finite, load_model, lost_weights, read_config
from spinlens.learning.classes import class_names, class_values, listed
from spinlens.learning.fit import FRESH, OWN_PATCH, check_patch
from spinlens.learning.folders import PROCESSOR
from spinlens.learning.inputs import Rendering
from spinlens.learning.networks.spinresnet import SpinResNetForImageClassification
from spinlens.learning.networks.spinvit import SpinViTForImageClassification
from spinlens.learning.provenance import Provenance, Shown, class_variable, read_provenance, recorded_variable

HEADS = ("classifier", "head.cuts", "head.bias")  # weights that belong to the classes
HALF = (0.5, 0.5, 0.5)
STATED = (PROCESSOR, "processor_config.json")  # files that say how pictures were normalised


def load_start(source: str, recipe: Recipe, keep_head: bool) -> tuple[Any, Rendering]:
    """(model, rendering) of a checkpoint folder or Hub name, with the classes of a data set.

    A head keeps its weights where its classes are those of the data, by name; else it gets fresh ones, with an
    UnseenWarning, or where keep_head is True raises InputError. Raises InputError as `load_model`, and where the
    network does not fit the lattice.
    """
    config = read_config(source)
    provenance, own, values = read_provenance(config, source), class_names(config, source), class_values(recipe)
    labels = {key: values[key] for key in ("id2label", "label2id")}
    model, info = load_model(source, config, problem_type=None, **labels)
    lost = lost_weights(info, "missing_keys", "mismatched_keys")
    odd = [key for key in lost if not any(part in key for part in HEADS)]
    if odd:
        raise InputError("model", source, "a complete checkpoint", f"{len(odd)} weights such as {odd[0]} do not fit")
    check_finite(model, "model", source)
    if isinstance(model, SpinViTForImageClassification | SpinResNetForImageClassification):
        return _with_intervals(model, source, provenance, recipe, bool(lost), keep_head)
    rendering = provenance.rendering.rendering() if provenance else _picture(source, config)
    shape = recipe.system.system().lattice.shape
    if rendering.pixels is None and _sides(config.image_size) != shape:
        m, n = _sides(config.image_size)
        raise InputError("size", f"{shape[0]} x {shape[1]}", f"{m} x {n}, the only one that {source} reads")
    edges = list(((provenance and provenance.class_edges) or ())[1:-1]) or values["class_edges"]
    names = tuple(values["id2label"].values())
    same = edges == values["class_edges"] and recorded_variable(config) == class_variable(recipe)
    if not lost and sorted(own) == sorted(names) and same:
        _permute(model, [own.index(name) for name in names])
        return model, rendering
    _refuse_fresh(keep_head, source, f"its classes are {listed(own)}, those of the data {listed(names)}")
    if not lost:
        _reset(model)
    warnings.warn(f"{source} gets a fresh head: its classes were {listed(own)}", UnseenWarning, stacklevel=2)
    return model, rendering


def _with_intervals(
    model: Any, source: str, provenance: Provenance | None, recipe: Recipe, no_head: bool, keep_head: bool
) -> tuple[Any, Rendering]:
    """A network whose classes are intervals of a variable: of the temperature itself where it was pre-trained.

    no_head: the checkpoint has no head for so many classes. Issues an UnseenWarning where a trained head is cut anew.
    """
    check_patch(recipe.system.system(), getattr(model.config, "patch_size", 1), source, OWN_PATCH)
    values, pretrained = class_values(recipe), provenance is not None and provenance.pretraining is not None
    known, variable = list(model.config.class_edges or ()), class_variable(recipe)
    if pretrained and variable:
        expected = f"one that predicts no temperature, for classes of {recipe.classes.variable}"
        raise InputError("model", source, expected, f"--model {FRESH} trains anew")
    if pretrained or no_head or known != values["class_edges"] or recorded_variable(model.config) != variable:
        if not pretrained:
            _refuse_fresh(keep_head, source, f"its edges are {known}, those of the data {values['class_edges']}")
            text = f"{source} gets new edges of its classes, {values['class_edges']}: they were {known}"
            warnings.warn(text, UnseenWarning, stacklevel=2)
        model.head.set_classes(values["class_edges"], values["class_bias"])
        for key in ("class_edges", "class_bias"):
            setattr(model.config, key, values[key])
    if pretrained:
        model.head.cuts.requires_grad_(False)  # its temperatures are temperatures, and stay so
    return model, Rendering(view="spins" if getattr(model.config, "products", 0) else "bonds")


def _refuse_fresh(keep_head: bool, source: str, reason: str) -> None:
    if keep_head:
        raise InputError("epochs", 0, f"1 or more, as the head of {source} has to be trained: {reason}")


def _head_layers(model: Any) -> list[nn.Linear]:
    """The linear layers outside the backbone that end in the classes."""
    backbone = set(model.base_model.modules()) if model.base_model is not model else set()
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear) and layer not in backbone]
    layers = [layer for layer in layers if layer.out_features == model.config.num_labels]
    if not layers:
        raise InputError("model", model.config.model_type, "a network that ends in a linear layer over the classes")
    return layers


@torch.no_grad()
def _permute(model: Any, order: list[int]) -> None:
    """Move the outputs of the head to the order of the data's classes."""
    if order != sorted(order):
        for layer in _head_layers(model):
            layer.weight.copy_(layer.weight[order].clone())
            if layer.bias is not None:
                layer.bias.copy_(layer.bias[order].clone())


@torch.no_grad()
def _reset(model: Any) -> None:
    """Fresh weights for the head."""
    for layer in _head_layers(model):
        layer.weight.normal_(std=getattr(model.config, "initializer_range", 0.02))
        if layer.bias is not None:
            layer.bias.zero_()


def _picture(source: str, config: Any) -> Rendering:
    """The pictures that a checkpoint of photographs reads. Raises InputError where they are no square RGB ones."""
    channels = getattr(config, "num_channels", 3)
    if channels != 3:
        expected = f"3, of colour pictures, for {source}"
        raise InputError("model (num_channels)", channels, expected, "--model vit-spins trains on single spins")
    height, width = _sides(getattr(config, "image_size", 224))
    if height != width:
        raise InputError("model (image_size)", f"{height} x {width}", f"a square, for {source}")
    mean, std = _normalisation(source)
    try:
        return Shown(pixels=height, mean=mean, std=std).rendering()
    except ValueError:
        given = f"{height} pixels, image_mean {mean}, image_std {std}"
        raise InputError("model", given, f"finite and above 0, three numbers a colour, in {source}") from None


def _sides(size: Any) -> tuple[int, int]:
    sides = tuple(size) if isinstance(size, list | tuple) and len(size) == 2 else (size, size)
    if not all(type(side) is int and side > 0 for side in sides):
        raise InputError("model (image_size)", size, "one or two numbers of pixels")
    return sides


def _normalisation(source: str) -> tuple[Any, Any]:
    """(mean, std) of the colours that the checkpoint was trained on; one half each where it has no file that says so.

    Raises InputError where such a file is damaged, or where the Hub cannot be asked whether there is one.
    """
    from transformers.image_processing_base import ImageProcessingMixin

    try:
        stated, _ = ImageProcessingMixin.get_image_processor_dict(source)  # a JSON file; no code is run
    except Exception as error:  # damaged JSON, or none
        if isinstance(error, OSError) and all(_is_absent(source, name) for name in STATED):
            return HALF, HALF
        given = f"{source} ({type(error).__name__})"
        if Path(source).is_dir():
            raise InputError("model", given, f"a folder with an undamaged {PROCESSOR}") from None
        hint = "download the checkpoint and pass its folder"
        raise InputError("model", given, f"a Hub name whose {PROCESSOR} is within reach", hint) from None
    if stated.get("do_normalize") is False:
        return (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    return stated.get("image_mean") or HALF, stated.get("image_std") or HALF


def _is_absent(source: str, name: str) -> bool:
    """Whether a checkpoint is known to have no such file; not where the Hub cannot be asked."""
    if Path(source).is_dir():
        return not (Path(source) / name).exists()
    from huggingface_hub import _CACHED_NO_EXIST, hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    if try_to_load_from_cache(source, name) is _CACHED_NO_EXIST:
        return True
    try:
        hf_hub_download(source, name)
    except EntryNotFoundError as error:
        return not isinstance(error, LocalEntryNotFoundError)  # that one: neither here nor asked for
    except (OSError, ValueError):
        return False
    return False
