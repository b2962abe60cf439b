"""Data sets over the transverse field: kinks of exact diagonalization, bytes, checks that fail, defaults."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from kink_counts import CLASSES, MOST, T, gamma_recipe, kink_probabilities
from spinlens import load
from spinlens.data import shards
from spinlens.data.build import build
from spinlens.data.checks.check import check
from spinlens.data.formats.export import export
from spinlens.data.formats.user_files import read_files
from spinlens.data.recipe import SPLITS, Recipe, parse_recipe
from spinlens.errors import InputError
from spinlens.montecarlo.controlled import sample_values
from spinlens.physics.catalogue import get_system
from spinlens.physics.control import Control
from spinlens.physics.exact.diagonalization import diagonalize

RECIPE = gamma_recipe()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(RECIPE, tmp_path_factory.mktemp("gamma") / "data")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@lru_cache
def mean_kinks(name: str, size: int, gamma: float) -> float:
    """<kinks> = beta gamma N <sx> by exact diagonalization; its derivative by ln gamma is the variance."""
    system = get_system(name, size, gamma=float(gamma))
    sx = diagonalize(system).transverse_magnetization(T)
    return float(sx * gamma / T * system.lattice.spins)


def p_value(folder: Path, name: str, size: int, factor: float = 1.0) -> float:
    """Chi-square of the mean kinks at every gamma of all images, against exact ones at factor times gamma."""
    found = [load(folder, split) for split in SPLITS]
    gamma, kinks = (np.concatenate([getattr(one, key) for one in found]) for key in ("value", "kinks"))
    z = []
    for value in np.unique(gamma[gamma > 0]):
        mine, step = kinks[gamma == value], 1e-3
        low, mean, high = (mean_kinks(name, size, factor * value * np.exp(x)) for x in (-step, 0.0, step))
        z.append((mine.sum() - len(mine) * mean) / np.sqrt(len(mine) * (high - low) / (2 * step)))
    assert (kinks[gamma == 0] == 0).all()
    return float(chi2.sf(np.square(z).sum(), len(z)))


@pytest.mark.parametrize("gamma", [0.4, 1.6])
def test_the_reference_has_the_kinks_of_exact_diagonalization(gamma: float) -> None:
    """Breaks when the references of these tests disagree, or odd numbers of kinks have a weight."""
    p = kink_probabilities("tfim-chain", 4, gamma)
    k, step = np.arange(MOST + 1), 1e-4
    assert p @ k == pytest.approx(mean_kinks("tfim-chain", 4, gamma), rel=1e-9)
    slope = mean_kinks("tfim-chain", 4, gamma * np.exp(step)) - mean_kinks("tfim-chain", 4, gamma * np.exp(-step))
    assert p @ k**2 - (p @ k) ** 2 == pytest.approx(slope / (2 * step), rel=1e-6)
    assert p[1::2].sum() < 1e-9


def test_images_have_the_kinks_of_their_own_gamma(data: Path) -> None:
    """Breaks when an image comes from another gamma or temperature than its row says, or kinks from another image."""
    assert p_value(data, "tfim-chain", 4) > 1e-3
    assert p_value(data, "tfim-chain", 4, 1.3) < 1e-6
    test = load(data, "test")
    np.testing.assert_array_equal(test.statistic, test.kinks)
    assert (test.temperature == T).all()


def test_images_of_the_square_have_the_kinks_of_their_own_gamma(tmp_path: Path) -> None:
    """Breaks as above on the square lattice."""
    folder = build(gamma_recipe("tfim-square", 3, classes=CLASSES | {"step": 0.6}), tmp_path / "square")
    assert p_value(folder, "tfim-square", 3) > 1e-3
    assert p_value(folder, "tfim-square", 3, 1.3) < 1e-6


@pytest.mark.slow
def test_processes_build_the_same_bytes(data: Path, tmp_path: Path) -> None:
    """Breaks when a worker process gets another system, or other random numbers, for a value."""
    assert contents(build(RECIPE, tmp_path / "two", workers=2)) == contents(data)


def test_a_good_data_set_passes_every_check(data: Path) -> None:
    """Breaks when energies of worldlines are held against pictures, or kinks are not checked."""
    found = {finding.name: finding for finding in check(data)}
    assert not [finding for finding in found.values() if finding.ok is False]
    assert found["energies"].ok is None
    assert found["kinks"].ok is True
    assert found["equilibrium"].ok is True
    assert "energies and kinks" in found["equilibrium"].detail
    assert found["equilibrated"].ok is True
    assert "values of gamma" in found["equilibrated"].detail


def spoiled(monkeypatch: pytest.MonkeyPatch, spoil: Callable[..., Any], recipe: Recipe, folder: Path) -> list[str]:
    """The names of the checks that a data set fails whose batches are spoiled."""
    monkeypatch.setattr(shards, "sample_values", spoil)
    build(recipe, folder)
    monkeypatch.undo()
    return [finding.name for finding in check(folder) if finding.ok is False]


def test_images_of_another_gamma_fail_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when gamma that is 5 % off passes: nothing else in the rows shows it."""

    def shifted(control: Control, values: np.ndarray, *rest: Any, **named: Any) -> Any:
        return sample_values(control, 1.05 * values, *rest, **named)

    classes = CLASSES | {"edges": [0.6, 1.0, 1.4, 1.8]}
    large = gamma_recipe(size=24, classes=classes, temperature=0.1)
    assert spoiled(monkeypatch, shifted, large, tmp_path / "data") == ["equilibrium"]


def test_kinks_that_a_picture_contradicts_fail_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when kinks are odd, or fewer than the spins of a column turn over, and pass."""

    def fewer(control: Control, *rest: Any, **named: Any) -> Any:
        batch = sample_values(control, *rest, **named)
        shown = (batch.spins != np.roll(batch.spins, 1, 1)).sum((1, 2))
        return replace(batch, kinks=np.where(np.cumsum(shown > 0) == 1, shown - 2, batch.kinks))

    assert "kinks" in spoiled(monkeypatch, fewer, RECIPE, tmp_path / "data")


@pytest.mark.parametrize(("name", "critical"), [("tfim-chain", 1.0), ("tfim-square", 3.04433)])
def test_default_classes_lie_about_the_critical_gamma(name: str, critical: float) -> None:
    """Breaks when a recipe that names the system alone gets classes of T, other multiples than the paper's, or loses
    them when it is written and read."""
    recipe = Recipe(system=name)
    assert recipe.classes.variable == "gamma"
    assert recipe.system.size == 32
    multiples = np.array(recipe.classes.edges) / critical
    np.testing.assert_allclose(multiples, [0, 0.4649, 0.9338, 1.0224, 1.7627], atol=6e-4)
    assert recipe.temperature == (0.0625 if name == "tfim-chain" else 0.2)
    assert Recipe(system={"name": name, "J": 2.0, "size": 10}).temperature == 0.4
    assert parse_recipe(recipe.model_dump(mode="json")) == recipe
    assert parse_recipe({"system": name, "classes": {"variable": "gamma"}, "temperature": 0.3}).temperature == 0.3


def test_classes_of_temperature_stay_what_they_are() -> None:
    """Breaks when a recipe of temperatures of a quantum system is read back as one of gamma."""
    recipe = Recipe(system="tfim-square", classes={"edges": [0.5, 1.0, 1.5, 2.0, 2.5], "step": 0.1})
    assert (recipe.classes.variable, recipe.temperature) == ("temperature", None)
    assert parse_recipe(recipe.model_dump(mode="json")) == recipe


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"protocol": "quench"}, "protocol must be equilibrium for a quantum system"),
        ({"protocol": "imported"}, "protocol must be equilibrium for a quantum system"),
        ({"classes": CLASSES | {"variable": "h"}}, "classes.variable must be temperature or gamma"),
        ({"classes": CLASSES | {"edges": [-0.6, 0.6, 1.2, 1.8]}}, "gamma must be a number from 0"),
        ({"system": {"name": "tfim-chain", "gamma": 1.0}}, "system.gamma must be left out"),
        ({"system": {"name": "tfim-chain", "h": 0.1}, "classes": {"variable": "gamma"}}, "no critical gamma is known"),
        ({"system": "ising-periodic"}, "classes.variable must be temperature, or a parameter of the energy: J, B"),
    ],
)
def test_impossible_recipes_are_refused(changes: dict[str, Any], message: str) -> None:
    """Breaks when a setting that worldlines cannot have is taken, or guessed."""
    with pytest.raises(InputError, match=message):
        gamma_recipe(**changes)


def test_absolute_zero_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """Breaks when a build fails in its middle at a temperature that worldlines cannot have."""
    recipe = Recipe(system="tfim-square", classes={"edges": [0.0, 1.0, 1.5, 2.0, 2.5], "step": 0.1})
    with pytest.raises(InputError, match=r"classes.edges must be numbers that rise from above 0"):
        build(recipe, tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_an_export_holds_gamma_and_kinks_and_is_read_back(data: Path, tmp_path: Path) -> None:
    """Breaks when an export loses kinks, or reading it holds energies of worldlines against pictures."""
    path = export(data, tmp_path / "data.npz", "npz")
    with np.load(path) as arrays:
        np.testing.assert_array_equal(arrays["test_kinks"], load(data, "test").kinks)
        np.testing.assert_array_equal(arrays["test_gamma"], load(data, "test").value)
    assert len(read_files([path], RECIPE.system.system())) == 360
    assert len(read_files([export(data, tmp_path / "pictures", "images")], RECIPE.system.system())) == 360
