"""The temperatures of the splits: disjoint ones are found, honest ones pass, in any rounding."""

import numpy as np
import pytest
from numpy.typing import NDArray

from spinlens.data.checks.coverage import coverage
from spinlens.data.levels import merge_levels
from spinlens.data.recipe import Recipe

RECIPE = Recipe()


def spread(
    count: int, ordered: bool, seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """(temperature, label, split) of `count` images: each class cut in the order of temperatures, or at random."""
    rng = np.random.default_rng(seed)
    temperature = np.sort(np.concatenate([rng.choice(RECIPE.classes.values(k), count // 4) for k in range(4)]))
    label, split = RECIPE.classes.label(temperature), np.empty(count, int)
    for k in range(4):
        rows = np.flatnonzero(label == k)
        split[rows if ordered else rng.permutation(rows)] = np.searchsorted(
            [0.6, 0.8], np.arange(len(rows)) / len(rows), "right"
        )
    return temperature, label, split


@pytest.mark.parametrize("count", [80, 1300])
def test_splits_with_other_temperatures_fail(count: int) -> None:
    """Breaks when disjoint temperatures pass, in a small data set too, or the line does not name class and splits.

    80 images: 12, 4 and 4 a class. One class alone says p = 2 / C(16, 4) = 1.1e-3, four together chi-square with eight
    degrees of freedom above 54, p = 6e-9.
    """
    finding = coverage(RECIPE, *spread(count, ordered=True))
    assert finding.ok is False
    assert "class " in finding.detail
    assert " in train and T = " in finding.detail


def test_honest_splits_pass() -> None:
    """Breaks when the test is too strict: of 150 data sets at level 1e-4 two fail with a probability of 1.1e-4."""
    findings = [coverage(RECIPE, *spread(80, ordered=False, seed=seed)) for seed in range(150)]
    assert sum(finding.ok is False for finding in findings) < 2


def test_too_few_images_are_named_and_do_not_fail() -> None:
    """Breaks when four images a class, whose ranges may be disjoint by chance, fail or say that all is well."""
    finding = coverage(RECIPE, *spread(16, ordered=True))
    assert finding.ok is None
    assert "too few" in finding.detail


def test_temperatures_that_differ_by_rounding_are_the_same() -> None:
    """Breaks when 2.2 as float32 and 2.2 reached by adding count as two temperatures, one in each split."""
    split = np.repeat([0, 1, 2], 50)
    four = [0.5, 1.5, 2.2, 3.0]
    temperature = np.concatenate([np.where(split == 0, np.float32(t), np.where(split == 1, t, t + 3e-6)) for t in four])
    label, splits = np.repeat(np.arange(4), 150), np.tile(split, 4)
    assert coverage(RECIPE, temperature, label, splits).ok is True


def test_levels() -> None:
    """Breaks when neighbours are not merged, real steps are, or a continuum becomes one level."""
    steps = np.array([2.0, 1.0, 1.0 + 1e-6, 1.001, np.inf, np.inf])
    assert merge_levels(steps).tolist() == [2.0, 1.0, 1.0, 1.001, np.inf, np.inf]
    continuum = np.linspace(0, 1, 1_000_001)
    np.testing.assert_array_equal(merge_levels(continuum), continuum)
    assert merge_levels(np.array([1.0, 2.0])).tolist() == [1.0, 2.0]
