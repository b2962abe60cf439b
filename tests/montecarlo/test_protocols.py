"""Protocols: limits of temperature, determinism, and a test of equilibrium that can fail."""

import math

import numpy as np
import pytest
from scipy.stats import chisquare

from spinlens import Ising, Square, System, energy, exact, get_boundary, get_system, sample
from spinlens.errors import InputError
from spinlens.montecarlo.analysis.equilibrium_tests import (
    exact_tails,
    relaxation,
    second_sample,
    symmetric_p_value,
    uniform_p_value,
)
from spinlens.montecarlo.protocols import Anneal
from spinlens.montecarlo.starts import _staircases, ordered_start
from spinlens.physics.catalogue import SYSTEMS
from spinlens.physics.control import Temperature

NAMES = [name for name in SYSTEMS if name.startswith("ising-") and not get_system(name, 4).is_disordered]
GRID = np.round(np.linspace(0.0, 4.0, 400), 2)


@pytest.mark.parametrize("name", NAMES)
def test_zero_and_infinite_temperature(name: str) -> None:
    """Breaks when a limit gives NaN or the wrong state: ground states at T = 0; at infinity E = 0 within 6 sigma."""
    system = get_system(name, 8)
    batch = sample(system, [0.0] * 64 + [math.inf] * 512, seed=1)
    small = get_system(name, 4)
    ground = sample(small, [0.0] * 64, seed=1).energy
    if exact.is_solved(small):
        assert (ground == exact.density_of_states(small)[0].min()).all()
    assert len(set(batch.energy[:64])) == 1
    free_bonds = 2 * system.lattice.sites
    pinned_energy = batch.energy[64:].mean()
    expected = -sum_of_pinned_bonds(name)
    assert abs(pinned_energy - expected) < 6 * math.sqrt(free_bonds / 512)


def sum_of_pinned_bonds(name: str) -> int:
    """Sum of s s' over bonds between two pinned spins of the 8 x 8 system, counted by hand."""
    if name == "ising-skewed":
        return 16  # 8 in each pinned row
    if name == "ising-skewed-frame":
        return 7 + 7 + 5 + 5  # columns 7 each; rows 7 bonds, of which 6 agree and 1 meets the other column
    return 4 * 7 if name in ("ising-all-plus", "ising-all-minus") else 0


@pytest.mark.parametrize("name", [name for name in NAMES if exact.is_solved(get_system(name, 32))])
def test_equilibrium_passes_where_quench_fails(name: str) -> None:
    """Breaks when `equilibrium` is biased, or when the test has lost its power."""
    system = get_system(name, 32)
    good = sample(system, GRID, seed=2)
    assert uniform_p_value(exact_tails(system, GRID, good.energy)[0]) > 1e-3
    bad = sample(system, GRID, "quench", sweeps=50, seed=2)
    assert uniform_p_value(exact_tails(system, GRID, bad.energy)[0]) < 1e-6


def test_the_exact_test_has_the_right_level() -> None:
    """Breaks when the integral transform is not uniform: energies drawn from p(E | T) itself give uniform p-values."""
    system, rng = get_system("ising-periodic", 16), np.random.default_rng(0)
    temperatures = np.array([0.4, 1.0, 2.0, 2.3, 3.0] * 40)
    p_values = []
    for seed in range(100):
        energies = [
            rng.choice(levels, p=p) for levels, p in (exact.energy_distribution(system, t) for t in temperatures)
        ]
        p_values.append(uniform_p_value(exact_tails(system, temperatures, np.array(energies), seed)[0]))
    assert 25 <= np.sum(np.array(p_values) < 0.5) <= 75  # 5 standard deviations of a fair coin
    assert min(p_values) > 1e-5


def test_the_independent_test_where_nothing_is_exact() -> None:
    """Breaks when two good samplers disagree, or when a quench slips through."""
    system = get_system("ising-skewed-frame", 16)
    grid = GRID[::2]
    other = second_sample(Temperature(system), grid, seed=4).energy
    assert symmetric_p_value(sample(system, grid, seed=3).energy - other) > 1e-3
    assert symmetric_p_value(sample(system, grid, "quench", sweeps=3, seed=3).energy - other) < 1e-4


def test_a_result_is_a_function_of_its_arguments() -> None:
    """Breaks when global state leaks in, or when seeds, systems or streams share random numbers."""
    system = get_system("ising-periodic", 8)
    first, again = (sample(system, [2.0] * 8, "quench", sweeps=3, seed=5) for _ in range(2))
    np.testing.assert_array_equal(first.spins, again.spins)
    others = [
        sample(system, [2.0] * 8, "quench", sweeps=3, seed=6),
        sample(system, [2.0] * 8, "quench", sweeps=3, seed=5, stream=(1,)),
        sample(get_system("ising-antiperiodic", 8), [2.0] * 8, "quench", sweeps=3, seed=5),
    ]
    assert all((first.spins != other.spins).any() for other in others)


def test_staircases_are_uniform() -> None:
    """Breaks when some ground states of a forced wall are preferred: all 10 staircases of 2 x 3 equally often."""
    heights = _staircases(2, 3, 20_000, np.random.default_rng(0))
    kinds, counts = np.unique(heights, axis=0, return_counts=True)
    assert len(kinds) == 10
    assert (np.diff(kinds, axis=1) >= 0).all()
    assert chisquare(counts).pvalue > 1e-4


@pytest.mark.parametrize("horizontal", ["pinned+-", "pinned-+"])
def test_cold_replicas_are_independent(horizontal: str) -> None:
    """Breaks when replicas share randomness, or the wall keeps its start: no two of 512 cold walls alike, and the
    spread of the magnetization that of uniform staircases, k^2 (2 k + 1) / 3 for k x k free spins (exact variance
    4 k^2 (2 k + 1) / 12 of the area under one), within 5 standard errors sqrt(2 / 512) of a variance."""
    system = System(Ising(), Square(26, 26), get_boundary("pinned+-", horizontal))
    batch = sample(system, [0.0] * 512, seed=1)
    assert len({spins.tobytes() for spins in batch.spins}) == 512
    total, k = batch.spins[:, 1:-1, 1:-1].sum((1, 2), dtype=float), 24
    assert total.var() == pytest.approx(k**2 * (2 * k + 1) / 3, rel=5 * (2 / 512) ** 0.5)
    torus = sample(get_system("ising-antiperiodic", 16), [0.0] * 256, seed=1)
    assert len({spins.tobytes() for spins in torus.spins}) == 256


def test_annealing_at_infinite_temperature_is_random() -> None:
    """Breaks when a temperature above the start of the chain is cooled or overflows."""
    batch = sample(get_system("ising-periodic", 8), [math.inf] * 256 + [3.9] * 8, Anneal(sweeps=5), seed=1)
    assert abs(batch.energy[:256].mean()) < 6 * math.sqrt(128 / 256)


def test_annealed_chains_stop_at_their_own_temperature() -> None:
    """Breaks when annealing ends early or late: slow cooling of a small system ends at equilibrium."""
    system, grid = get_system("ising-periodic", 8), np.repeat([0.5, 2.0, 3.0, 4.0, 5.0], 80)
    batch = sample(system, grid, Anneal(sweeps=40, step=0.1), seed=1)
    assert uniform_p_value(exact_tails(system, grid, batch.energy)[0]) > 1e-3


def test_relaxation_from_both_starts_meets_where_it_should() -> None:
    """Breaks when the curves belong to other starts or temperatures."""
    curves = relaxation(get_system("ising-periodic", 16), [1.0, 4.0], [0, 200], replicas=64)
    assert curves["ordered"][:, 0].tolist() == [1, 1]
    assert (curves["random"][:, 0] < 0.2).all()
    assert abs(curves["ordered"][1, 1] - curves["random"][1, 1]) < 0.05


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("temperature", {"temperatures": [1.0, math.nan]}),
        ("temperature", {"temperatures": [-0.1]}),
        ("temperatures", {"temperatures": []}),
        ("protocol", {"temperatures": [1.0], "protocol": "slow"}),
        ("sweeps", {"temperatures": [1.0], "sweeps": 0}),
        ("seed", {"temperatures": [1.0], "seed": -1}),
    ],
)
def test_bad_input_names_its_field(field: str, arguments: dict) -> None:
    """Breaks when a bad argument runs, or is not named."""
    with pytest.raises(InputError, match=field):
        sample(get_system("ising-periodic", 4), **arguments)


@pytest.mark.parametrize("pins", ["pinned++", "pinned+-", "pinned--", "open", "periodic"])
@pytest.mark.parametrize(("J", "B"), [(1.0, 0.0), (-1.0, 0.0), (1.0, -2.5), (1.0, 2.5), (-1.0, -6.0)])
def test_ordered_starts_are_ground_states(pins: str, J: float, B: float) -> None:
    """Breaks when pins, a field or J < 0 make another state the lowest: the replicas would never leave their phase."""
    for horizontal in (pins, "periodic", "open"):
        system = System(Ising(J, B), Square(4, 4), get_boundary(pins, horizontal))
        lowest = energy(system, exact.enumerate_states(system)).min()
        start = ordered_start(system, 8, np.random.default_rng(0)).reshape(-1, 4, 4)
        np.testing.assert_allclose(energy(system, start), lowest)
