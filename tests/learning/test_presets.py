"""Presets: every network trains at the settings that were chosen for it, wherever it is trained from."""

import pytest

from spinlens.errors import InputError
from spinlens.learning.catalogue import CONFIGURED
from spinlens.learning.presets import FRESH_RATES, preset_recipe
from spinlens.report.curve_plan import network
from spinlens.report.profiles import PROFILES

CHOSEN = {"spin-vit-scratch": 7e-4, "vit": 7e-4, "resnet-small": 2e-3, "resnet-18": 3e-4, "resnet-50": 3e-4}


@pytest.mark.parametrize(("model", "rate"), CHOSEN.items())
def test_fresh_networks_train_at_the_rate_that_reports_name(model: str, rate: float) -> None:
    """Breaks when preset, table and curve train a network otherwise, or at another rate than their note says."""
    rows = [recipe for profile in PROFILES.values() for tier, recipe in profile.networks.values() if tier == "A"]
    recipes = [preset_recipe("scratch", model), network(model, "ising-open")[1], *(r for r in rows if r.model == model)]
    assert len(recipes) > 2, "a row of some profile, or nothing is shown"
    for recipe in recipes:
        assert (recipe.learning_rate, recipe.epochs, recipe.patience) == (rate, 30, None)


def test_own_rates_are_for_fresh_weights_alone() -> None:
    """Breaks when a rate stands under a name that no network has, reaches another preset or wins over the user's."""
    assert set(FRESH_RATES) <= set(CONFIGURED)
    for preset, rate in {"fine-tune": 1e-5, "transfer": 1e-3, "paper": 2e-5}.items():
        assert preset_recipe(preset, "resnet-18").learning_rate == rate
    assert preset_recipe("scratch", "resnet-18", learning_rate=1e-2).learning_rate == 1e-2
    with pytest.raises(InputError, match=r"preset must be one of fine-tune, .*, got deep"):
        preset_recipe("deep", "resnet-18")
