"""Weights that training starts from: a head keeps its classes by name, or is said to be new; nothing is run."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from transformers import ResNetConfig, ResNetForImageClassification, ViTConfig, ViTForImageClassification

from conftest import sign, small_recipe, small_training
from spinlens.data.build import build
from spinlens.data.read import read_recipe, read_split
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError, UnseenWarning
from spinlens.learning.classifier import load_classifier
from spinlens.learning.networks.make import make_model
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.training import train

SMALL = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
NAMES = ("FSbCR", "SbCR", "CR", "SpCR")
SPINS = np.ones((1, 8, 8), np.int8)
OTHER_ORDER = ("CR", "SpCR", "FSbCR", "SbCR")


pytestmark = pytest.mark.filterwarnings("ignore:.*fresh head", "ignore:Initializing zero-element")


def vit(folder: Path, names: tuple[str, ...], **changes: Any) -> str:
    torch.manual_seed(0)
    labels = {"id2label": dict(enumerate(names)), "label2id": {name: k for k, name in enumerate(names)}}
    values = {"image_size": 32, "patch_size": 8} | SMALL | changes | labels
    ViTForImageClassification(ViTConfig(**values)).save_pretrained(folder)
    return str(folder)


def resnet(folder: Path, names: tuple[str, ...]) -> str:
    torch.manual_seed(0)
    labels = {"id2label": dict(enumerate(names)), "label2id": {name: k for k, name in enumerate(names)}}
    shape = {"embedding_size": 4, "hidden_sizes": [4, 8], "depths": [1, 1], "layer_type": "basic"}
    ResNetForImageClassification(ResNetConfig(**shape, **labels)).save_pretrained(folder)
    return str(folder)


def as_it_is(model: str) -> TrainingRecipe:
    return TrainingRecipe(model=model, epochs=0)


@pytest.mark.parametrize("make", [vit, resnet])
def test_classes_in_another_order_keep_their_names(make: Callable[..., str], small_data: Path, tmp_path: Path) -> None:
    """Breaks when the head of a checkpoint is relabelled by position: under each name the probability stays."""
    probability = {}
    for names in (NAMES, OTHER_ORDER):
        source = make(tmp_path / names[0], names)
        head = [value for key, value in load_file(f"{source}/model.safetensors").items() if "classifier" in key]
        assert len(head) == 2
        classifier = train(as_it_is(source), small_data, tmp_path / f"run-{names[0]}")
        assert classifier.names == NAMES
        probability[names] = (
            load_classifier(tmp_path / f"run-{names[0]}").predict(read_split(small_data, "test").spins).probability
        )
    order = [OTHER_ORDER.index(name) for name in NAMES]  # the same weights under other names
    np.testing.assert_allclose(probability[OTHER_ORDER], probability[NAMES][:, order], rtol=1e-5)
    assert not np.allclose(probability[OTHER_ORDER], probability[NAMES], rtol=1e-3), "or nothing is shown"


@pytest.mark.parametrize("names", [("a", "b", "c", "d"), ("FSbCR", "SbCR", "CR"), tuple("abcdefghij")])
def test_other_classes_need_training(names: tuple[str, ...], small_data: Path, tmp_path: Path) -> None:
    """Breaks when a head of other classes is used as it is, or one is made anew without a word."""
    source = vit(tmp_path / "vit", names)
    with pytest.raises(InputError, match=rf"epochs must be 1 or more, as the head of \S+ has .*{names[0]}"):
        train(as_it_is(source), small_data, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.warns(UnseenWarning, match="fresh head: its classes were"):
        model, _ = make_model(source, parse_recipe(small_recipe()))
    before = load_file(f"{source}/model.safetensors")["classifier.weight"]
    assert model.classifier.weight.shape == (4, 16)
    assert not any(torch.equal(a, b) for a in model.classifier.weight for b in before)


def test_a_checkpoint_without_a_head_needs_training(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a backbone is used as a classifier with a head of random weights."""
    source = vit(tmp_path / "vit", NAMES)
    ViTForImageClassification.from_pretrained(source).vit.save_pretrained(source)
    config = json.loads((tmp_path / "vit" / "config.json").read_text())
    (tmp_path / "vit" / "config.json").write_text(json.dumps(config | {"id2label": dict(enumerate(NAMES))}))
    with pytest.raises(InputError, match="epochs must be 1 or more"):
        train(as_it_is(source), small_data, tmp_path / "run")


@pytest.mark.parametrize("model", ["vit", "vit-spins", "spin-vit-scratch"])
def test_a_run_is_used_as_it_is(model: str, small_data: Path, tmp_path: Path) -> None:
    """Breaks when a network of ours starts with another rendering, other edges or another prior than its own."""
    first = train(small_training().model_copy(update={"model": model, "epochs": 1}), small_data, tmp_path / "first")
    again = train(as_it_is(str(tmp_path / "first")), small_data, tmp_path / "again")
    assert again.rendering == first.rendering
    spins = read_split(small_data, "test").spins
    np.testing.assert_array_equal(again.predict(spins).probability, first.predict(spins).probability)


@pytest.mark.parametrize("model", ["vit", "spin-vit-scratch"])
def test_other_edges_need_training(model: str, small_data: Path, tmp_path: Path) -> None:
    """Breaks when a network that learned other edges, under the same names, is used as it is or gets new ones without a
    word, or a plain one at a size that it cannot read ends in a traceback."""
    train(small_training().model_copy(update={"model": model, "epochs": 1}), small_data, tmp_path / "first")
    classes = {"names": NAMES, "edges": [0.0, 1.5, 2.0, 3.0, 4.0]}
    other = build(parse_recipe(small_recipe(classes=classes)), tmp_path / "other")
    with pytest.raises(InputError, match="epochs must be 1 or more"):
        train(as_it_is(str(tmp_path / "first")), other, tmp_path / "run")
    with pytest.warns(
        UnseenWarning, match="fresh head" if model == "vit" else r"new edges of its classes, \[1.5, 2.0, "
    ):
        make_model(str(tmp_path / "first"), read_recipe(other))
    if model == "vit":
        larger = parse_recipe(small_recipe(system={"name": "ising-periodic", "size": 10}))
        with pytest.raises(InputError, match="size must be 8 x 8, the only one"):
            make_model(str(tmp_path / "first"), larger)


def test_odd_configurations_of_others_are_refused(tmp_path: Path) -> None:
    """Breaks when a value of another type or size in the config.json of a checkpoint of photographs, which has no
    hashes, ends in a traceback or in a hang: now, or in the first step."""
    source, few = vit(tmp_path / "vit", NAMES), parse_recipe(small_recipe())
    config = json.loads((tmp_path / "vit" / "config.json").read_text())
    refused = 0
    for key in config:
        for value in (None, -1, 0, 7, 10**20, 1e308, "x", [], {}):
            (tmp_path / "vit" / "config.json").write_text(json.dumps(config | {key: value}))
            try:
                model, rendering = make_model(source, few)
            except InputError:
                refused += 1
            else:
                assert torch.isfinite(model(pixel_values=rendering(few.system.system(), SPINS)).logits).all()
    assert refused > 50


@pytest.mark.parametrize("changes", [{"num_channels": 1}, {"image_size": (32, 16)}])
def test_networks_of_other_pictures_are_refused(changes: dict[str, Any], tmp_path: Path) -> None:
    """Breaks when a checkpoint that reads one channel, or no squares, ends in a traceback in the first step."""
    source = vit(tmp_path / "vit", NAMES, **changes)
    with pytest.raises(InputError, match=rf"model \({next(iter(changes))}\) must be"):
        make_model(source, parse_recipe(small_recipe()))


@pytest.mark.parametrize(
    "text", ["[", "[" * 10**5, '{"image_mean": "x"}', '{"image_std": [0, 0, 0]}', '{"image_mean": [0.5]}']
)
def test_odd_processors_are_refused(text: str, tmp_path: Path) -> None:
    """Breaks when a damaged preprocessor_config.json, or a division by 0, ends in a traceback or in NaN pixels."""
    source = vit(tmp_path / "vit", NAMES)
    (tmp_path / "vit" / "preprocessor_config.json").write_text(text)
    with pytest.raises(InputError, match="model must be"):
        make_model(source, parse_recipe(small_recipe()))


@pytest.mark.parametrize("key", ["auto_map", "quantization_config", "attn_implementation", "adapter"])
@pytest.mark.parametrize("known", [True, False])
def test_no_code_of_a_checkpoint_is_run(
    key: str, known: bool, finished_run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small_data: Path
) -> None:
    """Breaks when a checkpoint asks whether its own code may run, runs it, or has some fetched; `known`: also where
    transformers has a network of that type itself."""
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("asked"))
    folder, proof = Path(vit(tmp_path / "vit", NAMES)), tmp_path / "proof"
    (folder / "code.py").write_text(f"open({str(proof)!r}, 'w')\n")
    config = json.loads((folder / "config.json").read_text()) | ({} if known else {"model_type": "own"})
    classes = {"AutoConfig": "code.C", "AutoModelForImageClassification": "code.M", "AutoImageProcessor": "code.P"}
    values = {"auto_map": classes, "quantization_config": {"quant_method": "own"}, "attn_implementation": "owner/code"}
    if key == "adapter":
        (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "owner/base"}')
    else:
        config[key] = values[key]
    (folder / "config.json").write_text(json.dumps(config))
    before = set(sys.modules)
    for use in (
        lambda: train(as_it_is(str(folder)), small_data, tmp_path / "run"),
        lambda: load_classifier(folder, finished_run[1].system),
    ):
        with pytest.raises(InputError, match=r"model must be a (whole )?network") as error:
            use()
        assert "\n" not in str(error.value)
    assert not proof.exists()
    assert not [name for name in set(sys.modules) - before if "code" in name]


def test_a_run_that_asks_for_code_is_refused(finished_run, tmp_path: Path) -> None:
    """Breaks when hashes that fit make up for a configuration that asks to run code."""
    run = Path(shutil.copytree(finished_run[0], tmp_path / "run"))
    config = json.loads((run / "config.json").read_text())
    (run / "config.json").write_text(json.dumps(config | {"auto_map": {"AutoConfig": "code.C"}}))
    with pytest.raises(InputError, match="without auto_map"):
        load_classifier(sign(run))
