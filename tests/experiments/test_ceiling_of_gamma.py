"""Upper bounds of scores in gamma: simulated kinks against Z at complex gamma, and that they are named so."""

from pathlib import Path

import numpy as np
import pytest

from kink_counts import MOST, gamma_recipe, kink_probabilities
from spinlens import ceiling
from spinlens.data.build import build
from spinlens.data.card import card
from spinlens.data.recipe import Recipe
from spinlens.errors import InputError
from spinlens.experiments.evaluation import evaluate
from spinlens.metrics.ceiling import compute_ceiling
from spinlens.montecarlo.analysis import densities
from spinlens.montecarlo.analysis.densities import estimated_density_of_states

RECIPE = gamma_recipe()


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"REPLICAS": 256, "TEMPERATURES": 32, "MEASUREMENTS": 24}.items():
        monkeypatch.setattr(densities, name, value)


def test_the_joint_distribution_is_that_of_an_independent_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when kinks are joined with the wrong conjugate of gamma, or other numbers are counted.

    Errors are those of 8 blocks: Student's t with 7 degrees of freedom is beyond 8 with a probability of 1e-4.
    """
    few(monkeypatch)
    levels, log_g = estimated_density_of_states(RECIPE.control(), RECIPE.classes.grid(), seed=1)
    assert (levels[:4] == [0, 2, 4, 6]).all()
    kept = levels[(log_g > -np.inf).all(0)].astype(int)  # in every block
    singles = np.stack([_joint(levels, one[None]) for one in log_g])[:, :, kept]
    shares = np.array(RECIPE.counts.test) / sum(RECIPE.counts.test)
    exact = np.array(
        [
            p * np.mean([kink_probabilities("tfim-chain", 4, gamma) for gamma in RECIPE.classes.values(k)], 0)
            for k, p in enumerate(shares)
        ]
    )
    errors = singles[1:].std(0, ddof=1) / np.sqrt(len(log_g) - 1)
    assert (np.abs(singles[0] - exact[:, kept]) < 8 * errors + 1e-12).all()
    assert (errors < 0.1 * exact.max()).all()
    found = compute_ceiling(levels, log_g, RECIPE)
    assert found.is_bound
    assert 0 < found.error < 0.01
    assert abs(found.accuracy - exact.max(0).sum()) < 8 * found.error


def _joint(levels: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """(classes, MOST + 1): p(class, kinks)."""
    found = compute_ceiling(levels, estimate, RECIPE)
    joint = np.zeros((3, MOST + 1))
    joint[:, found.levels.astype(int)] = found.joint
    return joint


def test_bounds_are_named_and_hold_for_pictures(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Breaks when the bound is called the ceiling of pictures, or rows need kinks that are not given."""
    few(monkeypatch)
    data = build(RECIPE, tmp_path / "data")
    found = evaluate(data, predictions=np.zeros(120, int))
    assert found.rows.keys() == {"predictions", "bayes-worldlines", "kink-thresholds", "magnetization-thresholds"}
    assert found.ceiling is not None
    assert found.ceiling.is_bound
    assert found.ceiling.method.startswith("p(kinks|gamma), of the worldlines")
    assert found.rows["magnetization-thresholds"].macro_f1 < found.ceiling.macro_f1
    assert "upper bounds for those of rules on pictures" in card(RECIPE)


def test_temperatures_of_a_quantum_system_have_no_ceiling() -> None:
    """Breaks when energies of worldlines, which are no function of one state, are taken for sufficient."""
    recipe = Recipe(system={"name": "tfim-chain", "size": 4}, classes={"edges": [0.5, 1, 2, 3, 4], "step": 0.5})
    with pytest.raises(InputError, match=r"classes.variable must be one that has a ceiling.*worldlines"):
        ceiling(recipe.system.system(), recipe)


def test_a_lattice_with_too_many_kinks_is_refused() -> None:
    """Breaks when a ceiling that takes hours begins."""
    recipe = Recipe(system={"name": "tfim-square", "size": 100})
    with pytest.raises(InputError, match="size must be one with at most 100000 kinks"):
        ceiling(recipe.system.system(), recipe)
