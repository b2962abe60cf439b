"""What every public updater asks of its arguments: compiled code looks at no bounds."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.physics.boltzmann import check_temperature
from spinlens.physics.counts import LARGEST, check_count
from spinlens.physics.models.transverse_ising import require_classical
from spinlens.physics.states import is_continuous, spin_type
from spinlens.physics.systems import System

MAX_SWEEPS = LARGEST  # of one call: weeks on the smallest lattices
MAX_ANGLE = 1e3  # radians: beyond, a float32 has few digits left for the direction
CHUNK_SITES = 1 << 22  # spins looked at at once, to bound the memory


def check_batch(
    system: System, spins: NDArray[Any], temperature: ArrayLike, sweeps: int, fields: bool = False
) -> NDArray[np.float64]:
    """The temperatures (count,) as floats.

    fields: whether the updater knows fields on sites. Raises InputError for such fields where it does not, and unless
    spins is a writeable, C-contiguous array (count, sites) of states, int8 or float32 for angles, temperature holds
    count numbers from 0 to infinity, and sweeps is a whole number from 0 to MAX_SWEEPS.
    """
    require_classical(system.model)
    check_spins(system, spins)
    if system.pull is not None and not fields:
        raise InputError("system (masks)", "fields on sites", "one without, for this updater", "weighted knows them")
    check_count("sweeps", sweeps, 0)
    t = check_temperature(temperature)
    if t.shape != spins.shape[:1]:
        raise InputError("temperature (shape)", t.shape, f"{spins.shape[:1]}, one number a replica")
    return t


def check_spins(system: System, spins: NDArray[Any], field: str = "spins") -> None:
    """Raises InputError unless it is a writeable, C-contiguous array (count, sites) of states of its space."""
    space = system.model.space
    check_array(field, spins, spin_type(space), system.lattice.sites)
    if is_continuous(space):
        _check_angles(spins, field)
        return
    rows, states = max(CHUNK_SITES // system.lattice.sites, 1), space.states.tolist()
    for first in range(0, len(spins), rows):
        some = spins[first : first + rows]
        if not _are_states(some, states):
            raise InputError(field, some[~np.isin(some, states)].flat[0], f"an array of {_listed(states)}")


def _check_angles(spins: NDArray[np.float32], field: str) -> None:
    for row in spins:
        if not np.abs(row).max() <= MAX_ANGLE:  # NaN as well
            strange = row[~(np.abs(row) <= MAX_ANGLE)][0]
            raise InputError(field, float(strange), f"angles in radians from -{MAX_ANGLE:g} to {MAX_ANGLE:g}")


def _are_states(spins: NDArray[np.int8], states: list[int]) -> bool:
    if states == [-1, 1]:
        return bool((np.abs(spins) == 1).all())  # many times faster than the general test
    if states[-1] - states[0] == len(states) - 1:  # no gaps; the same
        return spins.size == 0 or bool(states[0] <= spins.min() and spins.max() <= states[-1])
    return bool(np.isin(spins, states).all())


def _listed(states: list[int]) -> str:
    return "+1 and -1" if states == [-1, 1] else f"states among {', '.join(map(str, states))}"


def check_array(field: str, array: Any, dtype: type[np.generic], sites: int) -> None:
    """Raises InputError unless it is a writeable, C-contiguous array (count, sites) of that type."""
    expected = f"an array (count, {sites}) of {np.dtype(dtype)}, C-contiguous and writeable"
    if not isinstance(array, np.ndarray):
        raise InputError(field, type(array).__name__, expected)
    if array.ndim != 2 or array.shape[1] != sites:
        raise InputError(f"{field} (shape)", array.shape, expected, f"{field}.reshape(-1, sites) takes snapshots there")
    if array.dtype != dtype:
        raise InputError(f"{field} (type)", str(array.dtype), expected)
    if not (array.flags.c_contiguous and array.flags.writeable and array.flags.aligned):
        raise InputError(field, "read-only" if not array.flags.writeable else "strided", expected, "pass a copy")


def check_sweeps(sweeps: int | None) -> None:
    """Raises InputError unless sweeps is None or a whole number from 1 to MAX_SWEEPS."""
    if sweeps is not None:
        check_count("sweeps", sweeps)


def check_temperatures(temperatures: ArrayLike) -> NDArray[np.float64]:
    """The temperatures as (n,) floats. Raises InputError for none, NaN or negative ones."""
    temperature = np.atleast_1d(check_temperature(temperatures))
    if temperature.ndim != 1 or temperature.size == 0:
        raise InputError("temperatures (shape)", temperature.shape, "a list of at least one temperature")
    return temperature
