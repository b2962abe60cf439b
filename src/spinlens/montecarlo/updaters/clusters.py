"""Cluster updates by reflections: Swendsen-Wang and Wolff on any boundary, in any field."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_array, check_batch
from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.kernels.clusters import FIXED, swendsen_wang, wolff
from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.physics.counts import check_count
from spinlens.physics.systems import System

Kernel = Callable[..., None]


def update_clusters(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Swendsen-Wang on any boundary, in any field. In place; spins (count, sites).

    1. Each satisfied bond is closed with probability 1 - exp(-2 |J| / T).
    2. Spins joined by closed bonds form a cluster; one that holds a pinned spin stays.
    3. Every other cluster takes either orientation with its weight in the field, exp(+-B sum s / T).

    Swendsen and Wang, Phys. Rev. Lett. 58, 86 (1987); an anti-periodic or antiferromagnetic bond is satisfied by
    opposite spins.
    """
    _update(swendsen_wang, system, spins, temperature, sweeps, rng)


def update_wolff(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Wolff: one cluster a sweep (a number of visits would favour some states). In place; spins (count, sites).

    1. From a random free site a cluster grows over satisfied bonds, each closed with probability 1 - exp(-2 |J| / T).
    2. It flips with probability min(1, exp(-change of the field's energy / T)), and never if it holds a pinned spin.

    Wolff, Phys. Rev. Lett. 62, 361 (1989).
    """
    _update(wolff, system, spins, temperature, sweeps, rng)


def _update(
    kernel: Kernel,
    system: System,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
) -> None:
    """The reflection of the Ising model turns every spin over: up is side 1, down side 0."""
    temperature = check_batch(system, spins, temperature, sweeps)
    with np.errstate(divide="ignore", over="ignore"):
        closed = -np.expm1(-2 * abs(system.model.J) / temperature)
        pull = 2 * system.model.B / temperature if system.model.B else None
    sides = (spins > 0).astype(np.uint8)
    reflect(kernel, system, sides, closed, sweeps, rng, pull)
    spins[:] = 2 * sides.astype(np.int8) - 1


def reflect(
    kernel: Kernel,
    system: System,
    sides: NDArray[np.uint8],
    closed: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
    pull: NDArray[np.float64] | None = None,
) -> None:
    """Move clusters of one reflection, in place.

    sides (count, sites) uint8: 0 and 1 are mirror images, FIXED is its own. closed (count,): probability that a bond
    between spins that agree is closed. pull (count,): ln of the weight of side 1 over side 0 a spin. Raises InputError
    for other shapes, types or values.
    """
    pull = np.zeros(len(sides)) if pull is None else pull
    check_array("sides", sides, np.uint8, system.lattice.sites)
    check_count("sweeps", sweeps, 0)
    for field, values in (("closed", closed), ("pull", pull)):
        if values.shape != sides.shape[:1] or np.isnan(values).any():
            raise InputError(f"{field} (shape)", values.shape, f"{sides.shape[:1]} numbers")
    if sides.size and sides.max() > FIXED:
        raise InputError("sides", sides.max(), f"an array of 0, 1 and {FIXED}")
    neighbour, sign = system.bonds
    here = np.arange(len(sign))[:, None]
    bonds = np.where(sign == 0, 2 * here + 1, 2 * neighbour + (sign * np.sign(system.model.J) < 0)).astype(np.uint32)
    free, pinned = system.free_sites.astype(np.uint32), system.pinned.ravel() != 0
    threshold = np.clip(np.ldexp(closed, 64), 0, np.nextafter(2.0**64, 0)).astype(WORD)
    states = rng.integers(0, 2**64, (len(sides), 4), dtype=WORD)
    for some, turns in slices(len(sides), sweeps, system.lattice.sites):
        kernel(sides[some], bonds, free, pinned, threshold[some], pull[some], turns, states[some])
