"""Densities of states from simulated energies, for systems that nobody has solved."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from spinlens.errors import InputError
from spinlens.montecarlo.clusters import update_clusters, update_shifts
from spinlens.montecarlo.protocols import Equilibrium
from spinlens.montecarlo.replicas import generator
from spinlens.montecarlo.singlespin import update_metropolis
from spinlens.physics.systems import System, energy

REPLICAS, TEMPERATURES = 1024, 128
MEASUREMENTS = 24
BLOCKS = REPLICAS // TEMPERATURES


def estimated_density_of_states(
    system: System, grid: NDArray[np.float64], seed: int = 0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(levels, ln g): ln g (1 + BLOCKS, levels) from all replicas, then from independent blocks of them.

    Replicas at equilibrium on a fine grid of temperatures, measured MEASUREMENTS times and joined by multi-histogram
    reweighting (Ferrenberg and Swendsen, Phys. Rev. Lett. 63, 1195 (1989)). Good from
    max(grid[0], |J| / 10) to grid[-1]; below lie ground states alone.
    """
    low = max(grid[0], 0.1 * abs(system.model.J))
    if grid[-1] <= low:
        raise InputError("temperature", float(grid[-1]), f"a highest temperature above {low:g} is")
    temperature = np.tile(np.linspace(low, grid[-1], TEMPERATURES), BLOCKS)
    rng = generator(system, seed, (103,))
    spins = Equilibrium().run(system, temperature, rng)
    energies = np.empty((MEASUREMENTS, REPLICAS))
    for k in range(MEASUREMENTS):
        update_metropolis(system, spins, temperature, 20, rng)
        update_shifts(system, spins, temperature, 1, rng)
        update_clusters(system, spins, temperature, 2, rng)
        energies[k] = energy(system, spins.reshape(-1, *system.lattice.shape))
    levels, index = np.unique(np.round(energies, 9), return_inverse=True)
    index = index.reshape(energies.shape)
    blocks = np.arange(REPLICAS) // TEMPERATURES
    chosen = [np.ones(REPLICAS, bool), *(blocks == b for b in range(BLOCKS))]
    return levels, np.stack([_reweight(levels, index[:, c], temperature[c]) for c in chosen])


def _reweight(
    levels: NDArray[np.float64], index: NDArray[np.int64], temperature: NDArray[np.float64]
) -> NDArray[np.float64]:
    """ln g at each level, -inf where it was never seen: the multi-histogram equations as one convex minimum.

    At the minimum over z_t = ln Z(T_t) every temperature has as many samples as the common g predicts.
    """
    histogram = np.bincount(index.ravel(), minlength=len(levels)).astype(np.float64)
    temperatures, first = np.unique(temperature, return_inverse=True)
    samples = np.bincount(first) * float(len(index))
    total = histogram.sum()
    exponents = np.log(samples)[:, None] - levels / temperatures[:, None]

    def shares(z: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        terms = exponents - z[:, None]
        log_sum = logsumexp(terms, axis=0)
        return log_sum, np.exp(terms - log_sum)

    def value(z: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        log_sum, share = shares(z)
        return float(histogram @ log_sum + samples @ z) / total, (samples - share @ histogram) / total

    def curvature(z: NDArray[np.float64]) -> NDArray[np.float64]:
        _, share = shares(z)
        return (np.diag(share @ histogram) - (share * histogram) @ share.T) / total

    means = np.array([levels[index[:, first == t]].mean() for t in range(len(temperatures))])
    steps = -0.5 * (means[1:] + means[:-1]) * np.diff(1 / temperatures)  # ln Z by integration: a start close by
    start = np.concatenate([[0.0], np.cumsum(steps)])
    solution = minimize(value, start, jac=True, hess=curvature, method="trust-exact", options={"gtol": 1e-7})
    if np.abs(solution.jac).max() > 1e-5:  # shares of all samples
        raise ArithmeticError(f"multi-histogram reweighting did not converge: {solution.message}")
    with np.errstate(divide="ignore"):
        return np.log(histogram) - shares(solution.x)[0]
