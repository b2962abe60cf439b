"""Where a simulation starts: at random, or in a ground state drawn at random."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.counts import check_count
from spinlens.physics.spirals import spiral
from spinlens.physics.states import is_continuous, random_states
from spinlens.physics.systems import System, energy


def random_start(system: System, count: int, rng: np.random.Generator) -> NDArray[Any]:
    """(count, sites): every free site in each of its states alike. Raises InputError for a count below 0."""
    free = system.free_sites
    drawn = random_states(system.model.space, (check_count("count", count, 0), free.size), rng)
    if free.size == system.lattice.sites:
        return drawn
    spins = np.tile(system.ground_pattern.ravel(), (count, 1))
    for state, own in zip(spins, drawn, strict=True):  # many times faster than all rows at once
        state[free] = own
    return spins


def ordered_start(system: System, count: int, rng: np.random.Generator) -> NDArray[Any]:
    """(count, sites): ground states. Where the boundary forces a wall that may take any staircase, a random one.

    Two anti-periodic seams force a closed wall, four edges pinned in opposite pairs one from corner to corner. All
    monotone staircases have the same energy, and drawing them uniformly is equilibrium at T = 0 up to the system's
    symmetries (and the few straight walls, which belong to both orientations); a straight wall would take of the order
    of L^2 sweeps to roughen. Angles turn evenly from edge to edge, each direction in a random sense. Raises InputError
    for a count below 0.
    """
    check_count("count", count, 0)
    m, n = system.lattice.shape
    if is_continuous(system.model.space):
        both = np.stack([spiral(system, down, right).ravel() for down in (1, -1) for right in (1, -1)])
        return both[rng.integers(4, size=count)]
    spins = np.tile(system.ground_pattern, (count, 1, 1))
    vertical, horizontal = system.boundary.vertical, system.boundary.horizontal
    turn = -1 if system.staggered else 1  # an odd side turns the seam of a checkerboard
    if system.model.space.poles != (1, -1) or system.masks is not None:  # what a wall costs is not known here
        return spins.reshape(count, -1)
    if (vertical.seam * turn**m, horizontal.seam * turn**n) == (-1, -1):
        above = np.arange(m)[:, None] < _staircases(m, n, count, rng)[:, None, :]
        spins = np.where(above, spins, -spins)
    elif (
        not system.staggered
        and vertical.pins
        and horizontal.pins
        and vertical.pins[0] != vertical.pins[1]
        and horizontal.pins[0] != horizontal.pins[1]
    ):
        heights = _staircases(m - 2, n - 2, count, rng)
        if vertical.pins[0] == horizontal.pins[0]:
            heights = heights[:, ::-1]  # the wall then runs from the top right corner
        above = np.arange(m - 2)[:, None] < heights[:, None, :]
        walled = spins.copy()
        walled[:, 1:-1, 1:-1] = np.where(above, vertical.pins[0], vertical.pins[1])
        if energy(system, walled[:1])[0] <= energy(system, spins[:1])[0]:  # a field may want no wall
            spins = walled
    return np.ascontiguousarray(spins).astype(np.int8).reshape(count, -1)


def _staircases(rows: int, columns: int, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(count, columns): heights 0 <= h_0 <= h_1 <= ... <= rows, uniform over all such staircases."""
    steps = rng.permuted(np.tile(np.arange(rows + columns) < columns, (count, 1)), axis=1)
    right = np.nonzero(steps)[1].reshape(count, columns)  # places of the steps to the right
    return right - np.arange(columns)
