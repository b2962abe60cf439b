"""Time series of energy, magnetizations and structure factor of many replicas at equilibrium."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.montecarlo import streams
from spinlens.montecarlo.analysis.quantum_series import quantum_series
from spinlens.montecarlo.checks import check_temperatures
from spinlens.montecarlo.equilibrium import Equilibrium, default_sweeps
from spinlens.montecarlo.simulation import Simulation
from spinlens.montecarlo.streams import check_seed, generator
from spinlens.montecarlo.worldlines import check_quantum_temperatures
from spinlens.physics.counts import check_count
from spinlens.physics.defined import has_checkerboard, has_waves
from spinlens.physics.models.protocol import parameters, rescale
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.observables import MEASURED, present
from spinlens.physics.spaces import to_vectors
from spinlens.physics.states import dimension, pole_vector
from spinlens.physics.symmetry import SymmetryGroup, symmetry_group
from spinlens.physics.systems import System, energy

Array = NDArray[np.float64]
Progress = Callable[[int, int, str], None]
CLUSTER_SWEEPS = 2  # between two measurements
SINGLE_SHARE = 1 / 24  # of the single-spin sweeps that forget a start, between two measurements
SERIES = ("energy", "magnetization", "modulus", "staggered", "staggered_modulus", "structure")
CHUNK = 256  # replicas whose structure factors are computed at once, to bound the memory
MIN_SWEEPS = 8  # of which errors are estimated
MAX_SPINS, MAX_SAMPLES = 1 << 29, 1 << 24
MAX_SCALE = 1e60  # of |J|, 1 / |J|, |B| and |B / J|: fourth powers of energies stay numbers


@dataclass(frozen=True)
class Record:
    """Series of one system, each (temperatures, replicas, n); replicas are independent.

    temperatures ascending, all different; energy: total; magnetization: m, the mean along the + pole, with its sign;
    modulus: |m|, the length of the mean vector; staggered, staggered_modulus: both of the vectors times
    (-1)^(row + column), NaN where no checkerboard fits; structure: S at the smallest wave vector,
    |sum_i s_i exp(i k r_i)|^2 / sites (of the staggered vectors where the order is a checkerboard), the mean over both
    directions of a square; NaN for all but unfrustrated tori without a field. overlap (temperatures, replicas // 2, n):
    of replicas 2 k and 2 k + 1, NaN without disorder. own: by name, series that users registered,
    and those of quantum systems that take the place of others (`quantum_series`).
    """

    system: System
    temperatures: Array
    energy: Array
    magnetization: Array
    modulus: Array
    staggered: Array
    staggered_modulus: Array
    structure: Array
    overlap: Array
    own: dict[str, Array] = field(default_factory=dict)


@np.errstate(over="ignore")  # T / |J| and B / T may be infinite
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
    moves the wall and leaves the distribution as it is. temperatures: from 0 to infinity; equal ones count once. Sizes
    draw from streams of their own. progress(done, total, note). Raises InputError as `check_run`.
    """
    temperature = check_run(system, temperatures, replicas, sweeps, seed)
    if is_quantum(system.model):
        watch = progress or (lambda done, total, note: None)
        found, means = quantum_series(system, temperature, replicas, sweeps, seed, watch)
        nothing = np.full((len(temperature), replicas // 2, sweeps), np.nan)
        return Record(system, temperature, **found, overlap=nothing, own=means)
    rng, (m, n) = generator(system, seed, (*streams.SERIES, *system.lattice.shape)), system.lattice.shape
    unit, reduced = system.model.scale, reduce_system(system)
    lanes = np.repeat(temperature / unit, replicas)
    protocol = Equilibrium()
    note, steps = f"{m} x {n}, {len(lanes)} replicas", protocol.rounds + sweeps

    def tell(done: int, note: str) -> None:
        if progress:
            progress(done, steps, note)

    tell(0, f"{note} on their way to equilibrium")
    simulation = Simulation(reduced, lanes, protocol, rng)
    for k in range(protocol.rounds):
        simulation.advance()
        tell(k + 1, f"{note} on their way to equilibrium")
    simulation.turn()
    basis, board, series = (
        _basis(reduced),
        has_checkerboard(reduced),
        np.full((len(SERIES), len(lanes), sweeps), np.nan),
    )
    overlap = np.full((len(temperature), replicas // 2, sweeps), np.nan)
    needed = {name for one in present(system) for name in one.means}
    own = {name: np.empty((len(lanes), sweeps)) for name in MEASURED if name in needed}
    edges = system.boundary.vertical, system.boundary.horizontal
    shifted = any(edge.seam < 0 for edge in edges) and not any(edge.shift for edge in edges)
    moves = Equilibrium(math.ceil(default_sweeps(reduced) * SINGLE_SHARE), CLUSTER_SWEEPS, rounds=1)
    for k in range(sweeps):
        simulation.advance(moves)
        if reduced.is_frustrated:
            simulation.turn()  # no cluster turns it over
        elif shifted:
            _shift(symmetry_group(reduced), simulation.spins, (m, n), rng)
        series[0, :, k] = energy(reduced, simulation.images)
        series[1:, :, k] = _project(reduced, simulation.spins, basis, board)
        if system.is_disordered:
            overlap[:, :, k] = _overlap(reduced, simulation.spins.reshape(len(temperature), replicas, -1))
        for name, values in own.items():
            values[:, k] = MEASURED[name](system, simulation.images)
        tell(protocol.rounds + k + 1, note)
    series[0] = np.round(series[0], 9) * unit  # equal energies are equal numbers, whatever order they add up in
    shape = len(temperature), replicas, sweeps
    further = {name: values.reshape(shape) for name, values in own.items()}
    parts: dict[str, Array] = dict(zip(SERIES, series.reshape(-1, *shape), strict=True))
    return Record(system, temperature, **parts, overlap=overlap, own=further)


def check_run(system: System, temperatures: ArrayLike, replicas: int, sweeps: int, seed: int) -> Array:
    """The temperatures of a run (n,), ascending and all different, before anything is simulated.

    Raises InputError for bad or too many temperatures, replicas or sweeps, a bad seed, and couplings out of range.
    """
    temperature = np.unique(check_temperatures(temperatures))
    if is_quantum(system.model):
        check_quantum_temperatures(temperature)
    check_seed(seed)
    reduce_system(system)
    replicas, sweeps = check_count("replicas", replicas), check_count("sweeps", sweeps, MIN_SWEEPS)
    if system.is_disordered and replicas < 2:
        raise InputError("replicas", replicas, "an integer from 2 with disorder, for overlaps of two")
    count, (m, n) = len(temperature), system.lattice.shape
    spins = MAX_SPINS // system.lattice.sites
    if count > spins:
        raise InputError("temperatures", count, f"at most {spins} in number on {m} x {n} sites")
    if count * sweeps > MAX_SAMPLES:
        raise InputError("sweeps", sweeps, f"at most {MAX_SAMPLES // count} at {count} temperatures")
    most = min(spins // count, MAX_SAMPLES // (count * sweeps))
    if replicas > most:
        given = f"{count} temperatures, {sweeps} sweeps and {m} x {n} sites"
        raise InputError("replicas", replicas, f"at most {most} with {given}")
    return temperature


def reduce_system(system: System) -> System:
    """The same system with |J| = 1, energies and temperatures in its unit: no number then over- or underflows.

    Raises InputError for |J| beyond 1e-60 to 1e60 and for fields beyond 1e60 or 1e60 |J|: their fourth powers would.
    """
    model, unit = system.model, system.model.scale
    known = {name: value for name, value in parameters(model).items() if isinstance(value, float)}
    if not 1 / MAX_SCALE <= unit <= MAX_SCALE:
        expected = f"of magnitude {1 / MAX_SCALE:g} to {MAX_SCALE:g}, to be measured"
        raise InputError("J", known.get("J", unit), expected)
    largest = MAX_SCALE * min(unit, 1.0)
    for name, value in known.items():
        if name != "J" and abs(value) > largest:
            expected = f"of magnitude up to {largest:g} where J = {known.get('J', unit):g}, to be measured"
            raise InputError(name, value, expected)
    masks = None if system.masks is None else system.masks.scaled(1 / unit)
    return replace(system, model=rescale(model, unit), masks=masks)


def _shift(group: SymmetryGroup, spins: NDArray[Any], shape: tuple[int, int], rng: np.random.Generator) -> None:
    """A random shift across the seams for every replica, turning what crosses a twisted one back. In place."""
    (m, n), count = shape, len(spins)
    down, right = rng.integers(group.downs, size=(count, 1)), rng.integers(group.rights, size=(count, 1))
    rows, columns = np.arange(m) - down, np.arange(n) - right
    places = (rows % m * n)[:, :, None] + (columns % n)[:, None, :]
    moved = np.take_along_axis(spins, places.reshape(count, -1), 1).reshape(count, m, n)
    edges = group.system.boundary
    turns = -1 * ((rows < 0) & (edges.vertical.seam < 0))[:, :, None].astype(np.int8)
    turns = turns - ((columns < 0) & (edges.horizontal.seam < 0))[:, None, :]
    spins[:] = group.system.model.space.across(moved, turns).reshape(count, -1)


def _basis(system: System) -> Array:
    """(sites, columns) what a state is projected on: m, staggered m where there is one, cosine and sine waves."""
    (m, n), sites = system.lattice.shape, system.lattice.sites
    row, column = (index.ravel() for index in np.indices((m, n)))
    board = 1.0 - 2 * ((row + column) % 2)
    means = [np.full(sites, 1 / sites)] + [board / sites] * has_checkerboard(system)
    if not has_waves(system):
        return np.stack(means, 1)
    phases = [2 * np.pi * row / m] * (m >= n) + [2 * np.pi * column / n] * (n >= m)
    scale = np.sqrt(1 / (sites * len(phases)))
    pattern = board if system.staggered else np.ones(sites)
    waves = [pattern * wave(phase) * scale for phase in phases for wave in (np.cos, np.sin)]
    return np.stack([*means, *waves], 1)


def _project(system: System, spins: NDArray[Any], basis: Array, board: bool) -> Array:
    """(5, count): m and |m|, both staggered, and S(k); NaN for what the basis lacks."""
    space = system.model.space
    along, rows = pole_vector(space), CHUNK // dimension(space) or 1
    parts = []
    for first in range(0, len(spins), rows):
        vectors = to_vectors(space, spins[first : first + rows])
        parts.append(np.stack([vectors[..., k] @ basis for k in range(vectors.shape[-1])], -1))
    projected = np.concatenate(parts)  # (count, columns of the basis, d)
    projected[np.abs(projected) < 1e-9] = 0.0  # a sum that cancels, up to rounding
    found, means = np.full((5, len(spins)), np.nan), 1 + board
    for k in range(means):
        found[2 * k] = projected[:, k] @ along
        found[2 * k + 1] = np.linalg.norm(projected[:, k], axis=-1)
    if basis.shape[1] > means:
        found[4] = (projected[:, means:] ** 2).sum((1, 2))
    return found


def _overlap(system: System, spins: NDArray[Any]) -> Array:
    """(temperatures, replicas // 2): the overlap of every other replica with the next one. spins: (T, replicas, N)."""
    even = spins.shape[1] // 2 * 2
    found = np.empty((len(spins), even // 2))
    for row, states in zip(found, spins, strict=True):
        vectors = to_vectors(system.model.space, states[:even])
        row[:] = (vectors[::2] * vectors[1::2]).sum((1, 2)) / spins.shape[2]
    return found
