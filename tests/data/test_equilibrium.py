"""The test of energies where images share chains: right level and power whatever the order of the file."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from spinlens.data.checks.equilibrium import judge
from spinlens.data.checks.findings import LEVEL, Finding, show_p
from spinlens.data.checks.grouping import group_images
from spinlens.montecarlo.analysis.equilibrium_tests import exact_tails, extreme_p_value, group_p_value
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.bits import update_metropolis
from spinlens.physics.catalogue import get_system
from spinlens.physics.systems import energy

SYSTEM = get_system("ising-periodic", 12)
CHAINS = 100
GRID = np.arange(1.2, 3.7, 0.1)  # the chain remembers for longer in its middle


def chains(temperatures: NDArray[np.float64], steps: int, sweeps: int, seed: int) -> NDArray[np.float64]:
    """(CHAINS, temperatures, steps) energies of chains that begin at equilibrium, so many Metropolis sweeps apart."""
    rng, lanes = np.random.default_rng(seed), np.tile(temperatures, CHAINS)
    spins, series = Equilibrium().run(SYSTEM, lanes, rng), np.empty((len(lanes), steps))
    for k in range(steps):
        update_metropolis(SYSTEM, spins, lanes, sweeps, rng)
        series[:, k] = energy(SYSTEM, spins.reshape(-1, 12, 12))
    return series.reshape(CHAINS, len(temperatures), steps)


def p_value(finding: Finding) -> float:
    """The p-value that a finding states, or what it is below; 1 where there is no verdict."""
    return 1.0 if finding.ok is None else float(re.findall(r"p [=<] (\S+)", finding.detail)[0])


def has_level(p_values: NDArray[np.float64]) -> bool:
    """Whether no more p-values are small than a test at these levels gives in one of 100000 sets of so many."""
    return all((p_values < a).sum() <= stats.binom.isf(1e-5, len(p_values), a) for a in (0.05, 0.01, LEVEL))


def test_correlated_chains_at_equilibrium_pass_and_others_fail() -> None:
    """Breaks when images of one chain count as independent, or when groups take the power from the test."""
    series = chains(np.array([2.4]), 800, 3, seed=1)[:, 0]
    judged = {
        t: np.array([p_value(judge(SYSTEM, np.full(800, t), one, np.zeros(800, int))) for one in series])
        for t in (2.4, 2.64)
    }
    assert has_level(judged[2.4])
    assert np.mean(judged[2.64] < LEVEL) > 0.9  # of chains that are 10 % colder than they say
    naive = np.array([stats.ttest_1samp(one, series.mean()).pvalue for one in series])
    assert not has_level(naive), "these chains are correlated"


@pytest.mark.parametrize("cycles", [False, True])
def test_files_of_many_temperatures(cycles: bool) -> None:
    """Breaks when one correlation time stands for all temperatures: those near the transition then decide alone.

    One image a sweep, all of one temperature and then the next, or the temperatures in turn.
    """
    series = chains(GRID, 100, 1, seed=2)
    order = (lambda x: x.ravel()) if not cycles else (lambda x: x.T.ravel())
    temperature, chain = order(np.repeat(GRID[:, None], 100, 1)), np.zeros(100 * len(GRID), int)
    judged = [
        np.array([p_value(judge(SYSTEM, t, order(one), chain, k)) for k, one in enumerate(series)])
        for t in (temperature, 1.1 * temperature)
    ]
    assert has_level(judged[0])
    assert np.mean(judged[1] < LEVEL) > (0.2 if cycles else 0.9)  # turns leave fewer independent groups


@pytest.mark.parametrize(("sweeps", "good"), [(300, True), (1, False)])
def test_chains_that_cool_again_and_again(sweeps: int, good: bool) -> None:
    """Breaks when the file of a simulator that waits at each step fails, or one that does not wait passes."""
    rng, cycles, grid = np.random.default_rng(3), 20, np.linspace(4, 1.2, 50)
    spins, series = random_start(SYSTEM, 30, rng), []
    for t in np.tile(grid, cycles):
        update_metropolis(SYSTEM, spins, np.full(30, t), sweeps, rng)
        series.append(energy(SYSTEM, spins.reshape(-1, 12, 12)))
    chain = np.zeros(len(series), int)
    judged = np.array([p_value(judge(SYSTEM, np.tile(grid, cycles), one, chain)) for one in np.transpose(series)])
    assert has_level(judged) if good else np.mean(judged < LEVEL) > 0.3


def test_many_short_chains_are_independent_as_wholes() -> None:
    """Breaks when images of a chain are split between groups, or chains too short to show a memory are cut."""
    chain = np.repeat(np.arange(60), 5)
    group = group_images(chain, np.full(300, 2.4), np.random.default_rng(0).random(300))
    assert group is not None
    assert len(np.unique(np.stack([chain, group]), axis=1).T) == 60
    assert np.bincount(group).tolist() == [15] * 20


def test_a_chain_that_hardly_moves_gives_no_verdict() -> None:
    """Breaks when a handful of independent values decides."""
    frozen = np.repeat(chains(np.array([2.4]), 400, 3, seed=5)[0, 0, ::50], 50)
    assert judge(SYSTEM, np.full(400, 2.4), frozen, np.zeros(400, int)).ok is None


@pytest.mark.parametrize("value", [0.3, 0.0])
def test_a_constant_series_gives_no_verdict(value: float) -> None:
    """Breaks when a series that never changes has no memory, so that its parts count as independent groups."""
    assert group_images(np.zeros(400, int), np.full(400, 2.4), np.full(400, value)) is None


def test_a_few_impossible_images_fail() -> None:
    """Breaks when data too few for groups pass whatever they hold: the two ordered states weigh 1.2e-16 at T = 4.

    Boole's inequality holds for any dependence: 40 copies of one image at equilibrium have the level of one.
    """
    ordered = np.full(40, -288.0)
    assert judge(SYSTEM, np.full(40, 4.0), ordered, np.zeros(40, int)).ok is False
    copies = np.repeat(chains(np.array([4.0]), 1, 3, seed=7)[:, 0], 40, axis=1)
    assert has_level(np.array([p_value(judge(SYSTEM, np.full(40, 4.0), one, np.zeros(40, int))) for one in copies]))


def test_group_means_of_unequal_variance() -> None:
    """Breaks when the t-test of groups is no test at its level: Gaussian means whose deviations span a factor 30."""
    rng, group = np.random.default_rng(6), np.arange(12)
    values = rng.normal(size=(4000, 1, 12)) * np.geomspace(0.1, 3, 12)
    judged = np.array([group_p_value(one, group) for one in values])
    assert (judged < 0.05).sum() <= stats.binom.isf(1e-5, 4000, 0.05)
    assert group_p_value(np.ones((1, 12)), group) == 0
    assert group_p_value(np.zeros((2, 12)), group) == 1


def test_no_p_value_is_negative_or_zero_by_rounding() -> None:
    """Breaks when the upper tail is 1 - u, which is rounding where the tail is small and may be below 0.

    All spins up on 12 x 12 as an antiferromagnet have its highest energy, 288: at T = 1 each of the two states weighs
    e^-288 / Z with ln Z of 288 and a little more, so that both tails of 40 such images are below 1e-200.
    """
    system = get_system("ising-antiferro", 12)
    highest = np.full(40, 288.0)
    lower, upper = exact_tails(system, np.full(40, 1.0), highest)
    assert (upper > 0).all()
    assert (upper < 1e-200).all()
    assert (lower >= 1 - 1e-9).all()
    assert 0 < extreme_p_value(lower, upper) < 1e-200
    for chain in (np.zeros(40, int), np.arange(40)):
        finding = judge(system, np.full(40, 1.0), highest, chain)
        assert finding.ok is False
        assert "p < 1e-10 (limit 0.0001)" in finding.detail


def test_tails_add_up_to_one() -> None:
    """Breaks when a tail misses a level, or counts one twice."""
    energies = np.arange(-288.0, 289.0, 4.0)
    for t in (0.7, 2.4, 50.0):
        lower, upper = exact_tails(SYSTEM, np.full(len(energies), t), energies)
        np.testing.assert_allclose(lower + upper, 1, rtol=1e-9)


def test_p_values_in_words() -> None:
    """Breaks when p = 0 or a number below the precision of any test is printed."""
    assert [show_p(p) for p in (0.031, 1e-10, 6e-12, 0.0)] == ["p = 0.031", "p = 1e-10", "p < 1e-10", "p < 1e-10"]
