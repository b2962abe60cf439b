"""Do the temperatures of rows stand in an order, as those of a simulation do, or anyhow, as in a shuffled file?"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST = 1000  # rows that are looked at
SHUFFLES = 400
LIKELY = 0.995  # share of shuffles that an order must surpass: one shuffled file in a hundred passes for one in order


def is_shuffled(level: NDArray[np.int64]) -> bool:
    """Whether rows with these numbers of temperatures (n,) are in no better order than most shuffles of themselves.

    An order shows in what follows what (the sum of the squared numbers of each pair of neighbours, 1 for the same
    sweep through the temperatures again and again), or in how soon every temperature comes again (passes). A single
    temperature shows none.
    """
    level = np.unique(level[:MOST], return_inverse=True)[1]
    if level.max() == 0:
        return False
    rng = np.random.default_rng(0)
    shuffled = [rng.permutation(level) for _ in range(SHUFFLES)]
    for measure in (_repetition, _passes):
        if measure(level) > np.quantile([measure(one) for one in shuffled], LIKELY):
            return False
    return True


def _repetition(level: NDArray[np.int64]) -> int:
    """The sum of the squared numbers of each pair of neighbours."""
    counts = np.unique(level[:-1] * (level.max() + 1) + level[1:], return_counts=True)[1]
    return int((counts**2).sum())


def _passes(level: NDArray[np.int64]) -> int:
    return len(find_passes(level.tolist()))


def find_passes(level: Sequence[int]) -> list[int]:
    """The places at which passes end: as many stretches as there can be, each with every number."""
    different, seen, ends = len(set(level)), set[int](), list[int]()
    for k, one in enumerate(level):
        seen.add(one)
        if len(seen) == different:
            ends.append(k)
            seen = set()
    return ends
