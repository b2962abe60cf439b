"""Which split a snapshot goes to: whole cycles through all temperatures, or parts of every run of one temperature."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from spinlens.data.levels import find_levels
from spinlens.data.shuffled import find_passes, is_shuffled
from spinlens.errors import InputError, ReadingWarning

MAX_OFF = 0.1  # from the asked share of a split, up to which whole cycles are preferred
SHUFFLED = (
    "the temperatures stand in random order, so what follows what is unknown, and snapshots of one chain may lie in "
    "train and test: import the rows in the order of time, or, where no snapshot follows from another, --independent"
)
Shares = tuple[float, float, float]


def split_in_order(
    temperature: NDArray[np.float64], fractions: Shares, names: Sequence[str]
) -> tuple[NDArray[np.int64], str]:
    """(split (n,), 0 to 2; how in a phrase) of snapshots in the order of time; every split gets every temperature.

    Neighbours in time look alike, so cuts are few. Where the rows run through all temperatures again and again, whole
    cycles go to a split: two cuts. Else each run of one temperature is cut in the order of its rows: train, validation,
    test in the first run, test, validation, train in the next, and so on, so that two cuts a run, and none between
    runs, leave neighbours in different splits. Only rows near a cut stay correlated across splits.

    temperature: (n,). fractions: of train, validation and test; add up to 1. names: (n), of the snapshots. Raises
    InputError where neither can be done. Warns (ReadingWarning) where
    temperatures stand in random order, as in a file whose rows were shuffled: the order of time is then lost.
    """
    level = find_levels(temperature)
    starts = np.concatenate([[0], np.flatnonzero(np.diff(level)) + 1])
    ends = np.append(starts[1:], len(level))
    wanted = np.cumsum(fractions)
    cycles = _find_cycles(level[starts], ends)
    cuts = _cut_cycles(cycles, wanted)
    shares = np.diff([0, *cuts, len(level)]) / len(level) if cuts else np.zeros(3)
    parts = [_cut_run(end - start, wanted, k % 2 == 1) for k, (start, end) in enumerate(zip(starts, ends, strict=True))]
    short = next((k for k, part in enumerate(parts) if part is None), None)
    by_runs = np.concatenate([part for part in parts if part is not None] or [np.zeros(0, np.int64)])
    off = MAX_OFF if short is not None else np.abs(np.bincount(by_runs, minlength=3) / len(level) - fractions).max()
    if cuts and (short is not None or np.abs(shares - fractions).max() <= max(off, MAX_OFF)):
        split = np.searchsorted(cuts, np.arange(len(level)), "right")
        counts = np.diff([0, *(cycles.index(cut) + 1 for cut in cuts), len(cycles)])
        numbers = " + ".join(map(str, counts))
        if is_shuffled(level):
            warnings.warn(SHUFFLED, ReadingWarning, stacklevel=3)
            return (
                split,
                f"{numbers} stretches of all {_count(level)}, in the order of the rows, which is random",
            )
        return split, f"{numbers} whole cycles through {_count(level)} in the order of time"
    if short is None:
        return by_runs, f"each of {len(starts)} runs of one temperature ({_count(level)}) cut in the order of time"
    first, length = starts[short], ends[short] - starts[short]
    given = f"{length} snapshot{'s' * int(length > 1)} at T = {temperature[first]:g} in a row, from {names[first]} on"
    expected = "runs of three snapshots or more, or three or more cycles through all temperatures"
    hint = "--independent splits at random where no snapshot follows from the one before"
    raise InputError("order of temperatures", given, expected, hint)


def split_at_random(label: NDArray[np.int64], fractions: Shares, rng: np.random.Generator) -> NDArray[np.int64]:
    """(n,): the split of snapshots without order, the same shares of each class."""
    split = np.empty(len(label), np.int64)
    for k in np.unique(label):
        rows = np.flatnonzero(label == k)
        ends = np.round(np.cumsum(fractions) * len(rows))
        split[rng.permutation(rows)] = np.searchsorted(ends, np.arange(len(rows)), "right").clip(max=2)
    return split


def _find_cycles(level: NDArray[np.int64], ends: NDArray[np.int64]) -> list[int]:
    """The rows at which cycles end: as many stretches of runs as there can be, each with every temperature.

    level: of each run. ends: the row after each run. What is left at the end belongs to the last cycle.
    """
    cycles = [int(ends[k]) for k in find_passes(level.tolist())]
    if cycles:
        cycles[-1] = int(ends[-1])
    return cycles


def _cut_cycles(cycles: Sequence[int], wanted: NDArray[np.float64]) -> list[int]:
    """The rows of the two cuts between cycles that come nearest to the wanted shares; none for less than three."""
    if len(cycles) < 3:
        return []
    first, second = (int(np.argmin(np.abs(np.array(cycles) - share * cycles[-1]))) for share in wanted[:2])
    first = min(first, len(cycles) - 3)
    second = min(max(second, first + 1), len(cycles) - 2)
    return [cycles[first], cycles[second]]


def _cut_run(length: int, wanted: NDArray[np.float64], backwards: bool) -> NDArray[np.int64] | None:
    """(length,): the split of each row of a run, one row or more in each; None for fewer than three rows."""
    if length < 3:
        return None
    first = int(np.clip(np.round(wanted[0] * length), 1, length - 2))
    second = int(np.clip(np.round(wanted[1] * length), first + 1, length - 1))
    split = np.repeat([0, 1, 2], [first, second - first, length - second])
    return split[::-1] if backwards else split


def _count(level: NDArray[np.int64]) -> str:
    different = int(level.max()) + 1
    return f"{different} temperature{'s' * (different > 1)}"
