"""Extreme couplings and temperatures: the same physics in every unit, and limits without a warning."""

import itertools
import math
import warnings
from collections.abc import Callable

import numpy as np
import pytest

from spinlens import Ising, Square, System, energy, exact, get_boundary, sample
from spinlens.errors import InputError
from spinlens.montecarlo.analysis.densities import estimated_density_of_states
from spinlens.montecarlo.protocols import Anneal, Equilibrium, Quench
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.clusters import update_wolff
from spinlens.montecarlo.updaters.exchange import update_exchange
from spinlens.physics.control import Temperature

UNITS = (2.0**-70, 2.0**-330, 2.0**330)  # 8e-22 (a coupling in joules), 5e-100, 2e99: exact in floating point
EDGES = (("periodic", "periodic"), ("pinned+-", "periodic"), ("pinned+-", "pinned+-"), ("antiperiodic", "open"))
TEMPERATURES = np.array([0.0, 0.5, 1.2, 2.27, 2.9, 4.0, 9.0, np.inf] * 8)


def systems(unit: float) -> list[System]:
    couplings = ((1.0, 0.0), (-1.0, 0.0), (1.0, 0.25), (-1.0, -3.0))
    return [
        System(Ising(J * unit, B * unit), Square(6, 5), get_boundary(*edges))
        for (J, B), edges in itertools.product(couplings, EDGES)
    ]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("protocol", ["equilibrium", "quench", Anneal(sweeps=2, step=0.5)])
def test_a_change_of_units_changes_nothing(unit: float, protocol: str | Anneal) -> None:
    """Breaks when anything is rounded to fixed decimals or overflows: with J, B and T times a power of two every
    probability, so every spin, is the same, and every energy exactly so many times as large."""
    for plain, scaled in zip(systems(1.0), systems(unit), strict=True):
        sweeps = None if isinstance(protocol, Anneal) else 3
        one = sample(plain, TEMPERATURES, protocol, sweeps, seed=1)
        other = sample(scaled, TEMPERATURES * unit, protocol, sweeps, seed=1)
        np.testing.assert_array_equal(one.spins, other.spins)
        np.testing.assert_array_equal(one.energy * unit, other.energy)
        np.testing.assert_array_equal(plain.ground_pattern, scaled.ground_pattern)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("update", [update_wolff, update_exchange])
def test_a_change_of_units_changes_no_updater(unit: float, update: Callable) -> None:
    """The same for the updaters that no protocol uses."""
    for plain, scaled in zip(systems(1.0), systems(unit), strict=True):
        batches = [random_start(plain, len(TEMPERATURES), np.random.default_rng(0)) for _ in range(2)]
        for system, spins, t in zip((plain, scaled), batches, (1.0, unit), strict=True):
            update(system, spins, TEMPERATURES * t, 12, np.random.default_rng(1))
        np.testing.assert_array_equal(*batches)


@pytest.mark.parametrize("unit", UNITS)
def test_a_change_of_units_changes_no_density_of_states(unit: float) -> None:
    """Breaks when levels are rounded to fixed decimals: enumerated, solved and simulated levels scale with J."""
    for shape, edges in (((3, 4), ("open", "open")), ((4, 4), ("periodic", "antiperiodic"))):
        plain, scaled = (System(Ising(J, 0.25 * J * (edges[0] == "open")), Square(*shape), get_boundary(*edges))
                         for J in (1.0, unit))  # fmt: skip
        (levels, log_counts), found = exact.density_of_states(plain), exact.density_of_states(scaled)
        np.testing.assert_array_equal(levels * unit, found[0])
        np.testing.assert_array_equal(log_counts, found[1])
    plain, scaled = (System(Ising(J), Square(4, 4), get_boundary("open", "open")) for J in (1.0, unit))
    one = estimated_density_of_states(Temperature(plain), np.array([0.5, 4.0]))
    other = estimated_density_of_states(Temperature(scaled), np.array([0.5, 4.0]) * unit)
    np.testing.assert_array_equal(one[0] * unit, other[0])
    np.testing.assert_allclose(one[1] - one[1][0, 0], other[1] - other[1][0, 0], atol=1e-6)


@pytest.mark.parametrize("temperature", [5e-324, 1e-310, 1e-300])
@pytest.mark.parametrize("edges", EDGES)
def test_a_tiny_temperature_is_zero(edges: tuple[str, str], temperature: float) -> None:
    """Breaks when 1 / T overflows into a wrong state or a warning: every probability is that of T = 0."""
    for J, B in ((1.0, 0.0), (-1.0, 0.5)):
        system = System(Ising(J, B), Square(4, 4), get_boundary(*edges))
        energies = energy(system, exact.enumerate_states(system))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            cold, frozen = (sample(system, [t] * 32, sweeps=40, seed=2) for t in (temperature, 0.0))
            assert exact.mean_energy(system, temperature) == pytest.approx(energies.min(), rel=1e-14)
            assert exact.heat_capacity(system, temperature) == 0
        np.testing.assert_array_equal(cold.spins, frozen.spins)


@pytest.mark.parametrize(("J", "B"), [(1.0, 1e100), (1.0, -1e18), (1e-100, 1e100), (1e100, 1e-300), (-1e100, 1e100)])
def test_extremes_give_finite_values_without_a_warning(J: float, B: float) -> None:
    """Breaks when a product or a quotient overflows into NaN, infinity or a RuntimeWarning."""
    for edges, protocol in itertools.product(EDGES, (Equilibrium(2), Anneal(2, step=0.5), Quench(2))):
        system = System(Ising(J, B), Square(4, 4), get_boundary(*edges))
        temperatures = [0.0, 5e-324, 1e-21, 1.0, 1e308, math.inf]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            batch = sample(system, temperatures, protocol)
            levels, probabilities = exact.energy_distribution(system, temperatures)
        assert np.isfinite(batch.energy).all()
        assert np.isfinite(levels).all()
        np.testing.assert_allclose(probabilities.sum(-1), 1, rtol=1e-12)


@pytest.mark.parametrize("bad", [0.0, 1e300, -1e101, 1e-101, 10**400, "1", None, True, 1j, math.nan])
def test_couplings_without_finite_energies_are_refused(bad: object) -> None:
    """Breaks when a coupling whose energies or their squares overflow, or that is no number, gets through."""
    with pytest.raises(InputError, match=r"^J must be"):
        Ising(J=bad)  # type: ignore[arg-type]
    if bad not in (0.0, 1e-101):
        with pytest.raises(InputError, match=r"^B must be"):
            Ising(B=bad)  # type: ignore[arg-type]


def test_a_weak_field_picks_the_ground_state() -> None:
    """Breaks when energies are rounded before they are compared: a field of 1e-12 J decides between up and down."""
    for B in (1e-12, -1e-12, 1e-300, -1e-300):
        pattern = System(Ising(1.0, B), Square(4, 4), get_boundary("periodic", "periodic")).ground_pattern
        assert (pattern == np.sign(B)).all()
