"""Kawasaki dynamics: two sites exchange their states, so that the number of sites in each state never changes."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.kernels.kawasaki import exchange_states
from spinlens.montecarlo.updaters.weighted import pull_of
from spinlens.physics.couplings import UNIFORM
from spinlens.physics.spaces import index_states
from spinlens.physics.systems import DOWN, RIGHT, System, pair_table


def update_kawasaki(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Exchange of neighbours: a sweep is as many attempts as there are free sites. In place; spins (count, sites).

    1. A pair of free sites that are neighbours on the lattice is drawn, all pairs alike, across seams too.
    2. They exchange their states with probability min(1, exp(-change of the energy / T)).

    What is conserved is the number of sites in each state, whatever a seam shows of them: for Ising the sum of the
    spins on the sites. Held sites never move, and states cross no line of them. Kawasaki, Phys. Rev. 145, 224 (1966).
    Raises InputError as `checks.check_batch`.
    """
    _update(system, spins, temperature, sweeps, rng, neighbours(system))


def update_kawasaki_nonlocal(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Exchange of any two free sites, else as `update_kawasaki`: the same equilibrium, reached without diffusion."""
    _update(system, spins, temperature, sweeps, rng, None)


def has_finite_states(system: System) -> bool:
    """Whether a site has finitely many states, so that pairs of them fit a table."""
    try:
        return len(system.model.space.states) > 0
    except InputError:  # angles
        return False


def neighbours(system: System) -> NDArray[np.int64]:
    """(n, 2): the pairs of free sites side by side, inside the lattice or across a closed edge, each once or twice.

    A bond whose coupling is 0 joins neighbours all the same: particles move there, without a force.
    """
    there = replace(system, couplings=UNIFORM).bonds.neighbour
    here = np.arange(len(there))
    pairs = np.concatenate([np.stack([here, there[:, way]], 1) for way in (RIGHT, DOWN)])
    free = np.isin(pairs, system.free_sites).all(1)
    return np.ascontiguousarray(pairs[free & (pairs[:, 0] != pairs[:, 1])])


def _update(
    system: System,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
    partners: NDArray[np.int64] | None,
) -> None:
    """partners: the pairs that exchange; None for any two free sites."""
    temperature = check_batch(system, spins, temperature, sweeps, fields=True)
    if partners is None:
        partners = np.empty((0, 2), np.int64)
    elif len(partners) == 0:  # no two free sites are neighbours
        return
    space, bonds, unit = system.model.space, system.bonds, system.model.scale
    turned = [space.across(space.states, np.array(turn)) if bonds.turns.any() else space.states for turn in (-1, 0, 1)]
    table = pair_table(system.model) / unit
    pairs = np.stack([table[:, index_states(space, states)] for states in turned])
    pull, along = pull_of(system)
    fixed = bonds.neighbour, bonds.turns, bonds.strength, pairs, pull, along, system.free_sites, partners
    index = index_states(space, spins).astype(np.uint8)
    with np.errstate(divide="ignore", over="ignore"):
        beta = unit / temperature
    streams = rng.integers(0, 2**64, (len(spins), 4), dtype=np.uint64)
    for some, turns in slices(len(spins), sweeps, system.lattice.sites):
        attempts = turns * system.free_sites.size
        exchange_states(index[some], *fixed, beta[some], attempts, streams[some])
    spins[:] = space.states[index]
