"""Control variables: the statistic that is sufficient for each, and what is none."""

from dataclasses import dataclass

import numpy as np
import pytest

from control_states import BONDS, SQUARES, STATES, SUMS, T, weigh
from spinlens import BlumeCapel, Square, System, Values, get_boundary, get_system
from spinlens.errors import InputError
from spinlens.physics.boltzmann import boltzmann
from spinlens.physics.control import Control, Temperature
from spinlens.physics.exact.controlled import density_of_statistic
from spinlens.physics.parameter import Parameter

SYSTEM = get_system("blume-capel", 3)
VALUES = np.array([-1.0, -0.25, 0.0, 0.5])


@dataclass(frozen=True)
class Odd:
    """Its energy is no linear function of p, though it lies halfway at 0 between those at p and -p."""

    p: float = 0.5
    space = Values((-1, 1))
    formula = "H = sum p^3 s"
    scale = 1.0
    transition = None

    def pair_energy(self, s: np.ndarray, t: np.ndarray) -> np.ndarray:
        return 0.0 * s * t

    def site_energy(self, s: np.ndarray) -> np.ndarray:
        return self.p**3 * np.asarray(s, np.float64)


def parameter(name: str, values: np.ndarray = VALUES, system: System = SYSTEM) -> Parameter:
    return Parameter(system, name, T, tuple(values.tolist()))


@pytest.mark.parametrize(("name", "expected"), [("D", SQUARES), ("B", -SUMS), ("J", BONDS)])
def test_the_statistic_is_the_derivative_of_the_energy(name: str, expected: np.ndarray) -> None:
    """Breaks with a wrong sign, or where sums of whole numbers come with rounding and fall into several levels."""
    values = VALUES + 2 if name == "J" else VALUES
    np.testing.assert_array_equal(parameter(name, values).statistic(STATES), expected)


@pytest.mark.parametrize("control", [Temperature(SYSTEM), parameter("D"), parameter("B")], ids=lambda c: c.name)
def test_weights_divide_into_a_rest_and_the_statistic(control: Control) -> None:
    """Breaks when exp(-A - X / c) is not Boltzmann's weight, at values below 0, at 0 and at the lowest of all."""
    values = np.repeat(np.abs(VALUES) + 0.5 if control.name == "temperature" else VALUES, len(STATES))
    states = np.tile(STATES, (len(VALUES), 1, 1))
    D = values if control.name == "D" else 1.0
    B = values if control.name == "B" else 0.0
    t = values if control.name == "temperature" else T
    wanted = np.tile(BONDS, len(VALUES)) + D * np.tile(SQUARES, len(VALUES)) - B * np.tile(SUMS, len(VALUES))
    own, statistic = control.energy(states, values), control.statistic(states)
    np.testing.assert_allclose(own, wanted, atol=1e-12)
    found = control.rest(own, values, statistic) + statistic / control.conjugate(values)
    np.testing.assert_allclose(found, wanted / t, atol=1e-12)


def test_groups_hold_every_replica_once_at_its_own_value() -> None:
    """Breaks when replicas are simulated at the value of others, or two groups draw the same random numbers."""
    values = np.array([0.5, -1.0, 0.5, 0.0])
    groups = parameter("D").groups(values)
    for group in groups:
        assert set(values[group.rows]) == {group.system.model.D}
        assert (group.temperature == T).all()
    assert sorted(np.concatenate([group.rows for group in groups]).tolist()) == [0, 1, 2, 3]
    assert len({group.stream for group in groups}) == 3


@pytest.mark.parametrize("name", ["D", "B"])
def test_the_exact_density_gives_the_exact_distribution(name: str) -> None:
    """Breaks when levels, their densities or the conjugate of a value do not fit each other."""
    control, expected = parameter(name), SQUARES if name == "D" else -SUMS
    levels, log_g = density_of_statistic(control, float(VALUES[0]))
    for value in VALUES:
        weights = weigh(value) if name == "D" else weigh(1.0, value)
        found = boltzmann(levels, float(control.conjugate(np.array([value]))[0]), log_g)
        np.testing.assert_allclose(found, [weights[expected == x].sum() for x in levels], rtol=1e-9)


def test_what_is_no_control_variable_is_refused() -> None:
    """Breaks when a number of colours, an unknown name or a parameter that is not linear gives wrong ceilings."""
    with pytest.raises(InputError, match=r"classes\.variable must be temperature, or .*: J, got q"):
        Parameter(get_system("potts-3", 4), "q", T, (2.0, 3.0))
    with pytest.raises(InputError, match=r"classes\.variable .* J, D, B, got E"):
        parameter("E")
    odd = System(Odd(), Square(3, 3), get_boundary("periodic", "periodic"))
    with pytest.raises(InputError, match=r"classes\.variable must be a parameter in which the energy is linear, got p"):
        parameter("p", np.array([-1.0, 1.0]), odd)
    with pytest.raises(InputError, match="J must be a coupling"):
        parameter("J", np.array([-1.0, 0.0, 1.0]))
    huge = System(BlumeCapel(), Square(3, 3), get_boundary("periodic", "periodic"))
    with pytest.raises(InputError, match="D must be"):
        parameter("D", np.array([0.0, 1e300]), huge)
