"""The helicity modulus at the Kosterlitz-Thouless transition, and the temperature that it gives."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import spinlens
from spinlens.montecarlo.starts import ordered_start
from spinlens.montecarlo.updaters.clusters import update_clusters
from spinlens.montecarlo.updaters.rotors import update_rotors
from spinlens.physics.systems import energy
from spinlens.physics.vortices import bond_strength, squared_current

T_BKT = 0.8929  # Hasenbusch, J. Phys. A 38, 5869 (2005)
SIDES = (16, 24, 32, 48, 64, 96, 128)
REPLICAS, START, STEPS = 64, 60, 900

Array = np.ndarray


def stiffness(side: int) -> tuple[Array, Array, Array]:
    """(energy, strength, squared current), each (STEPS, REPLICAS), at T_BKT from ordered starts."""
    system, rng = spinlens.get_system("xy", side), np.random.default_rng(side)
    spins, lanes = ordered_start(system, REPLICAS, rng), np.full(REPLICAS, T_BKT)
    update_rotors(system, spins, lanes, 4 * START, rng)
    update_clusters(system, spins, lanes, START, rng)
    found = np.empty((3, STEPS, REPLICAS))
    for k in range(STEPS):
        update_rotors(system, spins, lanes, 3, rng)
        update_clusters(system, spins, lanes, 3, rng)
        states = spins.reshape(-1, side, side)
        found[:, k] = energy(system, states), bond_strength(system, states), squared_current(system, states)
    return found[0], found[1], found[2]


def over_temperature(series: tuple[Array, Array, Array], T: float) -> tuple[float, float]:
    """(value, error) of the helicity modulus over T, reweighted from T_BKT; jackknife over the replicas."""
    E, strength, square = series
    weight = np.exp((1 / T_BKT - 1 / T) * (E - E.mean()))
    sums = np.stack([weight.sum(0), (weight * strength).sum(0), (weight * square).sum(0)])
    z, first, second = sums.sum(1)[:, None] - sums
    rest = (first - second / T) / z / T
    z, first, second = sums.sum(1)
    return (first - second / T) / z / T, np.sqrt((REPLICAS - 1) * rest.var())


@pytest.mark.slow
def test_helicity_modulus_at_the_transition() -> None:
    """.636508 + .3189 / (ln L + C) fits with chi-square per degree below 2 at a temperature within 0.3 % of T_BKT.

    Hasenbusch, J. Phys. A 38, 5869 (2005): on a torus the modulus over T is not 2 / pi, as windings count; C is not
    universal. At T_BKT itself errors of 6e-4 show the terms that this leading form leaves out: it prefers a temperature
    some 0.15 % below, as Hsieh, Kao and Sandvik, J. Stat. Mech. P09001 (2013) report. Breaks when the modulus, its two
    terms, the temperature or the distribution at large sides is wrong.
    """
    series, sides = [stiffness(side) for side in SIDES], np.array(SIDES)
    grid, found = T_BKT * np.linspace(0.99, 1.01, 81), []
    for T in grid:
        values, errors = np.array([over_temperature(one, T) for one in series]).T

        def chi_square(C: float, v: Array = values, e: Array = errors) -> float:
            return float((((v - 0.636508 - 0.3189 / (np.log(sides) + C)) / e) ** 2).sum())

        found.append(minimize_scalar(chi_square, bounds=(-1.5, 6), method="bounded").fun / (len(SIDES) - 1))
    assert abs(grid[np.argmin(found)] / T_BKT - 1) < 0.003
    assert min(found) < 2
