"""Batches of replicas in bit planes: from a model's coding and probabilities to the calls of its kernel."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.interrupts import pause
from spinlens.montecarlo.kernels.planes import DIGITS
from spinlens.montecarlo.kernels.simd import LANES, WORD, WORDS
from spinlens.montecarlo.kernels.transposing import from_planes, to_planes
from spinlens.montecarlo.updaters.tables import Geometry
from spinlens.physics.systems import System

MAX_VISITS = 1 << 19  # site visits of all lanes in one call of a kernel: 0.02 to 0.05 s
MAX_CELLS = 1 << 13  # sites packed at once: they stay in the processor's cache

Split = Callable[[NDArray[np.int8]], list[NDArray[Any]]]
Join = Callable[[list[NDArray[np.uint8]]], NDArray[np.int8]]


@dataclass(frozen=True)
class Coding:
    """How the states of a site are numbers in bit planes.

    codes (states,): the number of each state. gap: that of a missing bond. split: states (count, sites) to one array a
    plane, not 0 where the bit is set. join: its inverse, from arrays of 0 and 1, which it may change.
    """

    planes: int
    codes: NDArray[np.integer]
    gap: int
    split: Split
    join: Join


def update_planes(
    system: System,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
    coding: Coding,
    kernel: Callable[..., None],
    probabilities: Callable[[NDArray[np.float64]], NDArray[np.float64]],
    *options: object,
) -> None:
    """Sweeps in order by a kernel, in batches of LANES replicas. In place; spins (count, sites).

    probabilities: temperatures (LANES,) to the kernel's levels (levels, LANES). options: the kernel's last arguments.
    Raises InputError as `checks.check_batch`.
    """
    temperature = check_batch(system, spins, temperature, sweeps)
    geometry, free = Geometry.of(system), system.free_sites.astype(np.uint32)
    across = np.full((2, 1 << coding.planes), coding.gap, np.uint8)
    across[:, coding.codes] = coding.codes[geometry.across]
    once = max(MAX_VISITS // free.size, 1)
    order = np.tile(free, min(once, sweeps))
    for first in range(0, len(spins), LANES):
        some = spins[first : first + LANES]
        lanes = np.resize(temperature[first : first + LANES], LANES)
        words = pack(system, some, coding, geometry)
        used = np.packbits(np.arange(LANES) < len(some), bitorder="little").view(WORD)
        state = rng.integers(0, 2**64, 4 * WORDS, dtype=WORD)
        fixed = geometry.bonds, geometry.copies, across
        levels = digits(probabilities(lanes))
        for done in range(0, sweeps, once):
            visits = order[: min(once, sweeps - done) * free.size]
            for begin in range(0, visits.size, MAX_VISITS):
                pause()
                kernel(words.ravel(), *fixed, visits[begin : begin + MAX_VISITS], levels, state, used, *options)
        unpack(words, coding, some)


def pack(system: System, spins: NDArray[np.int8], coding: Coding, geometry: Geometry) -> NDArray[np.uint64]:
    """(count, sites) states to the kernel's rows (rows, planes, WORDS); lanes that are missing hold the number 0."""
    sites, source = spins.shape[1], geometry.sources
    words = np.zeros((sites + 1 + len(source), coding.planes, WORDS), WORD)
    for first in range(0, sites, MAX_CELLS):
        _pack(spins[:, first : first + MAX_CELLS], coding, words[first : min(first + MAX_CELLS, sites)])
    words[sites] = np.where(coding.gap >> np.arange(coding.planes)[:, None] & 1, np.iinfo(WORD).max, WORD(0))
    if len(source):
        seen = system.model.space.across(spins[:, source[:, 0]], 1 - 2 * source[:, 1])
        _pack(seen, coding, words[sites + 1 :])
    return words


def _pack(spins: NDArray[np.int8], coding: Coding, rows: NDArray[np.uint64]) -> None:
    bits = np.zeros((LANES, -(-len(rows) // 64)), WORD)
    for plane, part in enumerate(coding.split(spins)):
        packed = np.packbits(part, axis=1, bitorder="little")
        bits.view(np.uint8)[: len(spins), : packed.shape[1]] = packed
        to_planes(bits, rows, plane)


def unpack(words: NDArray[np.uint64], coding: Coding, spins: NDArray[np.int8]) -> None:
    """The inverse of `pack`, into spins (count, sites)."""
    count, sites = spins.shape
    for first in range(0, sites, MAX_CELLS):
        rows = words[first : min(first + MAX_CELLS, sites)]
        bits, parts = np.empty((LANES, -(-len(rows) // 64)), WORD), []
        for plane in range(coding.planes):
            from_planes(rows, plane, bits)
            parts.append(np.unpackbits(bits[:count].view(np.uint8), axis=1, bitorder="little", count=len(rows)))
        spins[:, first : first + MAX_CELLS] = coding.join(parts)


def digits(probability: NDArray[np.float64]) -> NDArray[np.uint64]:
    """(levels, LANES) to (DIGITS * levels * WORDS,): digit by digit from the top, bit j of word w is lane 64 w + j's.

    Probabilities are cut to DIGITS binary digits; 1 is 0.111...
    """
    whole = np.minimum(np.ldexp(probability, DIGITS), 2.0**DIGITS - 1).astype(WORD)
    rows = np.empty((64, len(whole), WORDS), WORD)
    for level, lanes in enumerate(whole):
        to_planes(lanes[:, None], rows, level)
    return rows[DIGITS - 1 :: -1].ravel()
