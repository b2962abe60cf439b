"""Lattices whose rows are packed into words: bit b of word w of a row is the site of column 64 w + b."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.physics.systems import LEFT, UP, System

Words = NDArray[np.uint64]
MAX_SITES = 1 << 20  # packed at once: their bytes stay in the processor's cache


@dataclass(frozen=True)
class Rows:
    """What the kernels of runs need to know of a system; bonds to the left and up are all bonds.

    exist, differ (2, words): whether there is a bond from a site to the one left of it in its row, and to the one above
    it or, from the first row, in the last row; and whether it turns what is seen. seam (bonds, 5): all other bonds, as
    (word, bit) of both sites and `turn`. valid (words a row,): the sites of a row. pinned (words,).
    """

    exist: Words
    differ: Words
    seam: Words
    valid: Words
    pinned: Words


@lru_cache(maxsize=64)
def rows_of(system: System, turn: Callable[[System], NDArray[np.int64]], turned: bool) -> Rows:
    """The packed bonds of a system. turn(system): (sites, 4), how much is turned what a site sees across each bond.

    turned: whether bonds in words may be turned; otherwise they are in `seam`.
    """
    (m, n), width = system.lattice.shape, -(-system.lattice.columns // 64)
    here = np.arange(m * n)
    straight = {LEFT: np.where(here % n, here - 1, -1), UP: np.roll(here, n)}
    turns, shared, seam = turn(system), [], []
    for direction in (LEFT, UP):
        there, bond = system.bonds.neighbour[:, direction], system.bonds.strength[:, direction] != 0
        inner = bond & (there == straight[direction]) & (turned | (turns[:, direction] == 0))
        shared.append((inner, inner & (turns[:, direction] != 0)))
        others = np.flatnonzero(bond & ~inner)
        ends = [(width * (site // n) + site % n // 64, site % n % 64) for site in (others, there[others])]
        seam.append(np.stack([*ends[0], *ends[1], turns[others, direction]], -1))
    exist, differ = (pack(np.stack(planes), True, n) for planes in zip(*shared, strict=True))
    bonds = np.ascontiguousarray(np.concatenate(seam), WORD)
    valid, pinned = pack(np.ones((1, n), bool), True, n)[0], pack(system.held.reshape(1, -1), True, n)[0]
    return Rows(exist, differ, bonds, valid, pinned)


def pack(sites: NDArray[Any], value: int, columns: int) -> Words:
    """Where sites (count, sites) have this value, as (count, words); zeros beyond the end of each row."""
    (count, cells), width = sites.shape, -(-columns // 64)
    images = sites.reshape(count, cells // columns, columns)
    words = np.empty((count, cells // columns * width), WORD)
    for some in _parts(count, cells):
        padded = np.zeros((len(images[some]), cells // columns, 64 * width), bool)
        np.equal(images[some], value, out=padded[..., :columns])
        words[some] = np.packbits(padded, bitorder="little").view(WORD).reshape(words[some].shape)
    return words


def unpack(words: Words, columns: int, out: NDArray[Any], low: int = 0, high: int = 1) -> None:
    """Write the value `high` to out (count, sites) where a bit is 1, and `low` where it is 0."""
    images, width = out.reshape(len(out), out.shape[1] // columns, columns), -(-columns // 64)
    for some in _parts(*out.shape):
        bits = np.unpackbits(words[some].view(np.uint8), axis=1, bitorder="little").view(np.int8)
        bits = bits.reshape(*images[some].shape[:2], 64 * width)[..., :columns]
        np.multiply(bits, out.dtype.type(high - low), out=images[some])
        images[some] += out.dtype.type(low)


def thresholds(closed: NDArray[np.float64]) -> Words:
    """Probabilities times 2^64, cut below 1 by 2^-53."""
    return np.clip(np.ldexp(closed, 64), 0, np.nextafter(2.0**64, 0)).astype(WORD)


def _parts(count: int, sites: int) -> list[slice]:
    step = max(MAX_SITES // sites, 1)
    return [slice(first, first + step) for first in range(0, count, step)]
