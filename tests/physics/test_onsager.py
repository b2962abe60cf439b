"""Onsager's energy against his free energy, the high-temperature series and the limits."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from spinlens import exact


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


@pytest.mark.parametrize("temperature", [90.0, 99.0, 101.0, 1e3, 1e6, 1e12, 1e300])
def test_hot_energies_are_those_of_the_series(temperature: float) -> None:
    """Breaks when the closed form cancels: ln Z / N = ln 2 + 2 ln cosh K + v^4 + 2 v^6 + 9/2 v^8 + ..., v = tanh K,
    counts closed loops; the next term, 12 v^10, adds less than 1e-12 to the energy from T = 90 on."""
    v = math.tanh(1 / temperature)
    loops = 4 * v**3 + 12 * v**5 + 36 * v**7
    assert exact.onsager_energy(temperature) == pytest.approx(-(2 * v + loops * (1 - v * v)), rel=1e-12)


def test_arrays_and_limits() -> None:
    """Breaks when T = 0 or infinity gives NaN, a warning or -0, or an array another shape."""
    with np.errstate(all="raise", under="ignore"):
        energies = exact.onsager_energy([[0.0, 5e-324, 1e-3], [1e308, math.inf, exact.CRITICAL_TEMPERATURE]])
        orders = exact.onsager_magnetization([0.0, 5e-324, exact.CRITICAL_TEMPERATURE, math.inf])
    assert energies[0].tolist() == [-2, -2, -2]
    assert math.copysign(1, energies[1, 1]) == 1
    np.testing.assert_allclose(energies[1], [-2e-308, 0, -math.sqrt(2)], rtol=1e-12)
    assert orders.tolist() == [1, 1, 0, 0]
    assert isinstance(exact.onsager_energy(2.0), float)
