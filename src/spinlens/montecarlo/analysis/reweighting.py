"""From histograms at several temperatures to densities of states, means and ln Z at any temperature between them."""

import contextlib
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import logsumexp

from spinlens.errors import InputError
from spinlens.montecarlo.analysis.histograms import Histograms, Means

Array = NDArray[np.float64]
NEWTON_STEPS = 12
MIN_OVERLAP = 0.03  # of neighbours: Klimovich, Shirts and Mobley, J. Comput. Aided Mol. Des. 29, 397 (2015)
GRID_ENTRIES = 1 << 23  # of temperatures x levels held at once


def density_of_states_from(levels: Array, index: NDArray[np.int64], temperature: Array) -> Array:
    """ln g (levels,) up to a constant, -inf where never seen, from replicas at T > 0, infinity included.

    levels ascending; index (measurements, replicas): the level of each measurement; temperature (replicas,).
    """
    levels = levels - levels[0]  # exponents of a strong field's energies would have no digits left
    histogram = np.bincount(index.ravel(), minlength=len(levels)).astype(np.float64)
    temperatures, first = np.unique(temperature, return_inverse=True)
    samples = np.asarray(np.bincount(first) * len(index), np.float64)
    means = np.array([levels[index[:, first == t]].mean() for t in range(len(temperatures))])
    start = log_partition_steps(means, temperatures)
    log_weights, _ = solve(levels, histogram, samples, temperatures, start)
    with np.errstate(divide="ignore"):
        return np.log(histogram) + log_weights


def log_partition_steps(means: Array, temperatures: Array) -> Array:
    """ln Z by the trapezoidal integral of the mean energies over 1 / T: a start close by."""
    return np.concatenate([[0.0], np.cumsum(-0.5 * (means[1:] + means[:-1]) * np.diff(1 / temperatures))])


def solve(levels: Array, histogram: Array, samples: Array, temperatures: Array, start: Array) -> tuple[Array, Array]:
    """(ln weight of a sample in each level, ln Z of each temperature, both up to one constant).

    The multi-histogram equations (Ferrenberg and Swendsen, Phys. Rev. Lett. 63, 1195 (1989)) as one convex minimum:
    over z_t = ln Z(T_t), where every temperature has as many samples as the common g predicts.
    """
    total, rungs = histogram.sum(), len(samples)
    exponents = np.log(samples)[:, None] - levels / temperatures[:, None]

    def shares(z: Array) -> tuple[Array, Array]:
        terms = exponents - z[:, None]
        top = terms.max(0)
        weights = np.exp(terms - top)
        together = weights.sum(0)
        return np.log(together) + top, weights / together

    def slope(share: Array) -> Array:
        return (samples - share @ histogram) / total

    def curvature(share: Array) -> Array:
        return (np.diag(share @ histogram) - (share * histogram) @ share.T) / total

    z = start.copy()
    with contextlib.suppress(np.linalg.LinAlgError), np.errstate(invalid="ignore", over="ignore"):
        for _ in range(NEWTON_STEPS):
            log_sum, share = shares(z)
            gradient = slope(share)
            if np.abs(gradient).max() < 1e-10:
                return -log_sum, z
            z -= np.linalg.solve(curvature(share) + 1 / rungs, gradient)  # the constant added pins the free one of z
    solution = minimize(  # from a poor start, or with histograms that hardly overlap
        lambda z: (float(histogram @ shares(z)[0] + samples @ z) / total, slope(shares(z)[1])),
        start,
        jac=True,
        hess=lambda z: curvature(shares(z)[1]),
        method="trust-exact",
        options={"gtol": 1e-7},
    )
    if np.abs(solution.jac).max() > 1e-5:  # shares of all samples
        raise ArithmeticError(f"multi-histogram reweighting did not converge: {solution.message}")
    return -shares(solution.x)[0], solution.x


def reweight(
    h: Histograms, temperatures: ArrayLike, derive: Callable[[Means, Array], Means]
) -> tuple[dict[str, Array], dict[str, Array], Array]:
    """(values, errors, effective samples) at temperatures (g,) between the simulated ones, each (g,).

    derive(means, temperatures): what is wanted, from the means (g,) of every observable. Errors: jackknife over the
    blocks, each solution of the multi-histogram equations without one of them; NaN from a single block. Effective
    samples, (sum w)^2 / sum w^2 over all samples: few mean that no simulated histogram reaches that temperature. They
    count as 0 outside the simulated temperatures and between two whose histograms hardly overlap.
    """
    target = np.atleast_1d(np.asarray(temperatures, np.float64))
    results: list[Means] = []
    effective = np.empty(0)
    for used, log_weights, z in _solutions(h):
        counts = h.counts[used].sum(0)
        columns = np.stack([counts, *(h.sums[name][used].sum(0) for name in h.sums)], 1)
        sums, squares = _weighted_sums(h.levels, counts, log_weights, target, columns)
        if not results:
            effective = np.where(_between_overlapping(h, log_weights, z, target), sums[:, 0] ** 2 / squares, 0.0)
        results.append(derive({name: sums[:, 1 + k] / sums[:, 0] for k, name in enumerate(h.sums)}, target))
    pairs = {name: _jackknife([result[name] for result in results]) for name in results[0]}
    return {name: pair[0] for name, pair in pairs.items()}, {name: pair[1] for name, pair in pairs.items()}, effective


def log_partition(h: Histograms, temperatures: ArrayLike, log_states: float) -> tuple[Array, Array]:
    """(ln Z, its standard error) at temperatures (g,), from histograms that reach from there to infinity.

    log_states: the logarithm of the number of all states, ln Z at infinity, which fixes the constant. Raises InputError
    where infinity was not simulated.
    """
    if not np.isposinf(h.temperatures[-1]):
        raise InputError("temperatures", h.temperatures.tolist(), "a list with infinity, where Z is known")
    beta = 1 / np.atleast_1d(np.asarray(temperatures, np.float64))
    results = []
    for used, log_weights, _ in _solutions(h):
        with np.errstate(divide="ignore"):
            log_g = np.log(h.counts[used].sum(0)) + log_weights
        log_z = np.array([logsumexp(log_g - b * h.levels) for b in beta])
        results.append(log_z - logsumexp(log_g) + log_states)
    return _jackknife(results)


def _solutions(h: Histograms) -> Iterator[tuple[NDArray[np.bool_], Array, Array]]:
    """(blocks used, *solution of `solve`): all blocks, then all but one."""
    blocks = len(h.samples)
    start = log_partition_steps(h.energy, h.temperatures)
    for left_out in range(-1, blocks if blocks > 1 else 0):
        used = np.arange(blocks) != left_out
        log_weights, z = solve(h.levels, h.counts[used].sum(0), h.samples[used].sum(0), h.temperatures, start)
        if left_out < 0:
            start = z
        yield used, log_weights, z


def _between_overlapping(h: Histograms, log_weights: Array, z: Array, target: Array) -> NDArray[np.bool_]:
    """(target,): simulated, or between neighbours with an overlap sum_l n_l share_l share'_l / n of MIN_OVERLAP."""
    samples, t = h.samples.sum(0), h.temperatures
    share = np.exp(np.log(samples)[:, None] - h.levels / t[:, None] - z[:, None] + log_weights)
    overlap = (share[1:] * share[:-1]) @ h.counts.sum(0) / np.minimum(samples[1:], samples[:-1])
    bridged = np.concatenate([[False], overlap >= MIN_OVERLAP, [False]])  # outside, the intervals, outside
    return bridged[np.searchsorted(t, target)] | np.isin(target, t)


def _weighted_sums(
    levels: Array, counts: Array, log_weights: Array, temperatures: Array, columns: Array
) -> tuple[Array, Array]:
    """(temperatures, columns) weighted sums over levels, and (temperatures,) the sum of all squared weights."""
    seen = counts > 0
    sums, squares = [], []
    for beta in np.array_split(1 / temperatures, -(-len(temperatures) * len(levels) // GRID_ENTRIES)):
        exponents = log_weights[seen] - beta[:, None] * levels[seen]
        weights = np.exp(exponents - exponents.max(1, keepdims=True))
        sums.append(weights @ columns[seen])
        squares.append(weights**2 @ counts[seen])
    return np.concatenate(sums), np.concatenate(squares)


def _jackknife(estimates: list[Array]) -> tuple[Array, Array]:
    """(value, error) from the estimate of all blocks and those that leave out one (Efron and Stein 1981)."""
    if len(estimates) < 3:
        return estimates[0], np.full(estimates[0].shape, np.nan)
    rest = np.stack(estimates[1:])
    with np.errstate(invalid="ignore", over="ignore"):  # where no histogram reaches
        return estimates[0], np.sqrt((len(rest) - 1) * rest.var(axis=0))
