"""Which temperatures the spins of a single snapshot allow: an interval with a proven error, for any system and size.

A set of sites without a bond between two of them is independent given all other spins (Besag, J. R. Stat. Soc. B 36,
192 (1974), section 6: coding), each aligned with its local field h_i = J sum_j s_j + B with the probability
1 / (1 + exp(-2 |h_i| / T)). That is an exponential family in 1 / T with the statistic X = sum_i s_i h_i, so for the
log-likelihood l and its maximum at beta* the Chernoff bound holds at any number of sites: P(X as far on its side of
its mean at beta) <= exp(l(beta) - l(beta*)). Nothing has to be known of Z, and nothing is simulated.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from spinlens.physics.models.ising import require_ising
from spinlens.physics.systems import System

COLDEST = 40.0  # 1 / T in units of 1 / |J|: there exp(-2 |J| / T) = 2e-35
STEPS = 60  # of a bisection
CHUNK = 256  # snapshots at once, to bound the memory

Array = NDArray[np.float64]


def allowed_temperatures(system: System, spins: NDArray[np.int8], risk: float) -> NDArray[np.float64]:
    """(count, 2): the lowest and the highest temperature that the spins (count, m, n) of each snapshot allow.

    risk: probability, at most, that the interval of a snapshot at equilibrium leaves out its true temperature; it is
    shared out among the two sides and the two coding sets. (0, inf): all temperatures; a row of NaN: none, as for
    spins that are turned against their neighbours, or two sublattices of different temperature.
    """
    chunks = [spins[k : k + CHUNK] for k in range(0, len(spins), CHUNK)]
    low, high = np.concatenate([_inverse_temperatures(system, some, np.log(4 / risk)) for some in chunks], 1)
    with np.errstate(divide="ignore"):
        edges = np.stack([1 / np.maximum(high, 0.0), 1 / np.maximum(low, 0.0)], 1)
    edges[high >= COLDEST / system.model.scale, 0] = 0.0
    edges[(high < 0) | (low > high)] = np.nan
    return edges


def coding_sets(system: System) -> list[NDArray[np.int64]]:
    """Flat indices of the free sites of each colour of the checkerboard, less those with a bond to their own colour."""
    rows, columns = np.indices(system.lattice.shape)
    colour = (rows + columns).ravel() % 2
    neighbour, sign = system.bonds.neighbour, system.bonds.sign
    own = ((colour[neighbour] == colour[:, None]) & (sign != 0)).any(1)
    free = np.isin(np.arange(system.lattice.sites), system.free_sites)
    return [np.flatnonzero((colour == k) & free & ~own) for k in (0, 1)]


def _inverse_temperatures(system: System, spins: NDArray[np.int8], most: float) -> Array:
    """(2, count): the lowest and the highest 1 / T that all coding sets allow."""
    coldest = COLDEST / system.model.scale
    sides = [_interval(_Aligned.of(system, spins, sites), most, coldest) for sites in coding_sets(system)]
    return np.stack([np.max([side[0] for side in sides], 0), np.min([side[1] for side in sides], 0)])


@dataclass(frozen=True)
class _Aligned:
    """Levels (k,) of s_i h_i over a coding set, and how often each snapshot has them: counts (count, k)."""

    levels: Array
    counts: NDArray[np.int64]

    @staticmethod
    def of(system: System, spins: NDArray[np.int8], sites: NDArray[np.int64]) -> "_Aligned":
        flat, neighbour, sign = spins.reshape(len(spins), -1), system.bonds.neighbour, system.bonds.sign
        seen = np.zeros((len(flat), len(sites)), np.int8)
        for k in range(neighbour.shape[1]):
            seen += flat[:, neighbour[sites, k]] * sign[sites, k]
        model = require_ising(system.model)
        sums = np.arange(-neighbour.shape[1], neighbour.shape[1] + 1)
        levels = np.concatenate([s * (model.J * sums + model.B) for s in (-1, 1)])
        index = np.where(flat[:, sites] > 0, len(sums), 0) + seen + neighbour.shape[1]
        index += np.arange(len(flat))[:, None] * len(levels)
        counts = np.bincount(index.ravel(), minlength=len(flat) * len(levels)).reshape(len(flat), -1)
        return _Aligned(levels, counts)

    def log_likelihood(self, beta: Array) -> Array:
        return -(self.counts * np.logaddexp(0.0, -2 * beta[:, None] * self.levels)).sum(1)

    def slope(self, beta: Array) -> Array:
        """The derivative of the log-likelihood, which falls with beta; half of it."""
        return (self.counts * self.levels * expit(-2 * beta[:, None] * self.levels)).sum(1)


def _interval(aligned: _Aligned, most: float, coldest: float) -> tuple[Array, Array]:
    """(lowest, highest) 1 / T of each snapshot whose log-likelihood is within `most` of its maximum."""
    end = np.full(len(aligned.counts), coldest)
    best = _last(lambda beta: aligned.slope(beta) > 0, -end, end)
    top = aligned.log_likelihood(best)
    low = _last(lambda beta: top - aligned.log_likelihood(beta) > most, -end, best)
    high = _last(lambda beta: top - aligned.log_likelihood(beta) <= most, best, end)
    return low, high


def _last(holds: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array) -> Array:
    """The last point where a condition that holds at `low` still holds, by bisection; `high` if it holds there too."""
    whole = holds(high)
    for _ in range(STEPS):
        middle = (low + high) / 2
        yes = holds(middle)
        low, high = np.where(yes, middle, low), np.where(yes, high, middle)
    return np.where(whole, high, low)
