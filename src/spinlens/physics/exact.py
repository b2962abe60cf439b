"""Exact results: every state of a small system, Onsager's infinite lattice, and p(E | T) of finite lattices."""

import contextlib
import hashlib
import io
import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ellipkm1, logsumexp

from spinlens.errors import InputError
from spinlens.physics.systems import System, energy

CRITICAL_TEMPERATURE = 2 / np.log(1 + np.sqrt(2))
ENUMERABLE_SITES = 20
MAX_EXACT_SITES = 128 * 128  # the density of states of a larger lattice would take many minutes


def boltzmann(energies: ArrayLike, temperature: float, log_counts: ArrayLike = 0.0) -> NDArray[np.float64]:
    """Probabilities of levels with these energies and numbers of states; T = 0 and infinity are the limits."""
    levels, log_counts = np.asarray(energies, np.float64), np.broadcast_to(log_counts, np.shape(energies))
    if not temperature >= 0:
        raise InputError("temperature", temperature, "a number from 0 to infinity")
    if temperature == 0:
        weights = np.where(levels == levels[np.isfinite(log_counts)].min(), log_counts, -np.inf)
    else:
        weights = log_counts - levels / temperature
    return np.exp(weights - logsumexp(weights))


def enumerate_states(system: System) -> NDArray[np.int8]:
    """All states, (2^free, m, n). Raises InputError above 20 free sites."""
    free = system.free_sites
    if free.size > ENUMERABLE_SITES:
        raise InputError("size", system.lattice.shape, f"a lattice of at most {ENUMERABLE_SITES} free sites")
    states = np.tile(system.ground_pattern.ravel(), (2**free.size, 1))
    states[:, free] = 2 * (np.arange(2**free.size)[:, None] >> np.arange(free.size) & 1) - 1
    return states.reshape(-1, *system.lattice.shape)


def onsager_energy(temperature: ArrayLike) -> NDArray[np.float64]:
    """Energy a site of the infinite lattice, J = 1, 0 < T. Onsager, Phys. Rev. 65, 117 (1944), eq. 112."""
    k = 1 / np.asarray(temperature, np.float64)
    tanh = np.tanh(2 * k)
    w = 2 * tanh**2 - 1  # 0 at the critical point; the elliptic integral's modulus is 1 - w^2
    with np.errstate(invalid="ignore"):
        singular = np.where(w == 0, 0.0, w * ellipkm1(w**2))
    return -(1 + 2 / np.pi * singular) / tanh


def onsager_magnetization(temperature: ArrayLike) -> NDArray[np.float64]:
    """Spontaneous |m| of the infinite lattice, J = 1. Yang, Phys. Rev. 85, 808 (1952), eq. 96."""
    t = np.asarray(temperature, np.float64)
    below = np.where(t < CRITICAL_TEMPERATURE, t, 1.0)
    with np.errstate(divide="ignore", over="ignore"):
        ordered = (1 - np.sinh(2 / below) ** -4.0) ** 0.125
    return np.where(t < CRITICAL_TEMPERATURE, ordered, 0.0)


def is_solved(system: System) -> bool:
    """Whether `energy_distribution` knows p(E | T) of this system."""
    return _solution(system) is not None or system.free_sites.size <= ENUMERABLE_SITES


def density_of_states(system: System) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(energies, ln g): the energy levels, ascending, and the logarithms of their numbers of states.

    Tori (periodic or anti-periodic in each direction) and cylinders with both ends pinned, without a field, up to
    128 x 128; anything with at most 20 free sites. Raises InputError for other systems.
    """
    key = _solution(system)
    if key is None and system.free_sites.size > ENUMERABLE_SITES:
        solved = "a torus or a pinned cylinder without a field up to 128 x 128, or at most 20 free sites"
        raise InputError("system", system.name, solved, "elsewhere p(E | T) is not known; see also spinlens.ceiling")
    if key is None:
        levels, counts = np.unique(np.round(energy(system, enumerate_states(system)), 12), return_counts=True)
        return levels, np.log(counts)
    kind, rows, columns = key[:3]
    log_counts = _solved(key)
    bonds = 2 * rows * columns if kind == "torus" else columns * (2 * rows - 1)
    steps = np.arange(log_counts.size, dtype=np.float64)
    spectrum = abs(system.model.J) * (2 * steps - bonds)
    if system.staggered:
        spectrum, log_counts = -spectrum[::-1], log_counts[::-1]
    exists = np.isfinite(log_counts)
    return spectrum[exists], log_counts[exists]


def energy_distribution(system: System, temperature: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(energies, probabilities) at equilibrium, energies ascending. Raises InputError as `density_of_states`."""
    levels, log_counts = density_of_states(system)
    return levels, boltzmann(levels, temperature, log_counts)


def mean_energy(system: System, temperature: float) -> float:
    """Exact mean of the total energy. Raises InputError as `density_of_states`."""
    levels, probabilities = energy_distribution(system, temperature)
    return float(levels @ probabilities)


def _solution(system: System) -> tuple[str, int, int, int, int] | None:
    """(kind, rows, columns, sign, sign): which polynomial solves the system, None where no one does."""
    (m, n), edges = system.lattice.shape, system.boundary
    if system.model.B != 0 or m * n > MAX_EXACT_SITES or edges.vertical.shift or edges.horizontal.shift:
        return None
    if edges.vertical.seam and edges.horizontal.seam:
        return "torus", m, n, edges.vertical.seam, edges.horizontal.seam
    if edges.horizontal.seam == 1 and edges.vertical.pins and m > 2:
        return "cylinder", m, n, int(np.prod(edges.vertical.pins)), 1
    if edges.vertical.seam == 1 and edges.horizontal.pins and n > 2:
        return "cylinder", n, m, int(np.prod(edges.horizontal.pins)), 1
    return None


@lru_cache(maxsize=32)
def _solved(key: tuple[str, int, int, int, int]) -> NDArray[np.float64]:
    """ln g from the disk cache (checked by its SHA-256) or computed; large lattices are kept there."""
    kind, rows, columns, first, second = key
    path = cache_folder() / f"density-of-states-{kind}-{rows}x{columns}{first:+d}{second:+d}.npy"
    with contextlib.suppress(OSError, ValueError, EOFError):
        content = path.read_bytes()
        if content[:32] == hashlib.sha256(content[32:]).digest():
            return np.asarray(np.load(io.BytesIO(content[32:]), allow_pickle=False), np.float64)
    from spinlens.physics import partition

    if kind == "torus":
        log_counts = partition.logarithms(partition.torus(rows, columns, first, second))
    else:
        log_counts = partition.logarithms(partition.cylinder(rows, columns, alike=first > 0))
    if rows * columns >= 32 * 32:
        _keep(path, log_counts)
    return log_counts


def cache_folder() -> Path:
    """Where densities of states are kept: $SPINLENS_CACHE, else spinlens in the user's cache folder."""
    if "SPINLENS_CACHE" in os.environ:
        return Path(os.environ["SPINLENS_CACHE"])
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spinlens"


def _keep(path: Path, array: NDArray[np.float64]) -> None:
    """Write the array behind its SHA-256, atomically; a cache that cannot be written is done without."""
    buffer = io.BytesIO()
    np.save(buffer, array)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(hashlib.sha256(buffer.getvalue()).digest() + buffer.getvalue())
        os.replace(temporary, path)
