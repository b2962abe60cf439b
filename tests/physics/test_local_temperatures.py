"""Which temperatures spins allow: held against every state of small lattices, and against a likelihood by loops."""

import numpy as np
import pytest
from scipy.special import expit

from conftest import edge_pairs
from spinlens import get_boundary, get_system, sample
from spinlens.physics.exact.density import boltzmann
from spinlens.physics.exact.enumeration import enumerate_states
from spinlens.physics.lattices import Square
from spinlens.physics.local_temperatures import allowed_temperatures, coding_sets
from spinlens.physics.models.ising import Ising
from spinlens.physics.systems import System, energy

RISK = 0.2


@pytest.mark.parametrize("J", [1.0, -0.5])
@pytest.mark.parametrize("B", [0.0, 0.3])
@pytest.mark.parametrize("pair", [("periodic", "periodic"), ("antiperiodic", "open"), ("pinned+-", "periodic")])
def test_the_true_temperature_is_seldom_left_out(pair: tuple[str, str], J: float, B: float) -> None:
    """Breaks when a local field, a sign or a side of the bound is wrong: by every state of 3 x 4 (an odd side) with its
    Boltzmann weight, the true temperature is left out with a probability of at most RISK, and of more than none."""
    system = System(Ising(J, B), Square(3, 4), get_boundary(*pair))
    states = enumerate_states(system)
    edges, energies, missed = allowed_temperatures(system, states, RISK), energy(system, states), []
    for t in (0.0, 0.3, 1.0, 2.0, 4.0, 20.0, np.inf):
        inside = (edges[:, 0] <= t) & (t <= edges[:, 1])
        missed.append(boltzmann(energies, t) @ ~inside)
    assert max(missed) <= RISK
    assert max(missed) > 0


@pytest.mark.parametrize("pair", edge_pairs())
def test_sites_of_a_coding_set_share_no_bond(pair: tuple[str, str]) -> None:
    """Breaks when two sites of a set are neighbours, across an odd seam or a screw too, or a pinned one is in it."""
    for shape in ((3, 4), (5, 5), (4, 6)):
        system = System(Ising(), Square(*shape), get_boundary(*pair))
        neighbour, sign = system.bonds.neighbour, system.bonds.sign
        for sites in coding_sets(system):
            assert len(sites)
            assert not np.isin(neighbour[sites][sign[sites] != 0], sites).any()
            assert (system.pinned.ravel()[sites] == 0).all()


def test_the_interval_is_where_the_likelihood_is_high() -> None:
    """Breaks when the ends are not those of the likelihood ratio ln(4 / risk): on a grid of 1 / T, spin by spin."""
    system = get_system("ising-skewed", 12)
    snapshots = sample(system, [2.3, 2.7, 3.5], seed=4).spins
    neighbour, sign = system.bonds.neighbour, system.bonds.sign
    grid = np.linspace(-1, 4, 10001)
    for spins, (low, high) in zip(snapshots, allowed_temperatures(system, snapshots, 1e-3), strict=True):
        flat, fits = spins.ravel().astype(int), np.ones(len(grid), bool)
        for sites in coding_sets(system):
            ratio = np.zeros(len(grid))
            for i in sites:
                field = sum(flat[j] * x for j, x in zip(neighbour[i], sign[i], strict=True))
                ratio += np.log(expit(2 * grid * flat[i] * field))
            fits &= ratio >= ratio.max() - np.log(4 / 1e-3)
        assert 1 / high == pytest.approx(grid[fits].min(), abs=1e-3)
        assert 1 / low == pytest.approx(grid[fits].max(), abs=1e-3)


def test_no_temperature_for_spins_turned_against_their_neighbours() -> None:
    """Breaks when a checkerboard of the ferromagnet gets a temperature, when ground states are not allowed T = 0, or
    random spins not T = infinity, or when J does not set the unit."""
    system = get_system("ising-periodic", 20)
    board = get_system("ising-antiferro", 20).ground_pattern
    edges = allowed_temperatures(system, np.stack([board, system.ground_pattern]), 1e-6)
    assert np.isnan(edges[0]).all()
    assert edges[1, 0] == 0
    # 200 sites of a set, each aligned in a field 4: 200 ln(1 + exp(-8 / T)) = ln(4 / risk)
    assert edges[1, 1] == pytest.approx(8 / -np.log(np.expm1(np.log(4e6) / 200)))
    random = sample(system, [np.inf] * 20, seed=1).spins
    assert (allowed_temperatures(system, random, 1e-6)[:, 1] == np.inf).all()
    small = System(Ising(1e-21), system.lattice, system.boundary)
    np.testing.assert_allclose(
        allowed_temperatures(small, random, 1e-6), 1e-21 * allowed_temperatures(system, random, 1e-6), rtol=1e-6
    )
