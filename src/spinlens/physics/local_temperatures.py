"""Which temperatures the spins of a single snapshot allow: an interval with a proven error, for any system and size.

A set of sites without a bond between two of them is independent given all other sites (Besag, J. R. Stat. Soc. B 36,
192 (1974), section 6: coding), each in its state with the probability exp(-E / T) / sum_k exp(-E_k / T), E_k what its
state k costs there. That is an exponential family in 1 / T with the statistic X = the sum of E over the set, so for
the log-likelihood l and its maximum at beta* the Chernoff bound holds at any number of sites: P(X as far on its side of
its mean at beta) <= exp(l(beta) - l(beta*)). Nothing has to be known of Z, and nothing is simulated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp, softmax

from spinlens.physics.local_angles import rotor_environments
from spinlens.physics.local_energies import count_environments
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System

COLDEST = 40.0  # 1 / T in units of 1 / |J|: there exp(-|J| / T) = 4e-18
STEPS = 60  # of a bisection
CHUNK = 256  # snapshots at once, to bound the memory

Array = NDArray[np.float64]


def allowed_temperatures(system: System, spins: NDArray[Any], risk: float) -> NDArray[np.float64]:
    """(count, 2): the lowest and the highest temperature that the spins (count, m, n) of each snapshot allow.

    risk: probability, at most, that the interval of a snapshot at equilibrium leaves out its true temperature; it is
    shared out among the two sides and the two coding sets. (0, inf): all temperatures; a row of NaN: none, as for
    spins that are turned against their neighbours, or two sublattices of different temperature.
    """
    step = CHUNK if system.has_equal_bonds and system.pull is None else 1  # where no two sites are alike
    chunks = [spins[k : k + step] for k in range(0, len(spins), step)]
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
    neighbour, strength = system.bonds.neighbour, system.bonds.strength
    own = ((colour[neighbour] == colour[:, None]) & (strength != 0)).any(1)
    free = np.isin(np.arange(system.lattice.sites), system.free_sites)
    return [np.flatnonzero((colour == k) & free & ~own) for k in (0, 1)]


def _inverse_temperatures(system: System, spins: NDArray[Any], most: float) -> Array:
    """(2, count): the lowest and the highest 1 / T that all coding sets allow."""
    coldest = COLDEST / system.model.scale
    made = rotor_environments if is_continuous(system.model.space) else _environments
    sides = [_interval(made(system, spins, sites), most, coldest) for sites in coding_sets(system)]
    return np.stack([np.max([side[0] for side in sides], 0), np.min([side[1] for side in sides], 0)])


class Environments(Protocol):
    """The likelihood of 1 / T for the sites of a coding set, of each snapshot."""

    @property
    def count(self) -> int: ...

    def log_likelihood(self, beta: Array) -> Array: ...

    def slope(self, beta: Array) -> Array: ...


def _environments(system: System, spins: NDArray[Any], sites: NDArray[np.int64]) -> "Environments":
    return _Environments(*count_environments(system, spins, sites))


@dataclass(frozen=True)
class _Environments:
    """Kinds of sites of a coding set, excess (levels, k), and how often each snapshot has them: counts (count, k)."""

    excess: Array
    counts: NDArray[np.int64]

    @property
    def count(self) -> int:
        return len(self.counts)

    def log_likelihood(self, beta: Array) -> Array:
        return -(self.counts * logsumexp(-beta[:, None, None] * self.excess, axis=-1)).sum(1)

    def slope(self, beta: Array) -> Array:
        """The derivative of the log-likelihood, which falls with beta."""
        means = (softmax(-beta[:, None, None] * self.excess, axis=-1) * self.excess).sum(-1)
        return (self.counts * means).sum(1)


def _interval(found: Environments, most: float, coldest: float) -> tuple[Array, Array]:
    """(lowest, highest) 1 / T of each snapshot whose log-likelihood is within `most` of its maximum."""
    end = np.full(found.count, coldest)
    best = _last(lambda beta: found.slope(beta) > 0, -end, end)
    top = found.log_likelihood(best)
    low = _last(lambda beta: top - found.log_likelihood(beta) > most, -end, best)
    high = _last(lambda beta: top - found.log_likelihood(beta) <= most, best, end)
    return low, high


def _last(holds: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array) -> Array:
    """The last point where a condition that holds at `low` still holds, by bisection; `high` if it holds there too."""
    whole = holds(high)
    for _ in range(STEPS):
        middle = (low + high) / 2
        yes = holds(middle)
        low, high = np.where(yes, middle, low), np.where(yes, high, middle)
    return np.where(whole, high, low)
