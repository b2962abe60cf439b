"""Recipes: the paper's defaults, and one clear line for everything else."""

import math
import pickle
from typing import Any

import numpy as np
import pytest

from conftest import small_recipe
from spinlens import get_system
from spinlens.data.checked import Checked
from spinlens.data.classes import Classes
from spinlens.data.plan import plan
from spinlens.data.recipe import Counts, Recipe, SystemRecipe, load_recipe, parse_recipe
from spinlens.errors import InputError
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.pretraining_recipe import PretrainingRecipe


def test_defaults_are_the_papers() -> None:
    """Breaks when a default strays from Kara et al. (2021): 1300 images, 401 temperatures, edges on the grid above."""
    recipe = parse_recipe({})
    layout = plan(recipe)
    assert len(layout.label) == 1300
    assert np.bincount(layout.split).tolist() == [600, 300, 400]
    assert len(recipe.classes.grid()) == 401
    assert recipe.classes.label([0, 1.05, 1.06, 2.11, 2.12, 2.31, 2.32, 4.0]).tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    np.testing.assert_array_equal(recipe.classes.label(layout.value), layout.label)


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
        ({"system": {"name": "ising-periodic", "size": "big"}}, "size must be a number of sites a side, or two"),
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
        ({"protocol": "boil"}, "protocol must be one of equilibrium, anneal, quench, got boil"),
        ({"system": {"name": "ising-periodic", "size": "64x96"}}, "got 64x96; write [64, 96]"),
        ({"system": {"name": "ising-periodic", "sise": "big"}}, "system.sise must be a number, as parameters are"),
        ({"system": 5}, "system must be a table [system] with the keys name, size, "),
        ({"train": 60}, "got train; it belongs below [counts]"),
        ({"sed": 3}, "got sed; did you mean seed?"),
        ({"counts": 60}, "counts must be a table [counts] with the keys train, validation, test, got 60"),
        ({"counts": {"train": 60}}, "counts.train must be a list such as [220, 80, 90, 210], got 60"),
        ({"classes": {"names": ("a/b", "b", "c", "d")}}, "classes.names must be names of folders: "),
        ({"classes": {"names": ("a" * 61, "b", "c", "d")}}, "classes.names must be names of folders: "),
        ({"classes": {"names": ("..", "b", "c", "d")}}, "classes.names must be names of folders: "),
        ({"classes": {"names": ("a", "b ", "c", "d")}}, "classes.names must be names of folders: "),
        ({"classes": {"names": ("a", "b\0", "c", "d")}}, "classes.names must be names of folders: "),
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


ALONE: list[tuple[type[Checked], dict[str, Any], str]] = [
    (SystemRecipe, {"size": "64x96"}, "size must be a number of sites a side, or two"),
    (SystemRecipe, {"J": "strong"}, "J must be a valid number"),
    (SystemRecipe, {"J": True}, "J must be a number or text"),
    (SystemRecipe, {"name": 5}, "name must be a valid string, got 5"),
    (Counts, {"train": 60}, "train must be a list such as [220, 80, 90, 210], got 60"),
    (Counts, {"train": (1.5, 2)}, "train must be a valid integer"),
    (Counts, {"trian": (1, 2)}, "got trian; did you mean train?"),
    (Classes, {"edges": 3}, "edges must be a list such as [0.0, 1.055, "),
    (Classes, {"step": "fine"}, "step must be a valid number"),
    (Classes, {"names": ("a/b", "c"), "edges": (0, 1, 2)}, "classes.names must be names of folders: "),
    (Recipe, {"seed": -1}, "seed must be greater than or equal to 0, got -1"),
    (Recipe, {"system": get_system("ising-open", 8)}, "system must be a name or a SystemRecipe, got ising-open; "),
    (Recipe, {"system": {"size": [[[[[[[[[8]]]]]]]]]}}, "values nested too deep"),
    (TrainingRecipe, {"epochs": True}, "epochs must be a number or text"),
    (PretrainingRecipe, {"systems": "ising-open", "snapshots": 64}, "systems must be a list, got ising-open"),
    (PretrainingRecipe, {"systems": ("ising-open",)}, "snapshots must be given, got nothing"),
]


@pytest.mark.parametrize(("kind", "values", "words"), ALONE)
@pytest.mark.parametrize("validated", [False, True])
def test_every_description_checks_itself(kind: type[Checked], values: dict, words: str, validated: bool) -> None:
    """Breaks when a description made in Python raises pydantic's error of several lines, or accepts a bad value."""
    with pytest.raises(InputError) as caught:
        kind.model_validate(values) if validated else kind(**values)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_numpy_numbers_describe_the_same() -> None:
    """Breaks when numbers out of an array are refused, or make another description, text or hash."""
    counts = {"train": np.array([3, 4, 5, 6]), "validation": [np.int16(1)] * 4, "test": (np.int64(2),) * 4}
    system = {"size": (np.int64(4), np.int32(6)), "J": np.float64(-1.5)}
    made = Recipe(system=system, seed=np.int64(3), counts=counts)
    plain = {"train": (3, 4, 5, 6), "validation": (1,) * 4, "test": (2,) * 4}
    same = Recipe(system=SystemRecipe(size=(4, 6), J=-1.5), seed=3, counts=Counts(**plain))
    assert (made, hash(made), made.model_dump_json()) == (same, hash(same), same.model_dump_json())
    assert pickle.loads(pickle.dumps(made)) == made
    assert TrainingRecipe(epochs=np.int64(3), augment=False) == TrainingRecipe(epochs=3, augment=False)


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
    assert classes.values(1).tolist() == [0.3, 0.4, 0.5, 0.6, 0.7]
