"""Time series of energy, order parameter and structure factor of many replicas at equilibrium."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.equilibrium import Equilibrium, default_sweeps, relaxes_fast
from spinlens.montecarlo.replicas import check_temperatures, generator
from spinlens.physics.symmetry import SymmetryGroup, symmetry_group
from spinlens.physics.systems import System, energy

Array = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
CLUSTER_SWEEPS = 2  # between two measurements
SINGLE_SHARE = 1 / 24  # of the single-spin sweeps that forget a start, between two measurements
CHUNK = 256  # replicas whose structure factors are computed at once, to bound the memory
MAX_SPINS, MAX_SAMPLES = 1 << 29, 1 << 24


@dataclass(frozen=True)
class Record:
    """Series of one system, each (temperatures, replicas, n); replicas are independent.

    temperatures ascending, all different; energy: total; order: |m|, staggered for J < 0; structure: S at the smallest
    wave vector, |sum_i s_i exp(i k r_i)|^2 / sites (staggered too), the mean over both directions of a square; NaN for
    all but unfrustrated tori without a field.
    """

    system: System
    temperatures: Array
    energy: Array
    order: Array
    structure: Array


def record(
    system: System,
    temperatures: ArrayLike,
    replicas: int = 32,
    sweeps: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
) -> Record:
    """Bring `replicas` replicas a temperature to equilibrium and measure each `sweeps` times.

    Between measurements: a short round of `Equilibrium`, and where a seam is anti-periodic a random shift, which
    moves the wall and leaves the distribution as it is. temperatures: from 0 to
    infinity; equal ones count once. Raises InputError for bad or too many temperatures, replicas, sweeps or a bad seed.
    """
    temperature = np.unique(check_temperatures(temperatures))
    for name, value in (("replicas", replicas), ("sweeps", sweeps)):
        least = 1 if name == "replicas" else 8
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise InputError(name, value, f"an integer from {least}")
    lanes = np.repeat(temperature, replicas) if len(temperature) * replicas <= MAX_SAMPLES else np.empty(0)
    if not 0 < len(lanes) * sweeps <= MAX_SAMPLES or len(lanes) * system.lattice.sites > MAX_SPINS:
        size = f"{len(temperature)} temperatures, {replicas} replicas, {sweeps} sweeps"
        raise InputError("replicas", size, f"up to {MAX_SAMPLES} measurements of {MAX_SPINS} spins in all")
    rng = generator(system, seed, (0, 0, 104))
    note = f"{len(lanes)} replicas"
    if progress:
        progress(0, sweeps, f"bringing {note} to equilibrium")
    spins = Equilibrium().run(system, lanes, rng)
    basis, series = _basis(system), np.full((3, len(lanes), sweeps), np.nan)
    edges = system.boundary.vertical, system.boundary.horizontal
    shifted = any(edge.seam < 0 for edge in edges) and not any(edge.shift for edge in edges)
    moves = Equilibrium(math.ceil(default_sweeps(system) * SINGLE_SHARE), CLUSTER_SWEEPS, rounds=1)
    for k in range(sweeps):
        moves.advance(system, spins, lanes, rng)
        if shifted:
            _shift(symmetry_group(system), spins, system.lattice.shape, rng)
        series[0, :, k] = energy(system, spins.reshape(-1, *system.lattice.shape))
        series[1:, :, k] = _order_and_structure(spins, basis)
        if progress:
            progress(k + 1, sweeps, note)
    unit = abs(system.model.J)
    series[0] = np.round(series[0] / unit, 9) * unit  # equal energies are equal numbers, whatever order they add up in
    energies, order, structure = series.reshape(3, len(temperature), replicas, sweeps)
    return Record(system, temperature, energies, order, structure)


def _shift(group: SymmetryGroup, spins: NDArray[np.int8], shape: tuple[int, int], rng: np.random.Generator) -> None:
    """A random shift across the seams for every replica, negating what crosses an anti-periodic one. In place."""
    (m, n), count = shape, len(spins)
    down, right = rng.integers(group.downs, size=(count, 1)), rng.integers(group.rights, size=(count, 1))
    rows, columns = np.arange(m) - down, np.arange(n) - right
    places = (rows % m * n)[:, :, None] + (columns % n)[:, None, :]
    signs = [
        np.where(line < 0, edge.seam, 1).astype(np.int8)
        for line, edge in ((rows, group.boundary.vertical), (columns, group.boundary.horizontal))
    ]
    moved = np.take_along_axis(spins, places.reshape(count, -1), 1).reshape(count, m, n)
    spins[:] = (moved * signs[0][:, :, None] * signs[1][:, None, :]).reshape(count, -1)


def _basis(system: System) -> Array:
    """(sites, 1 + waves) what a state is projected on: the order's pattern, and its cosine and sine waves."""
    (m, n), sites = system.lattice.shape, system.lattice.sites
    row, column = (index.ravel() for index in np.indices((m, n)))
    pattern = 1.0 - 2 * ((row + column) % 2) if system.staggered else np.ones(sites)
    edges = system.boundary
    if not relaxes_fast(system) or edges.vertical.shift or edges.horizontal.shift:
        return pattern[:, None] / sites
    phases = [2 * np.pi * row / m] * (m >= n) + [2 * np.pi * column / n] * (n >= m)
    scale = np.sqrt(1 / (sites * len(phases)))
    waves = [wave(phase) * scale for phase in phases for wave in (np.cos, np.sin)]
    return pattern[:, None] * np.stack([np.full(sites, 1 / sites), *waves], 1)


def _order_and_structure(spins: NDArray[np.int8], basis: Array) -> Array:
    """(2, count): |m| and S(k), NaN without waves."""
    parts = [spins[first : first + CHUNK].astype(np.float64) @ basis for first in range(0, len(spins), CHUNK)]
    projected = np.concatenate(parts)
    projected[np.abs(projected) < 1e-9] = 0.0  # a sum that cancels, up to rounding
    structure = (projected[:, 1:] ** 2).sum(1) if basis.shape[1] > 1 else np.full(len(spins), np.nan)
    return np.stack([np.abs(projected[:, 0]), structure])
