"""Exact diagonalization against Hamiltonians written by hand, and in the limits that need none."""

import numpy as np
import pytest

from spinlens.errors import InputError
from spinlens.physics.boundary import get_boundary
from spinlens.physics.catalogue import get_system
from spinlens.physics.exact.density import mean_energy
from spinlens.physics.exact.diagonalization import diagonalize, hamiltonian
from spinlens.physics.lattices import Square
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.transverse_ising import TransverseIsing
from spinlens.physics.systems import System

SX, SZ, ONE = np.array([[0, 1], [1, 0]]), np.diag([1, -1]), np.eye(2)


def product(operators: dict[int, np.ndarray], spins: int) -> np.ndarray:
    """A product of operators of single spins, as a Kronecker product."""
    total = np.ones((1, 1))
    for k in range(spins):
        total = np.kron(total, operators.get(k, ONE))
    return total


def by_hand(bonds: list[tuple[int, int, float]], spins: int, gamma: float, h: float) -> np.ndarray:
    total = -sum(J * product({i: SZ, j: SZ}, spins) for i, j, J in bonds)
    return total - sum(gamma * product({k: SX}, spins) + h * product({k: SZ}, spins) for k in range(spins))


RING = [(0, 1), (1, 2), (2, 3), (3, 0)]
CASES = {
    "tfim-chain": [(i, j, 0.7) for i, j in RING],
    "tfim-chain-open": [(i, j, 0.7) for i, j in RING[:3]],
    "tfim-chain-twisted": [(0, 1, 0.7), (1, 2, 0.7), (2, 3, 0.7), (3, 0, -0.7)],
}


@pytest.mark.parametrize("name", CASES)
def test_levels_are_those_of_a_hamiltonian_written_by_hand(name: str) -> None:
    """Breaks when a bond is lost, counted twice, or has the wrong sign across the seam."""
    system = get_system(name, (2, 4), J=0.7, gamma=0.4, h=0.3)
    levels = np.linalg.eigvalsh(by_hand(CASES[name], 4, 0.4, 0.3))
    np.testing.assert_allclose(diagonalize(system).levels, levels, atol=1e-12)


def test_a_square_lattice_has_bonds_to_the_right_and_down() -> None:
    """Breaks when the square lattice loses its vertical bonds."""
    pairs = [(0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3), (0, 3), (1, 4), (2, 5), (3, 0), (4, 1), (5, 2)]
    levels = np.linalg.eigvalsh(by_hand([(i, j, 1.0) for i, j in pairs], 6, 0.8, 0.1))
    found = diagonalize(get_system("tfim-square", (2, 3), gamma=0.8, h=0.1)).levels
    np.testing.assert_allclose(found, levels, atol=1e-12)


def test_one_free_spin_between_pinned_ones() -> None:
    """Breaks when pinned spins turn over: E = -+ sqrt(gamma^2 + h^2) and <sx> = gamma tanh(R / T) / R, by hand."""
    system = get_system("tfim-chain", (2, 3), gamma=0.6, h=0.8, horizontal="pinned+-")
    found, radius = diagonalize(system), 1.0  # the fields of the ends cancel, and so do they in the energy
    np.testing.assert_allclose(found.levels, [-radius, radius], atol=1e-12)
    np.testing.assert_allclose(found.transverse_magnetization(0.5), 0.6 * np.tanh(2.0), atol=1e-12)


@pytest.mark.parametrize("boundary", [("periodic", "periodic"), ("open", "antiperiodic")])
def test_without_a_transverse_field_it_is_the_classical_model(boundary: tuple[str, str]) -> None:
    """Breaks when J or h enter otherwise than in the Ising model."""
    edges = get_boundary(*boundary)
    quantum = diagonalize(System(TransverseIsing(0.7, 0.0, 0.2), Square(3, 3), edges))
    classical = mean_energy(System(Ising(0.7, 0.2), Square(3, 3), edges), [0.5, 3.0])
    np.testing.assert_allclose([quantum.energy(0.5), quantum.energy(3.0)], classical, rtol=1e-10)


def test_correlations_of_one_spin_in_imaginary_time() -> None:
    """Breaks when a factor of beta or the frequency is wrong: a spin between opposite poles, whose <sz(t) sz(0)> is
    cosh(gamma (beta - 2 t)) / cosh(gamma beta)."""
    system = get_system("tfim-chain", (2, 3), gamma=0.9, horizontal="pinned+-")
    middle, beta = np.array([0.0, 1.0, 0.0]), 2.0
    t = (np.arange(20000) + 0.5) / 20000 * beta
    correlation = np.cosh(0.9 * (beta - 2 * t)) / np.cosh(0.9 * beta)
    for mode in (0, 1, 2):
        expected = (correlation * np.cos(2 * np.pi * mode * t / beta)).mean()
        assert diagonalize(system).correlation(1 / beta, middle, mode) == pytest.approx(expected, abs=1e-7)


def test_derivatives_of_the_partition_function() -> None:
    """Breaks when means are not derivatives of ln Z: <M> and the mean square of the imaginary-time mean of M."""
    system, t, step = get_system("tfim-chain", (2, 4), gamma=0.8, h=0.1), 0.6, 1e-3
    found = diagonalize(system)
    near = [get_system("tfim-chain", (2, 4), gamma=0.8, h=0.1 + k * step) for k in (-1, 1)]
    logs = [diagonalize(one).log_partition(t) for one in near]
    mean = t * (logs[1] - logs[0]) / (2 * step)
    spread = t**2 * (logs[1] - 2 * found.log_partition(t) + logs[0]) / step**2
    assert found.magnetization(t) == pytest.approx(mean, rel=1e-5)
    assert found.correlation(t) == pytest.approx(spread + mean**2, rel=1e-5)
    around = [found.energy(t - step), found.energy(t + step)]
    assert found.heat_capacity(t) == pytest.approx((around[1] - around[0]) / (2 * step), rel=1e-4)
    assert np.linalg.eigvals(hamiltonian(system)).min() == pytest.approx(found.levels[0])


def test_large_systems_and_classical_ones_are_refused() -> None:
    """Breaks when a matrix is built that no memory holds, or a classical model gets quantum levels."""
    with pytest.raises(InputError, match="at most 12 free spins"):
        diagonalize(get_system("tfim-chain", (2, 13)))
    with pytest.raises(InputError, match="TransverseIsing"):
        diagonalize(get_system("ising-periodic", 3))
