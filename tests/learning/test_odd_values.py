"""Odd values in the JSON of a run, and odd names: an answer that is finite, or one line; never a traceback."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calls import run as command
from conftest import sign
from spinlens import get_system, load_classifier
from spinlens.data.json_files import read_object
from spinlens.errors import InputError
from spinlens.learning.shipped import INCLUDED, was_trained_on

ODD: list[Any] = [None, True, -1, 0, 7, 10**20, 1e308, float("nan"), "x", "", [], {}, [0, "x"], {"a": [1]}, "\udcff"]
META = ("system", "rendering", "class_edges", "pretraining")


pytestmark = pytest.mark.filterwarnings("ignore::spinlens.errors.UnseenWarning", "ignore:Initializing zero-element")


@pytest.fixture
def run(finished_run, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished_run[0], tmp_path / "run"))


def outcome(folder: Path) -> str:
    """That a classifier of that folder predicts, or the error."""
    try:
        prediction = load_classifier(folder, "ising-periodic").predict(np.ones((2, 8, 8)))
    except InputError as error:
        return str(error)
    assert np.isfinite(prediction.probability).all()
    assert all(np.isfinite(part).all() for pair in prediction.state.values() for part in pair)
    return "predicted"


def keys(folder: Path) -> list[tuple[str, ...]]:
    """Every entry of a configuration, and those of what spinlens records there."""
    config = read_object(folder / "config.json")
    inner = [("spinlens", key) for key in META]
    inner += [("spinlens", key, name) for key in ("rendering", "system") for name in config["spinlens"].get(key, {})]
    return [(key,) for key in config] + inner


def changed(config: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    key, *rest = path
    return config | {key: changed(config[key], tuple(rest), value) if rest else value}


@pytest.mark.parametrize("part", [pytest.param(k, marks=[pytest.mark.slow] if k else []) for k in range(6)])
def test_odd_values_in_a_configuration(part: int, run: Path) -> None:
    """Breaks when a value of another type or size in config.json, with hashes that fit, ends in a traceback, in a hang
    or in NaN. Every sixth pair of an entry and a value by default."""
    config, found = read_object(run / "config.json"), []
    pairs = [(path, value) for path in keys(run) for value in ODD]
    for path, value in pairs[part::6]:
        (run / "config.json").write_text(json.dumps(changed(config, path, value)))
        found.append(outcome(sign(run)))
    assert "predicted" in found
    assert len(set(found)) > 20


@pytest.mark.parametrize("text", ["", "[]", "3", "null", "{", "\x00", "[" * 10**5, '{"a":' * 10**5, "1" * 5000])
@pytest.mark.parametrize("name", ["config.json", "sha256.json"])
def test_files_that_are_no_objects(name: str, text: str, run: Path) -> None:
    """Breaks when deep, long or truncated JSON ends in a traceback."""
    (run / name).write_text(text)
    if name == "config.json":
        (run / "sha256.json").unlink()
        (run / "recipe.json").unlink()
    assert outcome(run).startswith("model must be")
    (run / "recipe.json").write_text(text)
    if name == "config.json":
        with pytest.raises(InputError, match="model must be a folder that `spinlens pretrain` or"):
            was_trained_on(run, get_system("ising-periodic", 8))


@pytest.mark.parametrize("bad", [b"a\xff", b"[/x]", b"a b;c", "näß".encode(), b"-x", b"line\nbreak"])
def test_odd_names_of_folders(bad: bytes, finished_run, small_data: Path, tmp_path: Path, capsys) -> None:
    """Breaks when weights are not found, or a line is cut or a traceback, where a name is not UTF-8 or looks like
    markup."""
    name = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + bad))
    shutil.copytree(finished_run[0], name)
    options = ("--model", "spin-vit-scratch", "--epochs", "1", "--labels", "4")
    code, out, err = command(capsys, "train", small_data, "--out", name / "new", *options)
    if bad == b"a\xff":  # safetensors reads and writes UTF-8 paths only
        assert "safetensors" in outcome(name)
        assert (code, err.startswith("error: out must be a path in UTF-8"), err.count("\n")) == (2, True, 1)
        return
    assert code == 0, err
    assert "done.\nNext:\n  spinlens evaluate " in out
    assert outcome(name) == "predicted"
    (name / "model.safetensors").write_bytes(b"x")
    assert outcome(name).startswith("model must be undamaged")


def test_shipped_weights_are_refused_when_odd(tmp_path: Path) -> None:
    """Breaks when recorded pre-training of other types ends in a traceback."""
    folder = Path(shutil.copytree(INCLUDED / "spin-vit", tmp_path / "weights"))
    config = read_object(folder / "config.json")
    for key in ("systems", "sizes", "temperatures"):
        for value in ODD:
            (folder / "config.json").write_text(json.dumps(changed(config, ("spinlens", "pretraining", key), value)))
            with pytest.raises(InputError):
                load_classifier(sign(folder), get_system("ising-periodic"))


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        (("spinlens", "class_edges"), [0.0, 1.0, 4.0], r"model \(spinlens.class_edges\) must be 5 numbers"),
        (("spinlens", "class_edges"), [0.0, 2.0, 1.0, 3.0, 4.0], "must be numbers that rise"),
        (("unit",), 0.0, r"model \(unit\) must be a finite number above 0, in "),
        (("origin",), "x", r"model \(origin\) must be a finite number, in "),
        (("class_edges",), [1.0], r"model \(class_edges\) must be 3 numbers"),
        (
            ("spinlens", "pretraining"),
            {"systems": ["x"], "sizes": [8], "temperatures": [0, 4]},
            "system must be one that `spinlens systems` lists",
        ),
    ],
)
def test_what_a_run_records_fits_its_classes(path: tuple[str, ...], value: Any, text: str, run: Path) -> None:
    """Breaks when edges of other classes, or systems that nobody knows, are found by a traceback in `predict`."""
    (run / "config.json").write_text(json.dumps(changed(read_object(run / "config.json"), path, value)))
    with pytest.raises(InputError, match=text):
        load_classifier(sign(run))
