"""Polynomial partition functions against full enumeration, and Onsager against both."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from spinlens import Ising, Square, System, exact, get_boundary, get_system
from spinlens.errors import InputError
from spinlens.physics import partition
from spinlens.physics.exact import boltzmann, enumerate_states
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


def test_onsager_energy_is_the_derivative_of_the_free_energy() -> None:
    """Breaks with a slip in the closed form: compare with -d/dK of Onsager's double integral, done numerically."""

    def log_z(k: float) -> float:
        def inner(q: float) -> float:
            a = math.cosh(2 * k) ** 2 - math.sinh(2 * k) * math.cos(q)
            b = math.sinh(2 * k)
            return math.log((a + math.sqrt(a * a - b * b)) / 2)

        return math.log(2) + quad(inner, 0, math.pi, epsabs=1e-13, limit=500)[0] / (2 * math.pi)

    for temperature in (1.5, 2.0, 2.6, 4.0):
        k, step = 1 / temperature, 1e-4
        slope = (log_z(k + step) - log_z(k - step)) / (2 * step)
        assert exact.onsager_energy(temperature) == pytest.approx(-slope, abs=1e-6)


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


def test_limits_and_refusals() -> None:
    """Breaks when limits or errors are lost: fields and frames have no exact distribution at size 100."""
    assert boltzmann([0.0, 1.0], math.inf, np.log([1, 3])).tolist() == pytest.approx([0.25, 0.75])
    with pytest.raises(InputError, match="temperature"):
        boltzmann([0.0], math.nan)
    with pytest.raises(InputError, match="temperature"):
        boltzmann([0.0], -1.0)
    assert not exact.is_solved(get_system("ising-skewed-frame", 100))
    field = System(Ising(B=0.1), Square(8, 8), get_boundary("periodic", "periodic"))
    with pytest.raises(InputError, match="known"):
        exact.energy_distribution(field, 2.0)


def test_a_damaged_cache_is_computed_again(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a wrong file in the cache is believed."""
    monkeypatch.setenv("SPINLENS_CACHE", str(tmp_path))
    system = get_system("ising-periodic", (34, 32))
    exact._known.clear()
    good = exact.density_of_states(system)[1]
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[-20] ^= 1
    file.write_bytes(content)
    exact._known.clear()
    np.testing.assert_array_equal(exact.density_of_states(system)[1], good)
    file.write_bytes(file.read_bytes()[:100])
    exact._known.clear()
    np.testing.assert_array_equal(exact.density_of_states(system)[1], good)
