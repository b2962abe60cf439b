"""The test of energies where images share a chain, and that of the temperatures of the splits."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from spinlens.data.audit import coverage
from spinlens.data.equilibrium import judge
from spinlens.data.recipe import Recipe
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.singlespin import update_metropolis
from spinlens.physics.systems import energy, get_system

SYSTEM = get_system("ising-periodic", 12)
STEPS = 400


def chains(temperature: float, count: int, seed: int) -> NDArray[np.float64]:
    """(count, STEPS) energies of chains that begin at equilibrium, three Metropolis sweeps apart."""
    rng, lanes = np.random.default_rng(seed), np.full(count, temperature)
    spins, series = Equilibrium().run(SYSTEM, lanes, rng), np.empty((count, STEPS))
    for k in range(STEPS):
        update_metropolis(SYSTEM, spins, lanes, 3, rng)
        series[:, k] = energy(SYSTEM, spins.reshape(-1, 12, 12))
    return series


def p_value(energies: NDArray[np.float64], temperature: float, chain: int = 0) -> float:
    finding = judge(SYSTEM, np.full(STEPS, temperature), energies, np.full((1, STEPS), chain))
    return float(finding.detail.split("p = ")[1].split()[0])


def test_a_correlated_chain_at_equilibrium_passes() -> None:
    """Breaks when images of one chain count as independent: of 100 chains more than a fifth would then fail.

    Under the null the p-values are uniform; the bound is the 1e-5 quantile of the number below 0.05.
    """
    values = np.array([p_value(one, 2.4) for one in chains(2.4, 100, seed=1)])
    assert (values < 0.05).sum() <= stats.binom.isf(1e-5, 100, 0.05)
    assert (values > 1e-4).all()
    naive = [stats.kstest(one, chains(2.4, 1, seed=2)[0]).pvalue for one in chains(2.4, 20, seed=3)]
    assert np.median(naive) < 0.05, "these chains are correlated"


def test_a_chain_of_another_temperature_fails() -> None:
    """Breaks when thinning a chain takes the power from the test: 10 % in temperature must be seen."""
    assert all(p_value(one, 2.6) < 1e-4 for one in chains(2.4, 10, seed=4))


def test_a_chain_that_hardly_moves_gives_no_verdict() -> None:
    """Breaks when a handful of independent values decides."""
    frozen = np.repeat(chains(2.4, 1, seed=5)[0, ::50], 50)
    assert judge(SYSTEM, np.full(STEPS, 2.4), frozen, np.zeros((1, STEPS), int)).ok is None


@pytest.mark.parametrize(("ordered", "holds"), [(True, False), (False, True)])
def test_splits_with_other_temperatures_fail(ordered: bool, holds: bool) -> None:
    """Breaks when a class whose training and test temperatures are disjoint passes, or an honest one does not."""
    recipe, rng = Recipe(), np.random.default_rng(0)
    temperature = np.sort(rng.choice(recipe.classes.grid(), 1300))
    label = recipe.classes.label(temperature)
    split = np.empty(1300, int)
    for k in range(4):
        rows = np.flatnonzero(label == k)
        split[rows if ordered else rng.permutation(rows)] = np.arange(len(rows)) * 3 // len(rows)
    assert coverage(recipe, temperature, label, split).ok is holds
