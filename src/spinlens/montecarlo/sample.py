"""A batch of independent replicas, each with its own temperature: what `sample` returns."""

from collections.abc import Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_temperatures
from spinlens.montecarlo.interrupts import StoppablePool
from spinlens.montecarlo.kernels.simd import LANES
from spinlens.montecarlo.protocols import PROTOCOLS, Anneal, Protocol, get_protocol
from spinlens.montecarlo.quantum import REPLICAS, take_snapshots
from spinlens.montecarlo.streams import generator
from spinlens.physics.counts import check_count
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.order import magnetization
from spinlens.physics.states import spin_type
from spinlens.physics.systems import System, energy, find_system


@dataclass(frozen=True)
class Batch:
    """Snapshots of one system.

    spins (n, rows, columns) int8, float32 for angles; temperature (n,); energy (n,) total; magnetization (n,) per site;
    chain (n,): which chain a snapshot comes from. Of a quantum system energy is an estimate of <H> from a snapshot's
    worldlines, and kinks (n,) counts where they turn over.
    """

    system: System
    spins: NDArray[Any]
    temperature: NDArray[np.float64]
    energy: NDArray[np.float64]
    magnetization: NDArray[np.float64]
    chain: NDArray[np.int64]
    kinks: NDArray[np.int64] | None = None


def sample(
    system: System | str,
    temperatures: ArrayLike,
    protocol: str | Protocol = "equilibrium",
    sweeps: int | None = None,
    seed: int = 0,
    stream: Sequence[int] = (),
    chain: ArrayLike | None = None,
    threads: int = 1,
) -> Batch:
    """One snapshot a temperature, independent (quench and anneal share the order of sites within 256 replicas).

    A function of its arguments alone, the system's name among them.

    system: its name stands for 100 x 100.
    temperatures: (n,), from 0 to infinity, both included. protocol: a name or an object with its `run`. sweeps: the
    protocol's sweeps, None for its default. stream: further whole numbers that select another random stream of the
    same seed. chain: (n,) numbers for protocols whose chains give several snapshots (anneal); None for one each.
    threads: of this process; the result does not depend on it. Raises InputError for bad values, naming the field.
    """
    system, temperature = find_system(system), check_temperatures(temperatures)
    if isinstance(protocol, str):
        protocol = get_protocol(protocol, sweeps)
    elif not hasattr(protocol, "run"):
        raise InputError("protocol", protocol, f"one of {', '.join(PROTOCOLS)}, or an object with its own `run`")
    elif sweeps is not None:
        raise InputError("sweeps", sweeps, "left out with a protocol that is an object", "it holds its own")
    check_count("threads", threads, largest=1024)
    numbers = np.arange(len(temperature)) if chain is None else np.asarray(chain)
    if numbers.shape != temperature.shape or numbers.dtype.kind not in "iu":
        raise InputError("chain (shape)", numbers.shape, f"{temperature.shape} integers")
    if chain is not None and not isinstance(protocol, Anneal):
        raise InputError("chain", "given", "a protocol whose chains give several snapshots (anneal)")
    chains, number = np.unique(numbers, return_inverse=True)
    quantum = is_quantum(system.model)
    blocks = np.array_split(np.arange(len(chains)), -(-len(chains) // (REPLICAS if quantum else LANES)))
    spins = np.empty((len(temperature), system.lattice.sites), spin_type(system.model.space))
    energies, kinks = np.empty(len(temperature)), np.zeros(len(temperature), np.int64)

    def run(k: int) -> None:
        mine = np.flatnonzero((number >= blocks[k][0]) & (number <= blocks[k][-1]))
        shared = () if chain is None else (number[mine],)
        rng = generator(system, seed, (*stream, k))
        if quantum:
            found = take_snapshots(system, temperature[mine], protocol, rng)
            spins[mine], energies[mine] = found.spins.reshape(len(mine), -1), found.energy
            kinks[mine] = found.kinks
            return
        spins[mine] = protocol.run(system, temperature[mine], rng, *shared)

    with StoppablePool(threads) as pool:
        for done in as_completed([pool.submit(run, k) for k in range(len(blocks))]):
            done.result()  # the first block that fails ends all the others
    images = spins.reshape(-1, *system.lattice.shape)
    if not quantum:
        energies = energy(system, images)
    order = magnetization(system, images)
    return Batch(system, images, temperature, energies, order, numbers, kinks if quantum else None)
