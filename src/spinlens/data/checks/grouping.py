"""Groups of images whose means are independent, where images share chains."""

import numpy as np
from numpy.typing import NDArray

from spinlens.data.levels import merge_levels
from spinlens.montecarlo.analysis.autocorrelation import integrated_time

GROUPS, FEWEST = 20, 8  # at most and at least: more would be short, with fewer a t-test at a low level sees nothing
PART = 16  # images in a part of a chain at least: fewer show no correlation, whether there is one or not
APART = 6  # correlation times in a part of a chain: the means of neighbours then correlate by 0.1 at most
LONG = 8  # images of one temperature that show their own correlation time
BINS = 10  # of temperatures that are taken together for that


def group_images(
    chain: NDArray[np.int64], temperature: NDArray[np.float64], values: NDArray[np.float64]
) -> NDArray[np.int64] | None:
    """(images,): the number of each image's group, from 0, or -1 for an image left out; None for fewer than FEWEST.

    chain, temperature, values: (images,), the rows of a chain side by side in the order of time. Groups hold whole
    chains, which are independent. A chain that is longer than a group is cut into parts; images of temperatures whose
    correlation time is above 1 / APART of a part are left out, half of all at most: else groups are fewer and longer.
    """
    starts = np.flatnonzero(np.diff(chain, prepend=chain[0] - 1))
    chains = [slice(a, b) for a, b in zip(starts, [*starts[1:], len(chain)], strict=True)]
    memory = np.zeros(len(chain))
    for rows in chains:
        if rows.stop - rows.start >= 2 * len(chain) / GROUPS:
            memory[rows] = _memory(temperature[rows], values[rows])
    for groups in range(GROUPS, FEWEST - 1, -1):
        group, length = _fill_groups([rows.stop - rows.start for rows in chains], len(chain) / groups)
        kept = APART * memory <= length
        numbers, renumbered = np.unique(group[kept], return_inverse=True)
        if 2 * kept.sum() >= len(kept) and len(numbers) >= FEWEST:
            group[:] = -1
            group[kept] = renumbered
            return group
    return None


def _fill_groups(lengths: list[int], least: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """(group, length of the image's part, infinite for a whole chain), (images,) each: groups of `least` or more."""
    group, part, current, filled = [], [], 0, 0
    left = sum(lengths)
    for length in lengths:
        cuts = max(int(length / max(least, PART)), 1)
        for piece in np.array_split(np.arange(length), cuts):
            if filled >= least and left >= least:  # what is left at the end joins the last group
                current, filled = current + 1, 0
            group += [current] * len(piece)
            part += [float(len(piece)) if cuts > 1 else np.inf] * len(piece)
            filled, left = filled + len(piece), left - len(piece)
    return np.array(group), np.array(part)


def _memory(temperature: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(images,): the correlation time of `values`, in rows of the chain, where each image stands.

    It is that of the images of the same temperature and its neighbours, where there are LONG or more of each: near a
    transition a chain remembers for longer, and where temperatures take turns the next row of the same one is a whole
    cycle away. Else it is that of the chain as a whole.
    """
    times = np.full(len(values), _correlation_time(values) if len(values) >= LONG else np.inf)
    level = merge_levels(temperature)
    order = np.argsort(level, kind="stable")
    rows = np.split(order, np.flatnonzero(level[order][1:] != level[order][:-1]) + 1)
    long = [some for some in rows if len(some) >= LONG]
    for first in range(0, len(long), -(-len(long) // BINS) or 1):
        some = long[first : first + -(-len(long) // BINS)]
        shortest = min(map(len, some))
        time = _correlation_time(np.stack([values[r[:shortest]] for r in some]))
        times[np.concatenate(some)] = time * np.median(np.concatenate([np.diff(r) for r in some]))
    return times


def _correlation_time(series: NDArray[np.float64]) -> float:
    """The time of an exponential decay with the integrated autocorrelation time of a series (replicas, n) or (n,).

    rho(t) = exp(-t / time) has tau = 1/2 + 1 / (exp(1 / time) - 1): Wolff, Comput. Phys. Commun. 156, 143 (2004),
    eq. 51. Infinite for a constant series, which shows none.
    """
    if np.ptp(series) == 0:
        return np.inf
    tau = integrated_time(series)[0]
    return 1 / float(np.log1p(2 / (2 * tau - 1))) if tau > 0.5 else 0.0
