"""Worldlines against exact diagonalization, on every kind of edge and coupling."""

from typing import Any

import numpy as np
import pytest
from quantum_values import exact_values

from spinlens.montecarlo import worldlines
from spinlens.montecarlo.analysis.measure import measure
from spinlens.montecarlo.kernels.worldline_sums import (
    IMPROVED_KINKS,
    KINKS,
    MOMENTS,
    PLAIN_ORDER,
)
from spinlens.montecarlo.worldlines import WorldlineBatch
from spinlens.physics.boundary import get_boundary
from spinlens.physics.catalogue import get_system
from spinlens.physics.exact.density import mean_energy
from spinlens.physics.exact.diagonalization import diagonalize
from spinlens.physics.exact.free_fermions import chain_energy
from spinlens.physics.lattices import Square
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.transverse_ising import TransverseIsing
from spinlens.physics.systems import System

SIGMAS = 4.5  # of some 70 comparisons: right code fails with a probability of 5e-4, were the seed not fixed
CASES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "ring": ("tfim-chain", (2, 4), {"gamma": 1.0}),
    "ring in a field": ("tfim-chain", (2, 4), {"gamma": 1.0, "h": 0.3}),
    "two spins with two bonds": ("tfim-chain", (2, 2), {"gamma": 0.7}),
    "antiferromagnet": ("tfim-chain", (2, 6), {"J": -1.0, "gamma": 1.0}),
    "frustrated ring in a field": ("tfim-chain-twisted", (2, 4), {"gamma": 0.8, "h": 0.2}),
    "torus": ("tfim-square", (3, 2), {"gamma": 2.5}),
    "screw": ("tfim-square", (2, 3), {"gamma": 2.0, "horizontal": "screw"}),
    "twisted and open": ("tfim-square-twisted", (3, 2), {"gamma": 1.5, "horizontal": "open"}),
    "pinned in a field": ("tfim-chain-pinned", (2, 6), {"gamma": 1.0, "h": 0.2}),
    "random couplings": ("tfim-square-open", (2, 3), {"gamma": 0.9, "couplings": "gaussian", "coupling_seed": 5}),
    "diluted": ("tfim-square", (2, 3), {"gamma": 0.9, "couplings": "diluted", "share": 0.4}),
}


@pytest.mark.parametrize("case", CASES)
def test_observables_are_those_of_exact_diagonalization(case: str) -> None:
    """Breaks when a rate, sign, weight, estimator or error is wrong anywhere between the kernel and the table."""
    name, size, changes = CASES[case]
    system = get_system(name, size, **changes)
    table = measure(system, [0.5], replicas=16, sweeps=3000, seed=1).observables
    for observable, expected in exact_values(system, 0.5).items():
        value, error = float(table[observable][0]), float(table[f"{observable}_error"][0])
        assert abs(value - expected) <= SIGMAS * error + 1e-9, (observable, value, error, expected)
        assert error < 0.1 * abs(expected) + 0.02, (observable, error)  # a test that could fail


def test_every_replica_has_its_own_temperature_and_field() -> None:
    """Breaks when a replica takes the temperature or gamma of another one."""
    system, t, gamma = get_system("tfim-chain", (2, 3)), np.array([0.3, 1.0, 3.0]), np.array([2.0, 0.0, 0.7])
    batch = WorldlineBatch(system, np.repeat(t, 8), np.random.default_rng(0), np.repeat(gamma, 8))
    batch.update(100)
    kinks = batch.measure(4000)[..., IMPROVED_KINKS].reshape(3, 8, -1).mean(2)
    assert (kinks[1] == 0).all()  # without a transverse field nothing turns over
    for k in (0, 2):
        exact = diagonalize(get_system("tfim-chain", (2, 3), gamma=gamma[k]))
        expected = exact.transverse_magnetization(t[k]) * gamma[k] / t[k] * 3
        assert abs(kinks[k].mean() - expected) < SIGMAS * kinks[k].std(ddof=1) / np.sqrt(8) * 1.5  # eight values


@pytest.mark.parametrize("h", [0.0, 0.3])
def test_without_a_transverse_field_it_is_the_ising_model(h: float) -> None:
    """Breaks when J or h enter otherwise than in the classical model."""
    edges = get_boundary("periodic", "open")
    table = measure(System(TransverseIsing(1.0, 0.0, h), Square(3, 3), edges), [3.0], 16, 2000, seed=2).observables
    expected = float(mean_energy(System(Ising(1.0, h), Square(3, 3), edges), 3.0)) / 9
    assert abs(table["energy"][0] - expected) < SIGMAS * table["energy_error"][0]


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_cold_chains_have_the_energy_of_free_fermions(gamma: float) -> None:
    """Breaks when long imaginary times or many pieces go wrong: 32 spins at beta = 16."""
    chain = get_system("tfim-chain", (2, 32), gamma=gamma)
    table = measure(chain, [1 / 16], replicas=8, sweeps=400, seed=3).observables
    expected = chain_energy(chain, 1 / 16) / 32
    assert abs(table["energy"][0] - expected) < SIGMAS * table["energy_error"][0]
    assert table["energy_error"][0] < 1e-3


def test_pictures_show_space_and_imaginary_time() -> None:
    """Breaks when rows are no equally spaced times: correlations along both axes are those of the ring."""
    t, gamma, rows = 0.5, 0.8, 4
    system = get_system("tfim-chain", (rows, 4), gamma=gamma)
    found, batch = diagonalize(system), WorldlineBatch(system, np.full(64, t), np.random.default_rng(4))
    batch.update(100)
    sums = np.zeros((64, 2))
    for _ in range(200):
        batch.update(2)
        s = batch.pictures().astype(float)
        sums += np.stack([(s * np.roll(s, 1, 2)).mean((1, 2)), (s * np.roll(s, 2, 1)).mean((1, 2))], 1) / 200
    weights = np.exp(-(found.levels - found.levels[0]) / t)
    pair = found.vectors.T @ (found.spins[:, :1] * found.spins[:, 1:2] * found.vectors)
    in_space = (weights * pair.diagonal()).sum() / weights.sum()
    element = (found.vectors.T @ (found.spins[:, :1] * found.vectors)) ** 2
    half = np.exp(-(found.levels - found.levels[0]) / (2 * t))
    in_time = half @ element @ half / weights.sum()  # <sz(beta / 2) sz(0)>
    error = sums.std(0, ddof=1) / 8
    assert (np.abs(sums.mean(0) - [in_space, in_time]) < SIGMAS * error).all(), (sums.mean(0), in_space, in_time, error)
    assert (error < 0.01).all()


def test_threads_and_slices_of_work_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when random numbers depend on threads, on the length of calls, or on when arrays had to grow."""
    system, t = get_system("tfim-square", 4, gamma=3.0, h=0.1), np.linspace(0.2, 2.0, 6)

    def run(threads: int, parts: list[int]) -> tuple[Any, Any]:
        batch = WorldlineBatch(system, t, np.random.default_rng(5))
        for part in parts:
            batch.update(part, threads)
        sums = batch.measure(6, 2, threads)
        return sums, batch.pictures()

    whole = run(1, [40])
    for other in (run(3, [40]), run(1, [13, 1, 26])):
        np.testing.assert_array_equal(whole[0], other[0])
        np.testing.assert_array_equal(whole[1], other[1])
    resize, grown = worldlines.Workplace.resize, []

    def grudging(self: worldlines.Workplace, pieces: int) -> None:
        grown.append(pieces)
        resize(self, max(int(1.2 * getattr(self, "room", 60)), int(0.4 * pieces)))

    monkeypatch.setattr(worldlines, "DRAWS", 16)
    before = run(1, [40])
    monkeypatch.setattr(worldlines.Workplace, "resize", grudging)
    monkeypatch.setattr(worldlines, "VISITS", 8)
    after = run(1, [40])
    assert len(grown) > 4  # two calls for each of two workplaces, were there always room
    np.testing.assert_array_equal(before[0], after[0])
    np.testing.assert_array_equal(before[1], after[1])


def test_improved_estimators_pay() -> None:
    """Breaks when they are replaced by plain ones: errors of kinks and m^2 in the disordered phase."""
    batch = WorldlineBatch(get_system("tfim-square", 8, gamma=6.0), np.full(32, 0.5), np.random.default_rng(6))
    batch.update(50)
    sums = batch.measure(100, 2)
    kinks = sums[..., KINKS].mean(1).std(), sums[..., IMPROVED_KINKS].mean(1).std()
    squares = (sums[..., PLAIN_ORDER] ** 2).mean(1).std(), sums[..., MOMENTS + 4].mean(1).std()
    assert kinks[1] < 0.9 * kinks[0]
    assert squares[1] < 0.6 * squares[0]
