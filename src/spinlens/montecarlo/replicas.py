"""A batch of independent replicas, each with its own temperature: what `sample` returns."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.protocols import Protocol, get_protocol
from spinlens.physics.systems import System, energy, magnetization


@dataclass(frozen=True)
class Batch:
    """Snapshots of one system.

    spins (n, rows, columns) int8; temperature (n,); energy (n,) total; magnetization (n,) per spin.
    """

    system: System
    spins: NDArray[np.int8]
    temperature: NDArray[np.float64]
    energy: NDArray[np.float64]
    magnetization: NDArray[np.float64]


def sample(
    system: System,
    temperatures: ArrayLike,
    protocol: str | Protocol = "equilibrium",
    sweeps: int | None = None,
    seed: int = 0,
    stream: Sequence[int] = (),
) -> Batch:
    """One independent snapshot a temperature; a function of its arguments alone, the system's name among them.

    temperatures: (n,), from 0 to infinity, both included. protocol: a name or an object with its `run`. sweeps: the
    protocol's sweeps, None for its default. stream: further whole numbers that select another random stream of the
    same seed. Raises InputError for bad temperatures, protocol, sweeps or seed.
    """
    temperature = check_temperatures(temperatures)
    if isinstance(protocol, str):
        protocol = get_protocol(protocol, sweeps)
    rng = generator(system, seed, stream)
    spins = protocol.run(system, temperature, rng).reshape(-1, *system.lattice.shape)
    return Batch(system, spins, temperature, energy(system, spins), magnetization(system, spins))


def check_temperatures(temperatures: ArrayLike) -> NDArray[np.float64]:
    """The temperatures as (n,) floats. Raises InputError for none, NaN or negative ones."""
    temperature = np.atleast_1d(np.asarray(temperatures, np.float64))
    if temperature.ndim != 1 or temperature.size == 0:
        raise InputError("temperatures (shape)", temperature.shape, "a list of at least one temperature is")
    if not (temperature >= 0).all():
        raise InputError("temperature", float(temperature[~(temperature >= 0)][0]), "a number from 0 to infinity is")
    return temperature


def check_seed(seed: int) -> int:
    """The seed. Raises InputError unless it is a whole number from 0."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or not 0 <= seed < 2**63:
        raise InputError("seed", seed, "a whole number from 0 to 2^63 - 1 is")
    return int(seed)


def generator(system: System, seed: int, stream: Sequence[int] = ()) -> np.random.Generator:
    """The random stream of a system, a seed and a shard. Raises InputError for a bad seed."""
    key = (zlib.crc32(system.name.encode()), *stream)
    return np.random.default_rng(np.random.SeedSequence(check_seed(seed), spawn_key=key))
