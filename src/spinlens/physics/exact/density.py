"""Exact results: every state of a small system, Onsager's infinite lattice, and p(E | T) of finite lattices."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.physics.boltzmann import boltzmann, check_temperature, divide
from spinlens.physics.exact import cache
from spinlens.physics.exact.enumeration import enumerate_states, is_enumerable
from spinlens.physics.exact.onsager import CRITICAL_TEMPERATURE, onsager_energy, onsager_magnetization
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.transverse_ising import is_quantum, require_classical
from spinlens.physics.systems import System, energy, find_system

__all__ = [
    "CRITICAL_TEMPERATURE",
    "boltzmann",
    "density_of_states",
    "energy_distribution",
    "enumerate_states",
    "heat_capacity",
    "is_solved",
    "mean_energy",
    "onsager_energy",
    "onsager_magnetization",
]
MAX_EXACT_SITES = 128 * 128  # whose density of states takes 40 s; the time grows as the fourth power of the side
KEPT_SITES = 32 * 32  # from here on a density of states is kept on disk
KNOWN = 32  # densities of states kept in memory
GRID_ENTRIES = 1 << 22  # of temperatures x levels held at once
Progress = Callable[[int, int, str], None]


def is_solved(system: System | str) -> bool:
    """Whether `energy_distribution` knows p(E | T) of this system, or of the one of that name on 100 x 100."""
    system = find_system(system)
    return _solution(system) is not None or (is_enumerable(system) and not is_quantum(system.model))


def density_of_states(
    system: System | str, progress: Progress | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(energies, ln g): the energy levels, ascending, and the logarithms of their numbers of states.

    system: its name stands for 100 x 100, as in all functions of this module.

    Tori (periodic or anti-periodic in each direction) and cylinders with both ends pinned, without a field, up to
    128 x 128; anything with at most 2^20 states. progress(done, total, note). Raises InputError for other systems.
    """
    system = find_system(system)
    require_classical(system.model)
    key = _solution(system)
    if key is None and not is_enumerable(system):
        solved = "a torus or a pinned cylinder without a field up to 128 x 128, or at most 2^20 states"
        raise InputError("system", system.name, solved, "elsewhere p(E | T) is not known; see also spinlens.ceiling")
    unit = system.model.scale
    if key is None:
        energies = np.round(energy(system, enumerate_states(system)) / unit, 12) * unit
        levels, counts = np.unique(energies, return_counts=True)
        return levels, np.log(counts)
    kind, rows, columns = key[:3]
    log_counts = _solved(key, system.free_sites.size, progress)
    bonds = 2 * rows * columns if kind == "torus" else columns * (2 * rows - 1)
    steps = np.arange(log_counts.size, dtype=np.float64)
    spectrum = unit * (2 * steps - bonds)
    if system.staggered:
        spectrum, log_counts = -spectrum[::-1], log_counts[::-1]
    exists = np.isfinite(log_counts)
    return spectrum[exists], log_counts[exists]


def energy_distribution(
    system: System | str, temperature: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(energies (k,), probabilities (..., k)) at equilibrium, total energies, ascending.

    temperature: one number, or an array (...), in the unit of J. Raises InputError as `density_of_states` and
    `boltzmann`.

    >>> from spinlens import get_system
    >>> energies, probabilities = energy_distribution(get_system("ising-periodic", 4), [1.0, 2.27, 4.0])
    >>> probabilities.shape == (3, energies.size)
    True
    """
    levels, log_counts = density_of_states(system)
    return levels, boltzmann(levels, temperature, log_counts)


def mean_energy(system: System | str, temperature: ArrayLike) -> NDArray[np.float64]:
    """Exact mean of the total energy. temperature: one number or an array (...). Returns (...), a float for a number.

    Raises InputError as `energy_distribution`.

    >>> from spinlens import get_system
    >>> mean_energy(get_system("ising-periodic", 2), [0.0, 2.0]).round(3).tolist()
    [-8.0, -7.203]
    """
    levels, log_counts = density_of_states(system)
    return _means(levels, log_counts, temperature, lambda p, t: p @ levels)


def heat_capacity(system: System | str, temperature: ArrayLike) -> NDArray[np.float64]:
    """Exact heat capacity of the whole system, (<E^2> - <E>^2) / T^2; 0 at T = 0 and infinity. Shapes as above."""
    levels, log_counts = density_of_states(system)
    above = levels - levels[0]

    def spread(p: NDArray[np.float64], t: NDArray[np.float64]) -> NDArray[np.float64]:
        scaled = np.where(p > 0, divide(above, t[:, None]), 0.0)
        centre = (p * scaled).sum(-1, keepdims=True)
        return np.asarray((p * (scaled - centre) ** 2).sum(-1))

    return _means(levels, log_counts, temperature, spread)


def _means(
    levels: NDArray[np.float64],
    log_counts: NDArray[np.float64],
    temperature: ArrayLike,
    derive: Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """derive(probabilities (n, levels), temperatures (n,)) -> (n,), for all temperatures, a part at a time."""
    t = check_temperature(temperature)
    parts = np.array_split(t.ravel(), max(-(-t.size * levels.size // GRID_ENTRIES), 1))
    values = np.concatenate([derive(boltzmann(levels, part, log_counts), part) for part in parts])
    return np.asarray(values.reshape(t.shape))[()]


def _solution(system: System) -> cache.Key | None:
    """(kind, rows, columns, sign, sign): which polynomial solves the system, None where there is none."""
    (m, n), edges = system.lattice.shape, system.boundary
    if (
        not isinstance(system.model, Ising)
        or system.is_disordered
        or system.masks is not None
        or system.model.B != 0
        or m * n > MAX_EXACT_SITES
        or edges.vertical.shift
        or edges.horizontal.shift
    ):
        return None
    if edges.vertical.seam and edges.horizontal.seam:
        return "torus", m, n, edges.vertical.seam, edges.horizontal.seam
    if edges.horizontal.seam == 1 and edges.vertical.pins and m > 2:
        return "cylinder", m, n, int(np.prod(edges.vertical.pins)), 1
    if edges.vertical.seam == 1 and edges.horizontal.pins and n > 2:
        return "cylinder", n, m, int(np.prod(edges.horizontal.pins)), 1
    return None


_known: dict[cache.Key, NDArray[np.float64]] = {}


def _solved(key: cache.Key, free: int, progress: Progress | None = None) -> NDArray[np.float64]:
    """ln g of a system with so many free sites, from memory, from disk or computed; read-only."""
    if key in _known:
        return _known[key]
    kind, rows, columns, first, second = key
    length = 2 * rows * columns + 1 if kind == "torus" else columns * (2 * rows - 1) + 1
    large = rows * columns >= KEPT_SITES
    log_counts = cache.load(key, length, free * np.log(2)) if large else None
    if log_counts is None:
        from spinlens.physics.exact import partition

        if kind == "torus":
            counts = partition.torus(rows, columns, first, second, progress)
        else:
            counts = partition.cylinder(rows, columns, first > 0, progress)
        log_counts = partition.logarithms(counts)
        if large:
            cache.keep(key, log_counts)
    log_counts.setflags(write=False)
    while len(_known) >= KNOWN:
        _known.pop(next(iter(_known)), None)
    _known[key] = log_counts
    return log_counts
