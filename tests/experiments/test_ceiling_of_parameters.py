"""Ceilings of classes of a parameter: exact ones by enumeration, and simulated ones against them."""

import numpy as np
import pytest
from scipy.special import rel_entr

from control_states import SQUARES, crystal_field_recipe, weigh
from spinlens import ceiling
from spinlens.data.recipe import Recipe
from spinlens.errors import InputError
from spinlens.metrics.ceiling import compute_ceiling
from spinlens.montecarlo.analysis import densities
from spinlens.montecarlo.analysis.densities import estimated_density_of_states

RECIPE = crystal_field_recipe()


def joint(recipe: Recipe) -> np.ndarray:
    """p(class, sum s^2) (classes, 10), from all states."""
    shares = np.array(recipe.counts.test) / sum(recipe.counts.test)
    rows = []
    for k, share in enumerate(shares):
        weights = np.mean([weigh(D) for D in recipe.classes.values(k)], 0)
        rows.append(share * np.bincount(SQUARES, weights, 10))
    return np.array(rows)


def test_the_ceiling_of_crystal_fields_is_that_of_all_states() -> None:
    """Breaks when the rule reads another number than sum s^2, or classes another grid, temperature or proportion."""
    recipe = crystal_field_recipe(counts={"train": [1] * 3, "validation": [1] * 3, "test": [10, 20, 30]})
    exact, found = joint(recipe), ceiling(recipe.system.system(), recipe)
    assert (found.error, found.method) == (0.0, "exact p(dH/dD|D)")
    assert found.levels.tolist() == list(range(10))
    np.testing.assert_allclose(found.joint, exact, rtol=1e-9)
    assert found.accuracy == pytest.approx(exact.max(0).sum())
    held = rel_entr(exact, exact.sum(1, keepdims=True) * exact.sum(0)).sum()
    assert found.information == pytest.approx(held)
    posterior = exact / exact.sum(0)
    np.testing.assert_allclose(found.posterior(SQUARES[:50].astype(float)), posterior.T[SQUARES[:50]], rtol=1e-9)


def test_a_simulated_ceiling_agrees_with_enumeration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when crystal fields are simulated with the wrong sign or joined with the wrong conjugate.

    Errors are those of 8 blocks: Student's t with 7 degrees of freedom is beyond 8 with a probability of 1e-4.
    """
    for name, value in {"REPLICAS": 128, "TEMPERATURES": 16, "MEASUREMENTS": 16}.items():
        monkeypatch.setattr(densities, name, value)
    levels, log_g = estimated_density_of_states(RECIPE.control(), RECIPE.classes.grid(), seed=1)
    exact = joint(RECIPE)
    assert levels.tolist() == list(range(10))
    found = compute_ceiling(levels, log_g, RECIPE)
    best = ceiling(RECIPE.system.system(), RECIPE)
    assert 0 < found.error < 0.01
    assert abs(found.macro_f1 - best.macro_f1) < 8 * found.error
    singles = np.stack([compute_ceiling(levels, one[None], RECIPE).joint for one in log_g])
    errors = singles[1:].std(0, ddof=1) / np.sqrt(len(log_g) - 1)
    assert (np.abs(singles[0] - exact) < 8 * errors).all()
    assert (errors < 0.2 * exact.max()).all()


def test_phases_that_are_not_connected_have_no_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when the weights of two phases are those of the starts: deep in the first-order region none passes."""
    for name, value in {"REPLICAS": 64, "TEMPERATURES": 8, "MEASUREMENTS": 8}.items():
        monkeypatch.setattr(densities, name, value)
    recipe = crystal_field_recipe(system={"name": "blume-capel", "size": 16}, temperature=0.25)
    with pytest.raises(InputError, match="size must be small enough for simulations to pass between phases"):
        ceiling(recipe.system.system(), recipe)
