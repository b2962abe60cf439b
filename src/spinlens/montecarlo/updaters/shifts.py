"""Shifts of all rows between two pinned edges: what moves an interface anywhere in one step."""

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.kernels.shifts import shift_rows
from spinlens.physics.models.ising import require_ising
from spinlens.physics.systems import System


def update_shifts(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Shift all rows (columns) between two pinned edges, by k with its Boltzmann weight among all k. In place.

    What leaves on one side enters on the other, negated where the two edges are pinned to opposite values, so an
    interface moves anywhere in one step. The shifts form a group, and heat bath on its orbits keeps the distribution.
    Systems without exactly one pinned direction, or with masks, are left alone. spins (count, sites). Raises InputError
    as `checks.check_batch`.
    """
    temperature = check_batch(system, spins, temperature, sweeps)
    edges, index = system.boundary, np.arange(system.lattice.sites).reshape(system.lattice.shape)
    if bool(edges.vertical.pins) == bool(edges.horizontal.pins) or system.masks is not None:
        return
    pins, index = (edges.vertical.pins, index) if edges.vertical.pins else (edges.horizontal.pins, index.T)
    assert pins is not None
    index, ends = np.ascontiguousarray(index), np.array(pins, np.int64)
    states = rng.integers(0, 2**64, (len(spins), 4), dtype=np.uint64)
    model, unit = require_ising(system.model), system.model.scale
    coupling, field = model.J / unit, model.B / unit
    with np.errstate(divide="ignore", over="ignore"):
        beta = np.minimum(unit / temperature, 1e300)  # a finite stand-in for T = 0: 0 * inf is not a number
    for some, turns in slices(len(spins), sweeps, system.lattice.sites):
        shift_rows(spins[some], index, ends, coupling, field, beta[some], turns, states[some])
