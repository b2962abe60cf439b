"""Recipes: the paper's defaults, and one clear line for everything else."""

import math

import numpy as np
import pytest

from conftest import small_recipe
from spinlens.data.classes import Classes
from spinlens.data.plan import plan
from spinlens.data.recipe import load_recipe, parse_recipe
from spinlens.errors import InputError


def test_defaults_are_the_papers() -> None:
    """Breaks when a default strays from Kara et al. (2021): 1300 images, 401 temperatures, edges on the grid above."""
    recipe = parse_recipe({})
    layout = plan(recipe)
    assert len(layout.label) == 1300
    assert np.bincount(layout.split).tolist() == [600, 300, 400]
    assert len(recipe.classes.grid()) == 401
    assert recipe.classes.label([0, 1.05, 1.06, 2.11, 2.12, 2.31, 2.32, 4.0]).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    np.testing.assert_array_equal(recipe.classes.label(layout.temperature), layout.label)


def test_system_parts_can_be_changed() -> None:
    """Breaks when a recipe's J, B or edges do not reach the system."""
    values = {"system": {"name": "ising-periodic", "size": (4, 6), "J": -2.0, "B": 0.5, "horizontal": "open"}}
    system = parse_recipe(values).system.system()
    assert (system.model.J, system.model.B, system.lattice.shape) == (-2.0, 0.5, (4, 6))
    assert (system.boundary.vertical.name, system.boundary.horizontal.name) == ("periodic", "open")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"temperture": 3}, "recipe (key) must be one of system, protocol,"),
        ({"system": {"name": "ising-periodic", "sise": 8}}, "system (key) must be one of name, size,"),
        ({"system": {"name": "ising-periodic", "size": "big"}}, "system.size must be a valid integer"),
        ({"system": {"name": "potts"}}, "system"),
        ({"system": {"name": "ising-periodic", "size": 1}}, "size"),
        ({"system": {"name": "ising-periodic", "J": math.nan}}, "J"),
        ({"system": {"name": "ising-periodic", "vertical": "moebius"}}, "vertical"),
        (
            {"counts": {"train": (0, 1, 1, 1), "validation": (1,) * 4, "test": (1,) * 4}},
            "counts.train must be at least 1, for class FSbCR too, got 0",
        ),
        ({"counts": {"train": (2, 1, -1, 1)}}, "counts.train must be at least 1, for class CR"),
        ({"counts": {"train": (2, 1, "x", 1)}}, "counts.train must be a valid integer"),
        ({"counts": {"train": (4_000_000,) * 4}}, "at most 10000000 images"),
        ({"counts": {"train": (1, 1)}}, "counts.train"),
        ({"classes": {"edges": (0, 1.001, 1.009, 2, 4)}}, "class SbCR"),
        ({"classes": {"names": ("a", "a", "b", "c")}}, "classes.names"),
        ({"classes": {"edges": (0, 2, 1, 3, 4)}}, "rise"),
        ({"classes": {"edges": (0, 1, 2, 3, math.inf)}}, "edges"),
        ({"protocol": "boil"}, "protocol"),
        ({"sweeps": 0}, "sweeps"),
        ({"seed": -1}, "seed"),
        ({"seed": True}, "seed must be a number or text"),
        ({"system": {"name": "ising-periodic", "J": True}}, "system.J must be a number or text"),
        ({"counts": {"train": (1, True, 1, 1)}}, "counts.train must be a number or text"),
    ],
)
def test_bad_recipes_name_the_field_in_one_line(changes: dict, words: str) -> None:
    """Breaks when a bad recipe is accepted, or its message does not name the field."""
    with pytest.raises(InputError) as caught:
        parse_recipe(small_recipe(**changes))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250, "the recipe as a whole is not the value"


def test_unreadable_recipe_files(tmp_path) -> None:
    """Breaks when a missing or broken TOML file ends in another exception."""
    with pytest.raises(InputError, match="No such file"):
        load_recipe(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("seed = = 3")
    with pytest.raises(InputError, match="TOML"):
        load_recipe(tmp_path / "bad.toml")


def test_a_grid_is_not_spoilt_by_rounding() -> None:
    """Breaks when 0.1 + 0.2 moves a temperature across an edge."""
    classes = Classes(names=("a", "b"), edges=(0.1, 0.3, 0.7), step=0.1)
    assert classes.grid().tolist() == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]
    assert classes.temperatures(1).tolist() == [0.3, 0.4, 0.5, 0.6, 0.7]
