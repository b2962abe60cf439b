"""Presets: every network trains at the settings that were chosen for it, wherever it is trained from."""

import numpy as np
import pytest

from spinlens.errors import InputError
from spinlens.experiments.curve_plan import network
from spinlens.experiments.jobs import check_workers
from spinlens.experiments.profiles import PROFILES, get_profile, row_for
from spinlens.learning.presets import TrainingRecipe, preset_for, preset_recipe
from spinlens.physics.catalogue import get_system

CHOSEN = {"spin-vit-scratch": 7e-4, "vit": 7e-4, "resnet-small": 2e-3, "resnet-18": 3e-4, "resnet-50": 3e-4}


@pytest.mark.parametrize(("model", "rate"), CHOSEN.items())
def test_fresh_networks_train_at_the_rate_that_reports_name(model: str, rate: float) -> None:
    """Breaks when preset, table and curve train a network otherwise, or at another rate than their note says."""
    rows = [recipe for profile in PROFILES.values() for tier, recipe in profile.networks.values() if tier == "A"]
    recipes = [
        preset_recipe("scratch", model),
        network(model, get_system("ising-open"))[1],
        *(r for r in rows if r.model == model),
    ]
    assert len(recipes) > 2, "a row of some profile, or nothing is shown"
    for recipe in recipes:
        assert (recipe.learning_rate, recipe.epochs, recipe.patience) == (rate, 30, None)


def test_two_phases_are_learned_faster_and_longer() -> None:
    """Breaks when preset, table or curve trains a network for a transition of first order as for another one."""
    system, (tier, row) = get_system("potts-10"), PROFILES["quick"].networks["spin-vit-scratch"]
    recipes = [
        preset_recipe("scratch", row.model, system),
        row_for(tier, row, system)[1],
        network(row.model, system)[1],
    ]
    assert {(recipe.learning_rate, recipe.epochs) for recipe in recipes} == {(1.4e-3, 60)}
    assert preset_recipe("scratch", row.model, get_system("potts-3")).epochs == 30
    assert network(row.model, system, 5)[1].epochs == preset_recipe("scratch", row.model, system, epochs=5).epochs == 5


def test_own_rates_are_for_fresh_weights_alone() -> None:
    """Breaks when a rate reaches another preset or wins over the user's."""
    for preset, rate in {"fine-tune": 1e-5, "transfer": 1e-3, "paper": 2e-5}.items():
        assert preset_recipe(preset, "resnet-18").learning_rate == rate
    assert preset_recipe("scratch", "resnet-18", learning_rate=1e-2).learning_rate == 1e-2
    with pytest.raises(InputError, match=r"preset must be one of fine-tune, .*, got deep"):
        preset_recipe("deep", "resnet-18")


def test_runs_get_the_preset_of_what_they_were_trained_on(finished_run) -> None:
    """Breaks when weights of our own training are taken for photographs' and get the paper's settings."""
    folder = str(finished_run[0])
    presets = {"ising-periodic": "fine-tune", "ising-antiferro": "fine-tune", "ising-open": "transfer"}
    assert {name: preset_for(folder, get_system(name, 8)) for name in presets} == presets
    assert preset_for(folder, get_system("ising-periodic", 12)) == "fine-tune", "of any size"
    assert preset_for("nobody/network", get_system("ising-periodic")) == "paper"


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"epochs": -1}, "epochs must be"),
        ({"colour": 1}, "must be one of model"),
        ({"seed": True}, "seed"),
    ],
)
def test_a_recipe_in_python_is_refused_in_one_line(values: dict[str, object], text: str) -> None:
    """Breaks when TrainingRecipe raises pydantic's error, or takes true for 1."""
    with pytest.raises(InputError, match=text) as raised:
        TrainingRecipe(**values)
    assert "\n" not in str(raised.value)


def test_numpy_integers_are_numbers() -> None:
    """Breaks when a number from an array is refused, or cannot be written into a run."""
    recipe = TrainingRecipe(epochs=np.int64(4), seed=np.uint8(2), labels=np.int32(9))
    assert recipe == TrainingRecipe(epochs=4, seed=2, labels=9)
    assert recipe.model_dump_json() == TrainingRecipe(epochs=4, seed=2, labels=9).model_dump_json()
    check_workers(np.int64(2))
    assert get_profile("quick", np.int64(3)).trials == 3
