"""Classes of temperature whatever the rounding and the unit."""

import numpy as np
import pytest

from spinlens.data.classes import Classes

EDGES = np.array([0.0, 1.055, 2.119, 2.320, 4.0])


def test_an_edge_is_an_edge_in_any_rounding() -> None:
    """Breaks when 2.32 as float32, or reached by adding 0.01, falls into the class below."""
    added = np.cumsum(np.full(232, 0.01))[-1]
    assert (added < 2.32, float(np.float32(2.32)) < 2.32) == (True, True)
    assert Classes().label([2.32, added, np.float32(2.32), 2.3199]).tolist() == [3, 3, 3, 2]


def test_the_ends_belong_to_the_classes_in_any_rounding() -> None:
    """Breaks when np.arange(1, 4.05, 0.05), which ends at 4.000000000000003, is outside."""
    grid = np.arange(1, 4.05, 0.05)
    assert grid[-1] > 4
    assert Classes().contains(grid).all()
    assert Classes().contains([0.0, 4.001, -0.001, np.nan]).tolist() == [True, False, False, False]


def test_the_default_grid_is_that_of_hundredths() -> None:
    """Breaks when a temperature of the paper's grid is not the number nearest to k / 100: data sets then change."""
    assert Classes().grid().tolist() == [k / 100 for k in range(401)]


@pytest.mark.parametrize("unit", [1e-304, 1e-21, 1.0, 1e21])
def test_classes_in_any_unit(unit: float) -> None:
    """Breaks when a grid is rounded to fixed digits: at J = 1e-21 J every temperature is then 0."""
    scaled = Classes(edges=tuple(EDGES * unit), step=0.01 * unit)
    assert [len(scaled.values(k)) for k in range(4)] == [106, 106, 20, 169]
    np.testing.assert_allclose(scaled.grid(), unit * np.arange(401) / 100, rtol=1e-9)
