"""Polynomial partition functions against full enumeration, arrays of temperatures, and Onsager against both."""

import doctest
import itertools
import math
from types import ModuleType

import numpy as np
import pytest

from spinlens import Ising, Square, System, exact, get_boundary, get_system
from spinlens.errors import InputError
from spinlens.physics import boltzmann as boltzmann_module
from spinlens.physics.exact import onsager, partition
from spinlens.physics.exact.density import boltzmann
from spinlens.physics.exact.enumeration import enumerate_states
from spinlens.physics.systems import energy

SHAPES = [(2, 2), (2, 3), (3, 2), (3, 3), (3, 4), (4, 3), (2, 5), (5, 3), (4, 4)]
SEAMS = {"periodic": 1, "antiperiodic": -1}


def counted(system: System, offset: int, length: int) -> list[int]:
    """Numbers of states by (E + offset) / 2, every state looked at."""
    levels = np.rint((energy(system, enumerate_states(system)) + offset) / 2).astype(int)
    return np.bincount(levels, minlength=length).tolist()


@pytest.mark.parametrize(("shape", "vertical", "horizontal"), [*itertools.product(SHAPES, SEAMS, SEAMS)])
def test_torus_counts_every_state(shape: tuple[int, int], vertical: str, horizontal: str) -> None:
    """Breaks with any wrong sign among Kaufman's four products, any wrong momentum, factor or remainder."""
    m, n = shape
    system = System(Ising(), Square(m, n), get_boundary(vertical, horizontal))
    expected = counted(system, 2 * m * n, 2 * m * n + 1)
    assert partition.torus(m, n, SEAMS[vertical], SEAMS[horizontal]) == expected


@pytest.mark.parametrize(
    ("shape", "pins"), itertools.product([s for s in SHAPES if s[0] > 2], ["pinned++", "pinned+-"])
)
def test_cylinder_counts_every_state(shape: tuple[int, int], pins: str) -> None:
    """Breaks with a wrong matrix element, momentum or sign of the odd sector."""
    m, n = shape
    bonds = n * (2 * m - 1)
    system = System(Ising(), Square(m, n), get_boundary(pins, "periodic"))
    assert partition.cylinder(m, n, alike=pins == "pinned++") == counted(system, bonds, bonds + 1)


def test_known_counts_of_the_four_by_four_torus() -> None:
    """Breaks when both our counting and our polynomial drift together; values: Beale, PRL 76, 78 (1996) method,
    derivable by hand for the lowest levels: 2 ground states, 16 single flips of each, 32 pairs and stripes."""
    g = partition.torus(4, 4, 1, 1)
    assert g[0] == 2
    assert g[4] == 2 * 16  # one spin flipped
    assert g[6] == 2 * 32  # two neighbours flipped
    assert g[2] == 0


@pytest.mark.parametrize("rows", [16, 31])
def test_large_counts_add_up(rows: int) -> None:
    """Breaks when a remainder is combined wrongly: all states together are 2^sites, and g is symmetric for even."""
    g = partition.torus(rows, 16, 1, 1)
    assert sum(g) == 2 ** (rows * 16)
    assert sum(partition.cylinder(rows, 16, alike=False)) == 2 ** ((rows - 2) * 16)
    if rows % 2 == 0:
        assert g == g[::-1]


@pytest.mark.parametrize("name", ["ising-periodic", "ising-antiferro", "ising-antiperiodic", "ising-skewed"])
@pytest.mark.parametrize("temperature", [0.0, 0.7, 2.3, math.inf])
def test_energy_distribution_of_named_systems(name: str, temperature: float) -> None:
    """Breaks when a named system is mapped to the wrong solution; odd and even sides, J < 0 reversed, T = 0, inf."""
    for size in ((3, 3), (4, 4), (3, 4)):
        system = get_system(name, size)
        levels, probabilities = exact.energy_distribution(system, temperature)
        energies = energy(system, enumerate_states(system))
        if temperature == 0:
            weights = (energies == energies.min()).astype(float)
        else:
            weights = np.exp(-(energies - energies.min()) / temperature)
        expected = [weights[np.isclose(energies, level)].sum() / weights.sum() for level in levels]
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-12)
        assert set(np.unique(energies)) <= set(levels)


def test_pinned_columns_are_pinned_rows_turned() -> None:
    """Breaks when the horizontal pinning is not transposed."""
    turned = System(Ising(), Square(4, 3), get_boundary("periodic", "pinned+-"))
    levels, log_counts = exact.density_of_states(turned)
    energies, counts = np.unique(energy(turned, enumerate_states(turned)), return_counts=True)
    np.testing.assert_allclose(levels, energies)
    np.testing.assert_allclose(np.exp(log_counts), counts, rtol=1e-12)


def test_finite_lattices_approach_onsager_and_the_magnetization_vanishes_at_the_critical_point() -> None:
    """Breaks when Kaufman or Onsager is off: away from T_c a 32 x 32 torus differs by less than exp(-32 / xi)."""
    system = get_system("ising-periodic", 32)
    for temperature in (1.5, 4.0):
        assert exact.mean_energy(system, temperature) / 1024 == pytest.approx(
            exact.onsager_energy(temperature), abs=1e-6
        )
    assert exact.onsager_energy(exact.CRITICAL_TEMPERATURE - 1e-9) == pytest.approx(-math.sqrt(2), abs=1e-6)
    assert exact.onsager_magnetization([0.0, 1e-3, 5.0]).tolist() == [1, 1, 0]
    assert exact.onsager_magnetization(2.0) == pytest.approx((1 - math.sinh(1.0) ** -4) ** 0.125)


@pytest.mark.parametrize("J", [1.0, -1.0])
def test_arrays_of_temperatures(J: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when shapes, limits or the parts that bound the memory mix up temperatures: every state of 3 x 4 weighed
    by itself, with <E>, (<E^2> - <E>^2) / T^2 and p(E) at T = 0.1 to 1e3 and the limits, as 2 x 3 values."""
    monkeypatch.setattr(exact, "GRID_ENTRIES", 50)
    system = System(Ising(J), Square(3, 4), get_boundary("periodic", "antiperiodic"))
    energies = energy(system, enumerate_states(system)).ravel()
    temperatures = np.array([[0.0, 0.1, 2.0], [7.0, 1e3, math.inf]])
    levels, probabilities = exact.energy_distribution(system, temperatures)
    means, capacities = exact.mean_energy(system, temperatures), exact.heat_capacity(system, temperatures)
    assert probabilities.shape == (2, 3, levels.size)
    assert means.shape == capacities.shape == (2, 3)
    for at in np.ndindex(2, 3):
        t = temperatures[at]
        weights = np.exp(-(energies - energies.min()) / t) if t else (energies == energies.min()).astype(float)
        weights /= weights.sum()
        mean = weights @ energies
        np.testing.assert_allclose(
            probabilities[at], [weights[energies == level].sum() for level in levels], atol=1e-14
        )
        assert means[at] == pytest.approx(mean, abs=1e-12)
        assert capacities[at] == pytest.approx(weights @ (energies - mean) ** 2 / t**2 if t else 0, rel=1e-10)
        assert exact.mean_energy(system, t) == pytest.approx(means[at], abs=1e-12)
        assert isinstance(exact.mean_energy(system, t), float)
    assert exact.mean_energy(system, []).shape == (0,)


def test_progress_counts_to_the_end() -> None:
    """Breaks when a long count of states is silent or its progress ends early."""
    told: list[tuple[int, int]] = []
    partition.torus(12, 12, 1, 1, lambda done, total, note: told.append((done, total)))
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert {total for _, total in told} == {len(told)}


@pytest.mark.parametrize("module", [boltzmann_module, exact, onsager])
def test_examples_run(module: ModuleType) -> None:
    """Breaks when an example of a docstring gives something else."""
    found = doctest.testmod(module)
    assert found.attempted
    assert not found.failed


def test_limits_and_refusals() -> None:
    """Breaks when limits or errors are lost: fields and frames have no exact distribution at size 100."""
    assert boltzmann([0.0, 1.0], math.inf, np.log([1, 3])).tolist() == pytest.approx([0.25, 0.75])
    with pytest.raises(InputError, match="temperature"):
        boltzmann([0.0], math.nan)
    for bad in (-1.0, [1.0, -1e-9], [[1.0], [math.nan]], "cold", [1.0, None], [[1.0], [1.0, 2.0]]):
        for function in (lambda t: boltzmann([0.0], t), exact.onsager_energy, exact.onsager_magnetization):
            with pytest.raises(InputError, match="temperature"):
                function(bad)
    assert not exact.is_solved(get_system("ising-skewed-frame", 100))
    field = System(Ising(B=0.1), Square(8, 8), get_boundary("periodic", "periodic"))
    with pytest.raises(InputError, match="known"):
        exact.energy_distribution(field, 2.0)
