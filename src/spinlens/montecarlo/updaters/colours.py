"""Swendsen-Wang by shifts of the state: all q states at once, where bonds ask only whether two states are equal."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.kernels import colours as kernel
from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.montecarlo.kernels.simd import WORDS
from spinlens.montecarlo.updaters.rows import pack, rows_of, thresholds, unpack
from spinlens.physics.spaces import index_states
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System, pair_table


@lru_cache(maxsize=64)
def cyclic_turn(system: System) -> int | None:
    """By how many states a twisted edge shifts, where clusters may move by shifts; None where they may not.

    They may where three or more states cost the same alone and less beside themselves than beside any other, which all
    cost the same, and where the twist is a shift: then shifts of both ends leave every bond as it is.
    """
    if is_continuous(system.model.space):
        return None
    space, pairs = system.model.space, pair_table(system.model)
    number, sites = len(pairs), system.model.site_energy(space.states)
    same, other = pairs.diagonal(), pairs[~np.eye(len(pairs), dtype=bool)]
    alike = np.ptp(same) == np.ptp(other) == np.ptp(sites) == 0 and same[0] < other[0]
    if number < 3 or not alike or system.pull is not None or not np.isin(system.bonds.strength, (0, 1)).all():
        return None
    if not system.bonds.turns.any():
        return 0
    seen = index_states(space, space.across(space.states, np.array(1)))
    return int(seen[0]) if np.array_equal(seen, (np.arange(number) + seen[0]) % number) else None


def shift_clusters(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Swendsen-Wang where `cyclic_turn` has a number. In place; checked arguments as of `update_clusters`.

    Swendsen and Wang, Phys. Rev. Lett. 58, 86 (1987).
    """
    states, pairs = system.model.space.states, pair_table(system.model)
    with np.errstate(divide="ignore", over="ignore"):
        closed = thresholds(-np.expm1(-(pairs[0, 1] - pairs[0, 0]) / temperature))
    numbered = np.array_equal(states, np.arange(len(states)))
    numbers = spins if numbered else index_states(system.model.space, spins).astype(np.int8)
    rows, columns, digits = rows_of(system, _shifts, False), system.lattice.columns, (len(states) - 1).bit_length()
    planes = np.stack([pack(numbers >> digit & 1, 1, columns) for digit in range(digits)], 1)
    streams = rng.integers(0, 2**64, (len(spins), 4 * WORDS), dtype=WORD)
    bonds = rows.exist, rows.valid, rows.seam, rows.pinned
    for some, turns in slices(len(spins), sweeps, system.lattice.sites):
        kernel.shift_clusters(planes[some], WORD(len(states)), *bonds, closed[some], turns, streams[some])
    bit = np.empty(spins.shape, np.int8)
    numbers = np.zeros(spins.shape, np.int8)
    for digit in range(digits):
        unpack(np.ascontiguousarray(planes[:, digit]), columns, bit)
        numbers |= bit << digit
    spins[:] = numbers if numbered else states[numbers]


def _shifts(system: System) -> NDArray[np.int64]:
    """(sites, 4): by how many states what a bond shows is shifted, from 0 on."""
    return (system.bonds.turns.astype(np.int64) * (cyclic_turn(system) or 0)) % len(system.model.space.states)
