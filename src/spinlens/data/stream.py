"""Snapshots without end, straight from the simulation: what pre-training reads."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.interrupts import StoppablePool
from spinlens.montecarlo.simulation import Simulation, turn
from spinlens.montecarlo.streams import PRETRAINING, generator
from spinlens.physics.order import order_parameter
from spinlens.physics.systems import System, energy

REPLICAS = 256  # a word of lanes
KEPT = 12  # snapshots of each replica, a round apart


@dataclass(frozen=True)
class Drawn:
    """Snapshots of one system: spins (n, rows, columns), state (n, 3): temperature, energy a site, |m|."""

    system: System
    spins: NDArray[Any]
    state: NDArray[np.float32]


def stream(
    systems: tuple[System, ...], temperatures: tuple[float, float], batch_size: int, seed: int, start: int = 0
) -> Iterator[list[Drawn]]:
    """Batches of `batch_size` snapshots at equilibrium without end, temperatures uniform between the two given.

    A batch mixes the systems of one shape (one entry for each that occurs); shapes take turns by chance. Replicas give
    KEPT snapshots each, a round of the equilibrium protocol apart, and REPLICAS * KEPT of every system are shuffled
    together. The next ones are simulated in a thread meanwhile. The sequence is a function of the arguments alone;
    `start` leaves out so many batches at its beginning, most of them without simulating them.
    """

    def pool(number: int) -> list[Drawn]:
        return [_simulate(system, temperatures, seed, number) for system in systems]

    shapes = Counter(system.lattice.shape for system in systems)
    number, passed = divmod(start, sum(count * REPLICAS * KEPT // batch_size for count in shapes.values()))
    with StoppablePool(1) as ahead:
        coming = ahead.submit(pool, number)
        while True:
            drawn, number = coming.result(), number + 1
            coming = ahead.submit(pool, number)
            yield from islice(_batches(drawn, batch_size, np.random.default_rng((seed, number))), passed, None)
            passed = 0


def _simulate(system: System, temperatures: tuple[float, float], seed: int, number: int) -> Drawn:
    rng, protocol = generator(system, seed, (*PRETRAINING, number)), Equilibrium()
    temperature = rng.uniform(*temperatures, REPLICAS)
    simulation, kept = Simulation(system, temperature, protocol, rng), []
    simulation.settle()
    for _ in range(KEPT):
        simulation.advance()
        turned = simulation.spins.copy()
        turn(system, turned, rng)
        kept.append(turned)
    images = np.concatenate(kept).reshape(-1, *system.lattice.shape)
    per_site = energy(system, images) / system.lattice.sites
    state = np.stack([np.tile(temperature, KEPT), per_site, order_parameter(system, images)], 1)
    return Drawn(system, images, state.astype(np.float32))


def _batches(drawn: list[Drawn], batch_size: int, rng: np.random.Generator) -> Iterator[list[Drawn]]:
    owner = np.repeat(np.arange(len(drawn)), [len(d.spins) for d in drawn])
    place = np.concatenate([np.arange(len(d.spins)) for d in drawn])
    piles: dict[tuple[int, int], list[int]] = {d.system.lattice.shape: [] for d in drawn}
    for index in rng.permutation(len(owner)):
        pile = piles[drawn[owner[index]].system.lattice.shape]
        pile.append(index)
        if len(pile) == batch_size:
            chosen = np.array(pile)
            parts = ((d, place[chosen[owner[chosen] == k]]) for k, d in enumerate(drawn))
            yield [Drawn(d.system, d.spins[mine], d.state[mine]) for d, mine in parts if len(mine)]
            pile.clear()
