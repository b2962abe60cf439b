"""Time series of energies and observables, sorted into levels of the energy for reweighting."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError

Array = NDArray[np.float64]
Means = Mapping[str, Array]
BLOCKS = 32
MAX_LEVELS = 1 << 13  # a field makes almost every energy a level of its own
BLOCK_STEPS = 16  # a chain is not cut into shorter blocks


@dataclass(frozen=True)
class Histograms:
    """What reweighting needs of a simulation, block by independent block.

    temperatures (t,) ascending; energy (t,) means; levels (l,) energies; samples (blocks, t); counts (blocks, l);
    sums: for each observable (blocks, l), the sum of its values over the samples in a level.
    """

    temperatures: Array
    energy: Array
    levels: Array
    samples: Array
    counts: Array
    sums: Means


def histograms(temperatures: Array, energies: Array, observables: Means) -> Histograms:
    """Sort time series into levels. temperatures (t,), each above 0, infinity included; series (t, replicas, n).

    Blocks are groups of replicas at all temperatures; where there are few replicas, also stretches of their chains of
    at least BLOCK_STEPS steps. More than MAX_LEVELS different energies are merged into as many bins, each at the mean
    energy of its samples: over a bin's width the weight exp(-E / T) changes by nearly the same factor everywhere.
    Raises InputError for other temperatures.
    """
    if not (temperatures > 0).all() or len(np.unique(temperatures)) < len(temperatures):
        raise InputError("temperatures", temperatures.tolist(), "a list of different temperatures above 0")
    order = np.argsort(temperatures)
    energies = energies[order]
    _, replicas, n = energies.shape
    groups, segments = min(replicas, BLOCKS), max(min(-(-BLOCKS // replicas), n // BLOCK_STEPS), 1)
    block = (np.arange(replicas) * groups // replicas)[:, None] * segments + np.arange(n) * segments // n
    blocks = groups * segments
    levels, index = _levels(energies)
    cell = (block * len(levels) + index).ravel()

    def collect(values: Array) -> Array:
        return np.asarray(np.bincount(cell, values.ravel(), blocks * len(levels)).reshape(blocks, -1), np.float64)

    samples = np.tile(np.bincount(block.ravel()), (len(order), 1)).T.astype(np.float64)
    sums = {name: collect(values[order]) for name, values in observables.items()}
    return Histograms(
        temperatures[order], energies.mean((1, 2)), levels, samples, collect(np.ones(energies.shape)), sums
    )


def _levels(energies: Array) -> tuple[Array, NDArray[np.int64]]:
    """(levels, the level of every energy), equal up to rounding, at most MAX_LEVELS."""
    digits = 11 - int(np.ceil(np.log10(max(np.abs(energies).max(), 1e-99))))
    levels, index = np.unique(np.round(energies, digits), return_inverse=True)
    index = index.reshape(energies.shape)
    if len(levels) > MAX_LEVELS:
        bins = (levels - levels[0]) * ((MAX_LEVELS - 1) / (levels[-1] - levels[0]))
        index = np.unique(bins.astype(np.int64), return_inverse=True)[1][index]
        levels = np.bincount(index.ravel(), energies.ravel()) / np.bincount(index.ravel())
    return levels, index
