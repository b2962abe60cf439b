"""In which order the rows of an import stood in their source, when they were cut into splits run by run."""

import re
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from spinlens.data.recipe import SPLITS
from spinlens.errors import InputError

PIECE = re.compile(rf"({'|'.join(SPLITS)}) ([1-9]\d{{0,9}})")


def write_order(split: NDArray[np.int64]) -> str:
    """The splits (n,) of the rows of a source, such as "train 6, validation 2, test 4". `read_order` undoes it."""
    return ", ".join(f"{SPLITS[s]} {len(list(rows))}" for s, rows in groupby(split.tolist()))


def read_order(text: str, counts: list[int], source: str) -> list[NDArray[np.int64]]:
    """The place in the source of every row of each split, which are in the order of the source there.

    counts: rows of each split. Raises InputError that names `source` for a text that says anything else.
    """
    pieces = [PIECE.fullmatch(piece) for piece in text.split(", ")]
    numbers = [(SPLITS.index(piece[1]), int(piece[2])) for piece in pieces if piece]
    found = [sum(count for s, count in numbers if s == k) for k in range(len(SPLITS))]
    if not all(pieces) or found != counts:
        given = f"an order of {' + '.join(map(str, found))} rows"
        raise InputError(source, given, f"one with an order of the {' + '.join(map(str, counts))} rows of its splits")
    split = np.repeat([s for s, _ in numbers], [count for _, count in numbers])
    return [np.flatnonzero(split == k) for k in range(len(SPLITS))]
