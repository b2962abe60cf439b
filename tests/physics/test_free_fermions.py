"""The quantum chain as free fermions against exact diagonalization, and Pfeuty's infinite chain."""

import numpy as np
import pytest

from spinlens.errors import InputError
from spinlens.physics.boundary import get_boundary
from spinlens.physics.catalogue import get_system
from spinlens.physics.couplings import Gaussian
from spinlens.physics.exact.diagonalization import diagonalize
from spinlens.physics.exact.free_fermions import chain_energy, chain_log_partition, infinite_chain_energy
from spinlens.physics.lattices import Chain
from spinlens.physics.models.transverse_ising import TransverseIsing, critical_gamma
from spinlens.physics.systems import System


@pytest.mark.parametrize("edge", ["periodic", "antiperiodic", "open"])
@pytest.mark.parametrize("spins", [2, 3, 4, 7])
@pytest.mark.parametrize("J", [1.0, -1.0])
def test_partition_functions_of_finite_chains(edge: str, spins: int, J: float) -> None:
    """Breaks when a parity sector has the wrong momenta or sign, for even and odd lengths."""
    for gamma in (0.0, 0.5, 1.0, 3.0):
        for drawn in ((), ("random", Gaussian(1.0, 3))):
            system = System(TransverseIsing(J, gamma), Chain(2, spins), get_boundary("periodic", edge), *drawn)
            exact = diagonalize(system)
            for t in (0.2, 1.0, 5.0):
                assert chain_log_partition(system, t) == pytest.approx(exact.log_partition(t), abs=1e-9)
                assert chain_energy(system, t) == pytest.approx(exact.energy(t), abs=1e-6)


def test_the_infinite_chain() -> None:
    """Breaks when Pfeuty's integral is wrong: at T = 0 his values, at T > 0 long chains."""
    assert infinite_chain_energy(1.0, 1.0) == pytest.approx(-4 / np.pi, abs=1e-12)
    assert infinite_chain_energy(1.0, 0.0) == pytest.approx(-1.0)
    assert infinite_chain_energy(1.0, 1e-3) == pytest.approx(-1 - 1e-6 / 4, abs=1e-9)  # second order in gamma
    for gamma, t in ((0.5, 0.8), (1.0, 1.0), (3.0, 2.0)):
        chain = get_system("tfim-chain", (2, 120), gamma=gamma)
        assert infinite_chain_energy(1.0, gamma, t) == pytest.approx(chain_energy(chain, t) / 120, abs=1e-7)


def test_the_critical_chain_of_finite_length() -> None:
    """Breaks when the even sector has other momenta than (2 n + 1) pi / N: E_0 = -2 J / sin(pi / 2N) at gamma = J."""
    for spins in (3, 8, 25):
        chain = get_system("tfim-chain", (2, spins))
        assert chain_energy(chain, 0.005) == pytest.approx(-2 / np.sin(np.pi / (2 * spins)), abs=1e-6)


def test_critical_fields_and_refusals() -> None:
    """Breaks when a transition is claimed with disorder or a field, or free fermions where there are none."""
    assert critical_gamma(get_system("tfim-chain", 8, J=-2.0)) == 2.0
    assert critical_gamma(get_system("tfim-square", 8)) == 3.04433
    assert critical_gamma(get_system("tfim-square", 8, h=0.1)) is None
    assert critical_gamma(get_system("tfim-square", 8, couplings="gaussian")) is None
    refused = get_system("tfim-square", 4), get_system("tfim-chain", 4, h=0.1), get_system("tfim-chain-pinned", 4)
    for system in refused:
        with pytest.raises(InputError, match="a chain without a longitudinal field"):
            chain_energy(system, 1.0)
