"""Recipes that name what drives a quench and where it begins."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conftest import small_recipe
from spinlens import InputError
from spinlens.data.build import build
from spinlens.data.checks.check import check
from spinlens.data.formats.imports import import_dataset
from spinlens.data.formats.simulator import write_simulator
from spinlens.data.read import read_recipe, read_split
from spinlens.data.recipe import parse_recipe
from spinlens.montecarlo.sample import sample


@pytest.mark.parametrize("protocol", ["quench", "anneal"])
def test_a_data_set_of_exchange(protocol: str, tmp_path: Path) -> None:
    """Breaks when a build forgets updater or start: every image then has its own magnetization."""
    moves: dict[str, Any] = {"protocol": protocol, "sweeps": 2, "updater": "kawasaki", "start": "random:0.25"}
    out = build(parse_recipe(small_recipe(**moves)), tmp_path / "data")
    found = read_split(out, "train")
    assert (found.spins.sum((1, 2)) == -32).all()
    assert len(np.unique(found.spins, axis=0)) > 20, "cold droplets alone may be the same twice"
    recipe = read_recipe(out)
    assert (recipe.updater, recipe.start) == ("kawasaki", "random:0.25")
    check(out)


def test_plain_recipes_are_written_as_before() -> None:
    """Breaks when recipe.json of a recipe without moves gets further keys, so that no build of it resumes."""
    values = parse_recipe(small_recipe(protocol="quench")).model_dump(mode="json")
    assert not {"updater", "start"} & values.keys()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"updater": "kawasaki"}, "updater must be left out with protocol equilibrium"),
        ({"start": "halves"}, "start must be left out with protocol equilibrium"),
        ({"protocol": "quench", "updater": "potts"}, "updater must be one that serves Ising"),
        ({"protocol": "quench", "start": "halfs"}, "did you mean halves"),
        ({"protocol": "quench", "start": "stripes:9"}, "1 to 8 sites"),
        ({"protocol": "ramp"}, "protocol must be one of"),
    ],
)
def test_moves_that_do_not_fit(changes: dict[str, Any], words: str, tmp_path: Path) -> None:
    """Breaks when a build begins, or a folder is made, before a bad name is found."""
    with pytest.raises(InputError, match=words):
        build(parse_recipe(small_recipe(**changes)), tmp_path / "data")
    assert not list(tmp_path.iterdir())


def test_an_import_drops_them(tmp_path: Path) -> None:
    """Breaks when a recipe with moves cannot be used for an import, which replaces its protocol."""
    recipe = parse_recipe(small_recipe(protocol="quench", updater="kawasaki"))
    batch = sample(recipe.system.system(), np.repeat([0.5, 1.5, 2.2, 3.0], 8))
    write_simulator(tmp_path / "data.json", batch.system, batch.spins, batch.temperature, np.arange(32))
    out = import_dataset(tmp_path / "data.json", recipe, tmp_path / "data", independent=True)
    assert (read_recipe(out).protocol, read_recipe(out).updater) == ("imported", None)
