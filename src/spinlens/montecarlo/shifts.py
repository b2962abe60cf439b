"""Shifts of all rows between two pinned edges: what moves an interface anywhere in one step."""

import numba
import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.scalar import next_word, uniform
from spinlens.physics.systems import System


def update_shifts(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Shift all rows (columns) between two pinned edges by a random number, accepted by Metropolis. In place.

    What leaves on one side enters on the other, negated where the two edges are pinned to opposite values, so an
    interface moves anywhere in one step. The shifts form a group, so a shift and its inverse are equally likely.
    Systems without exactly one pinned direction are left alone.
    """
    edges, index = system.boundary, np.arange(system.lattice.sites).reshape(system.lattice.shape)
    if bool(edges.vertical.pins) == bool(edges.horizontal.pins):
        return
    pins, index = (edges.vertical.pins, index) if edges.vertical.pins else (edges.horizontal.pins, index.T)
    neighbour, sign = system.bonds
    assert pins is not None
    _shift_rows(
        spins,
        np.ascontiguousarray(index),
        np.int8(pins[0] * pins[1]),
        neighbour,
        sign,
        float(system.model.J),
        float(system.model.B),
        temperature,
        sweeps,
        rng.integers(0, 2**64, (len(spins), 4), dtype=np.uint64),
    )


@numba.njit(cache=True, nogil=True)
def _shift_rows(spins, index, product, neighbours, signs, coupling, field, temperature, attempts, states):
    count, sites = spins.shape
    rows, columns = index.shape
    free = rows - 2
    order = free if product > 0 else 2 * free
    moved = np.empty(sites, np.int8)
    for replica in range(count):
        s, state = spins[replica], states[replica]
        for _ in range(attempts):
            shift = int(next_word(state) % np.uint64(order))
            moved[:] = s
            for row in range(free):
                target = row + shift
                sign = product if (target // free) % 2 == 1 else 1
                for column in range(columns):
                    moved[index[1 + target % free, column]] = s[index[1 + row, column]] * sign
            change = 0.0
            for i in range(sites):
                old, new = 0, 0
                for direction in range(2):
                    j = neighbours[i, direction]
                    old += s[i] * s[j] * signs[i, direction]
                    new += moved[i] * moved[j] * signs[i, direction]
                change -= coupling * (new - old) + field * (moved[i] - s[i])
            if change <= 0 or (temperature[replica] > 0 and uniform(state) < np.exp(-change / temperature[replica])):
                s[:] = moved
