"""Replica exchange over the lanes of a batch, for systems without a good cluster move."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.energies import replica_energies
from spinlens.montecarlo.updaters.bits import update_heat_bath
from spinlens.physics.systems import System

SWEEPS_BETWEEN, SWEEPS_LARGE = 10, 40  # large lattices: energies cost more than the sweeps of bit kernels
LARGE = 64 * 64  # sites


def update_exchange(
    system: System,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
    inner: Callable[..., None] = update_heat_bath,
) -> None:
    """Sweeps of an inner updater, and after every few sweeps replicas at neighbouring temperatures may swap them.

    In place; spins (count, sites). Temperatures move from replica to replica; on return row k holds the replica that is
    at temperature[k].

    1. Pair every temperature with the next one up, or every other time with the next one down, and the replicas at both
       at random.
    2. The replicas of a pair swap temperatures with probability min(1, exp((1/T - 1/T') (E - E'))).

    Hukushima and Nemoto, J. Phys. Soc. Jpn. 65, 1604 (1996). Raises InputError as `checks.check_batch`.
    """
    temperature = check_batch(system, spins, temperature, sweeps, fields=True)
    if len(spins) == 0:
        return
    with np.errstate(divide="ignore", over="ignore"):
        beta = 1 / temperature
    _, level, counts = np.unique(temperature, return_inverse=True, return_counts=True)
    holder = np.arange(len(spins))  # the replica at temperature k
    first, step = int(rng.integers(2)), SWEEPS_LARGE if system.lattice.sites > LARGE else SWEEPS_BETWEEN
    for turn, done in enumerate(range(0, sweeps, step), first):
        now = temperature[np.argsort(holder)]
        inner(system, spins, now, min(step, sweeps - done), rng)
        energies = replica_energies(system, spins)[holder]
        colder, warmer = _pairs(level, counts, turn % 2, rng)
        with np.errstate(invalid="ignore", over="ignore"):
            gain = (beta[colder] - beta[warmer]) * (energies[colder] - energies[warmer])
            swap = rng.random(len(gain)) < np.exp(np.where(np.isnan(gain), 0, gain))  # like energies, one at T = 0
        holder[colder[swap]], holder[warmer[swap]] = holder[warmer[swap]], holder[colder[swap]]
    spins[:] = spins[holder]


def _pairs(
    level: NDArray[np.int64], counts: NDArray[np.int64], first: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of replicas at levels first, first + 2, ... and, one for one, of replicas a level higher."""
    members = np.full((len(counts), counts.max()), -1)
    shuffled = rng.permutation(len(level))
    order = shuffled[np.argsort(level[shuffled], kind="stable")]
    members[level[order], np.arange(len(order)) - (np.cumsum(counts) - counts)[level[order]]] = order
    colder, warmer = members[first:-1:2], members[first + 1 :: 2]
    both = (colder >= 0) & (warmer >= 0)
    return colder[both], warmer[both]
