"""Shared by all tests: a cache of their own, one thread, and small data sets."""

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ["HF_HUB_OFFLINE"] = "1"  # tests never ask the network

import pytest

if TYPE_CHECKING:
    from spinlens.learning.classifier import Classifier
    from spinlens.learning.presets import TrainingRecipe


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Densities of states are computed anew in every test run, never taken from an earlier one."""
    os.environ["SPINLENS_CACHE"] = str(tmp_path_factory.getbasetemp() / "cache")


def edge_pairs() -> list[tuple[str, str]]:
    """(vertical, horizontal): every pair of named edges that makes a boundary."""
    from spinlens.physics.boundary import EDGES

    pairs = itertools.product(EDGES, EDGES)
    return [pair for pair in pairs if "screw" not in pair or "periodic" in pair]


def small_recipe(**changes: object) -> dict[str, object]:
    """Values of a recipe with few images of a small lattice, overridden by `changes`."""
    counts = {"train": (12, 12, 12, 12), "validation": (4, 4, 4, 4), "test": (4, 4, 4, 4)}
    return {"system": {"name": "ising-periodic", "size": 8}, "counts": counts, "seed": 3} | changes


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished data set of 80 images, 8 x 8, that no test may change."""
    from spinlens.data.build import build
    from spinlens.data.recipe import parse_recipe

    return build(parse_recipe(small_recipe()), tmp_path_factory.mktemp("small") / "data")


def small_training() -> "TrainingRecipe":
    """A few steps from random weights."""
    from spinlens.learning.presets import TrainingRecipe

    return TrainingRecipe(model="spin-vit-scratch", epochs=4, batch_size=16, seed=7, learning_rate=5e-4)


@pytest.fixture(scope="session")
def finished_run(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> "tuple[Path, Classifier]":
    """(folder, classifier) of small_training on small_data, which no test may change."""
    from spinlens.learning.training import train

    out = tmp_path_factory.mktemp("run") / "vit"
    return out, train(small_training(), small_data, out)


def same_weights(a: Any, b: Any) -> bool:
    """Whether two networks have the same weights, bit for bit."""
    first, second = a.state_dict(), b.state_dict()
    return first.keys() == second.keys() and all((first[key] == second[key]).all() for key in first)


def sign(folder: Path) -> Path:
    """Write the hashes of the files in a folder of weights or a checkpoint anew, as if they were meant; returns it."""
    from spinlens.data.json_files import read_object
    from spinlens.learning.folders import write_hashes

    write_hashes(folder, tuple(read_object(folder / "sha256.json")))
    return folder
