"""Worldlines at scale: a matrix of exactly diagonalized systems, Pfeuty's chain, and the transition of the square."""

import itertools

import numpy as np
import pytest
from quantum_values import exact_values

from spinlens.montecarlo.analysis.measure import measure
from spinlens.montecarlo.kernels.worldline_sums import MOMENTS
from spinlens.montecarlo.worldlines import WorldlineBatch
from spinlens.physics.catalogue import get_system
from spinlens.physics.exact.diagonalization import diagonalize
from spinlens.physics.exact.free_fermions import infinite_chain_energy

WANTED = {"energy": 1e-3, "sz_squared": 5e-3, "transverse_magnetization": 2e-2}  # relative standard errors
COMPARED = (*WANTED, "susceptibility")
SIZES = [("tfim-chain", (2, n)) for n in (4, 8, 10)] + [("tfim-square", (3, 3))]


@pytest.mark.slow
def test_pulls_over_a_matrix_of_systems() -> None:
    """Breaks when a value or an error is wrong by 10 %: 576 pulls against exact diagonalization.

    Sweeps grow until the errors are as small as WANTED. The standard deviation of 576 unit normal pulls is 1 within
    0.03, correlations among the four observables of a run about double that.
    """
    pulls = []
    for (name, size), edge, gamma, h in itertools.product(SIZES, ("", "-open"), (0.5, 1.0, 3.0), (0.0, 0.3)):
        system = get_system(name + edge, size, gamma=gamma, h=h)
        spectrum = diagonalize(system)
        for beta in (0.5, 2.0, 8.0):
            exact, sweeps, excess = exact_values(system, 1 / beta, spectrum), 4000, 2.0
            while excess > 1:
                table = measure(system, [1 / beta], replicas=16, sweeps=sweeps, seed=1).observables
                relative = {k: float(table[f"{k}_error"][0] / abs(table[k][0])) for k in WANTED}
                excess = max((relative[k] / WANTED[k]) ** 2 for k in WANTED)
                sweeps = int(sweeps * min(1.2 * excess, 50)) + 1000
            pulls += [float((table[k][0] - exact[k]) / table[f"{k}_error"][0]) for k in COMPARED]
    assert len(pulls) == 576
    assert abs(np.std(pulls) - 1) < 0.1
    assert np.abs(pulls).max() < 4


@pytest.mark.slow
@pytest.mark.parametrize(("gamma", "spins"), [(0.5, 128), (1.0, 512), (2.0, 128)])
def test_the_chain_at_zero_temperature(gamma: float, spins: int) -> None:
    """Breaks when the ground state is missed: Pfeuty's energy within 3 errors, finite size and temperature below them.

    At gamma = J both add to the energy of a spin pi / (6 N^2) and pi T^2 / 12, 3e-6 and 4e-6 here.
    """
    beta = spins / 4 if gamma != 1 else 256
    table = measure(get_system("tfim-chain", (2, spins), gamma=gamma), [1 / beta], 8, 300, seed=4).observables
    value, error = float(table["energy"][0]), float(table["energy_error"][0])
    assert abs(value - infinite_chain_energy(1.0, gamma)) < 3 * error
    assert error < 3e-4 * abs(value)


@pytest.mark.slow
def test_binder_cumulants_of_the_square_cross_at_the_transition() -> None:
    """Breaks when the transition moves: crossing of L = 12 and 24 at beta = L within 0.3 % of 3.0443.

    Cumulants of the imaginary-time mean, straight lines through five fields; errors by the replicas.
    """
    gammas, replicas = np.array([3.01, 3.03, 3.045, 3.06, 3.08]), 16
    lines = []
    for side, sweeps in ((12, 3000), (24, 1200)):
        system = get_system("tfim-square", side)
        lanes = np.repeat(gammas, replicas)
        batch = WorldlineBatch(system, np.full(len(lanes), 1 / side), np.random.default_rng(side), lanes)
        batch.update(300, threads=2)
        sums = batch.measure(sweeps, 1, threads=2)[..., MOMENTS + 4 : MOMENTS + 6].mean(1)
        m2, m4 = sums.reshape(len(gammas), replicas, 2).transpose(2, 0, 1)
        jackknife = [(m.sum(1, keepdims=True) - m) / (replicas - 1) for m in (m2, m4)]
        cumulants = 1 - jackknife[1] / (3 * jackknife[0] ** 2)
        lines.append(np.polyfit(gammas - 3.0443, cumulants, 1))  # (2, replicas)
    slope, offset = lines[0] - lines[1]
    crossing = 3.0443 - offset / slope
    error = np.sqrt((replicas - 1) * crossing.var())
    assert error < 0.003
    assert abs(crossing.mean() - 3.0443) < 0.003 * 3.0443
