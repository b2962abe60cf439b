"""Heat bath of any discrete model, from its pair and site energies alone."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations_with_replacement
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.interrupts import pause
from spinlens.montecarlo.kernels.tables import DIGITS, LANES, sweep_by_key, sweep_by_product
from spinlens.physics.boltzmann import divide
from spinlens.physics.spaces import index_states
from spinlens.physics.systems import System, pair_table

MARKS = (0, 1, 5, 21, 55, 153, 368, 856, 1424, 2603, 4967)  # any four, repeated or not, have a sum of their own
MAX_VISITS = 1 << 17  # site visits of all lanes in one call of a kernel


def update_table(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Heat bath of any discrete model, site after site. In place; spins (count, sites).

    1. The states of the four neighbours give the energies of all states of the site.
    2. The new state is drawn from their Boltzmann weights; probabilities are cut to DIGITS binary digits.

    Raises InputError as `checks.check_batch`.
    """
    temperature = check_batch(system, spins, temperature, sweeps)
    geometry, states = Geometry.of(system), system.model.space.states
    order = system.free_sites.astype(np.uint32)
    for first in range(0, len(spins), LANES):
        some = slice(first, first + LANES)
        count = len(spins[some])
        lanes = np.concatenate([temperature[some], np.repeat(temperature[first], LANES - count)])
        kernel, marks, tables = _tables(system, lanes.tobytes(), geometry.has_gaps)
        marked, known = np.zeros(256, marks.dtype), np.zeros(marks.max() + 1, np.int8)
        marked[states.view(np.uint8)], known[marks[:-1]] = marks[:-1], states
        across = np.zeros((2, len(known)), marks.dtype)
        across[:, marks[:-1]] = marks[geometry.across]
        rows = geometry.fill(marked[spins[some].view(np.uint8)].T, marks, across)
        state = rng.integers(0, 2**32, (4, LANES), dtype=np.uint32)
        fixed = rows, geometry.bonds, geometry.copies, across
        for _ in range(sweeps):
            for begin in range(0, len(order), MAX_VISITS):
                pause()
                kernel(*fixed, order[begin : begin + MAX_VISITS], *tables, state)
        spins[some] = known[rows[: system.lattice.sites, :count]].T


@dataclass(frozen=True)
class Geometry:
    """Rows of the kernels: the sites, then one for missing bonds, then one for each of the sources.

    bonds, copies and across as there; sources (n, 2): (site, backwards) of every row for a seam.
    """

    bonds: NDArray[np.uint32]
    copies: NDArray[np.uint32]
    across: NDArray[np.uint8]
    sources: NDArray[np.int64]
    has_gaps: bool

    @staticmethod
    def of(system: System) -> "Geometry":
        space, sites, seen = system.model.space, system.lattice.sites, system.bonds
        bonds, copies = seen.neighbour.astype(np.uint32), np.zeros((sites, 2), np.uint32)
        bonds[seen.strength == 0] = sites
        seams = (seen.turns != 0) & (seen.strength != 0)
        codes, place = np.unique(2 * seen.neighbour[seams] + (seen.turns[seams] < 0), return_inverse=True)
        bonds[seams] = sites + 1 + place
        sources = np.stack([codes >> 1, codes & 1], 1)
        second = np.diff(sources[:, 0], prepend=-1) == 0  # a site may be seen both ways
        copies[sources[:, 0], second.astype(int)] = 2 * (sites + 1 + np.arange(len(codes))) + sources[:, 1]
        across = [space.states] * 2
        if len(sources):
            across = [space.across(space.states, np.array(turn)) for turn in (1, -1)]
        table = np.array([index_states(space, states) for states in across], np.uint8)
        return Geometry(bonds, copies, table, sources, bool((seen.strength == 0).any()))

    def fill(self, spins: NDArray[Any], marks: NDArray[Any], across: NDArray[Any]) -> NDArray[Any]:
        """The kernel's rows of marks (sites, count); lanes that are missing hold the first state."""
        sites, count = spins.shape
        rows = np.full((sites + 1 + len(self.sources), LANES), marks[0])
        rows[:sites, :count] = spins
        rows[sites] = marks[-1]
        rows[sites + 1 :] = across[self.sources[:, 1:], rows[self.sources[:, 0]]]
        return rows


@lru_cache(maxsize=16)  # the rounds of a simulation ask again and again
def _tables(system: System, temperatures: bytes, has_gaps: bool):  # type: ignore[no-untyped-def]
    """(kernel, marks (states + 1,) of the states and a missing bond, its tables) for lanes of these temperatures."""
    model, states, lanes = system.model, system.model.space.states, np.frombuffer(temperatures)
    pairs, sites, count = pair_table(model), np.asarray(model.site_energy(states), np.float64), len(states)
    kinds = count + 1 if has_gaps else count  # of neighbours
    if kinds > len(MARKS):
        seen = np.concatenate([pairs, np.zeros((count, 1))], 1)  # a missing bond costs nothing
        factors = np.exp(-divide((seen - seen.min())[..., None], lanes))
        site_factors = np.exp(-divide((sites - sites.min())[:, None], lanes))
        return sweep_by_product, np.arange(count + 1, dtype=np.uint8), (factors, site_factors, seen, sites)
    seen = np.array(list(combinations_with_replacement(range(kinds), 4)))
    marks = np.array([*MARKS[:kinds], 0][: count + 1], np.uint16)
    places = np.zeros(4 * int(marks.max()) + 1, np.uint16)
    places[marks[seen].sum(1)] = np.arange(len(seen))
    energies = sites + np.concatenate([pairs.T, np.zeros((1, count))])[seen].sum(1)
    weight = np.exp(-divide((energies - energies.min(1, keepdims=True))[:, None], lanes[:, None]))
    cumulative = np.cumsum(weight, 2)[..., :-1] / weight.sum(2, keepdims=True)
    width = next(width for width, most in ((2, 2), (4, 4), (8, 7), (16, 15)) if count - 1 <= most)
    thresholds = np.full((*cumulative.shape[:2], width), np.iinfo(np.uint32).max, np.uint32)
    thresholds[..., : count - 1] = np.rint(cumulative * 2.0**DIGITS)
    return sweep_by_key, marks, (marks, places, thresholds)
