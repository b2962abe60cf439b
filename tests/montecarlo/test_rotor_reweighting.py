"""Continuous energies: reweighting in bins, ln Z and ceilings against quadrature on 2 x 2."""

import numpy as np
from rotor_quadrature import bonds_of, quadrature

import spinlens
from spinlens.data.classes import Classes
from spinlens.data.recipe import Counts, Recipe
from spinlens.experiments.ceiling import ceiling
from spinlens.montecarlo.analysis.histograms import MAX_LEVELS
from spinlens.montecarlo.analysis.measure import analyse, log_partition
from spinlens.montecarlo.analysis.series import record

POINTS = 40


def grid_energies() -> np.ndarray:
    """The energies of 2 x 2 angles on a grid, the first one fixed: each stands for an equal part of all states."""
    angles = 2 * np.pi * np.arange(POINTS) / POINTS
    state = [np.zeros(1), *np.meshgrid(angles, angles, angles, indexing="ij")]
    bonds = bonds_of(2, 2, "periodic", "periodic")
    return np.ravel(-sum(np.cos(state[i] - state[j]) for i, j, _, _ in bonds))


def test_reweighted_energies_between_temperatures() -> None:
    """12800 different energies are sorted into at most 8192 bins. Breaks when bins are too coarse for exp(-E / T)."""
    series = record(spinlens.get_system("xy", 2), [0.8, 1.0], replicas=32, sweeps=200)
    assert np.unique(series.energy).size > MAX_LEVELS
    found = analyse(series).reweighted
    for k, T in enumerate(found["temperature"]):
        exact = quadrature(2, 2, "periodic", "periodic", float(T), points=20)
        for name, value in (("energy", exact.energy / 4), ("helicity_modulus", exact.helicity)):
            assert abs(found[name][k] - value) < 4.6 * found[f"{name}_error"][k], (name, T)


def test_partition_function_of_angles() -> None:
    """ln of the integral over all angles: Z at infinite temperature is 2 pi to the number of sites."""
    value, error = log_partition(spinlens.get_system("xy", 2), [0.9], replicas=16, sweeps=100)
    energies = grid_energies()
    exact = 4 * np.log(2 * np.pi) + np.log(np.mean(np.exp(-energies / 0.9)))
    assert abs(value[0] - exact) < 4.6 * error[0]
    assert error[0] < 0.05


def test_ceiling_of_continuous_energies() -> None:
    """The Bayes classifier's accuracy: the sum over all states of the largest p(class, state). Breaks with bad bins."""
    classes = Classes(names=("cold", "warm", "hot"), edges=(0.5, 0.8, 1.0, 1.6), step=0.05)
    counts = Counts(train=(1, 1, 1), validation=(1, 1, 1), test=(3, 2, 3))
    recipe = Recipe(system={"name": "xy", "size": 2}, classes=classes, counts=counts)
    joint, energies = np.zeros((3, POINTS**3)), grid_energies()
    for k, share in enumerate((3 / 8, 2 / 8, 3 / 8)):
        temperatures = classes.values(k)
        for T in temperatures:
            weight = np.exp(-(energies + 8) / T)
            joint[k] += share / len(temperatures) * weight / weight.sum()
    found = ceiling(recipe.system.system(), recipe)
    assert abs(found.accuracy - joint.max(0).sum()) < 4.6 * max(found.error, 1e-3)
