"""The states of one replica while it is simulated."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.checks import check_temperatures
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.protocols import Anneal, Quench
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.streams import FILM, generator
from spinlens.montecarlo.updaters.registry import quench_updater
from spinlens.physics.counts import check_count
from spinlens.physics.models.transverse_ising import require_classical
from spinlens.physics.systems import System

FRAMES, MAX_FRAMES, MAX_SPINS = 100, 10_000, 1 << 28


@dataclass(frozen=True)
class Film:
    """spins (frames, rows, columns) int8; temperature (frames,) of the sweeps before each frame, of those to come for
    the first one; sweep (frames,): sweeps so far."""

    system: System
    spins: NDArray[np.int8]
    temperature: NDArray[np.float64]
    sweep: NDArray[np.int64]


def film(
    system: System,
    temperature: float,
    protocol: Equilibrium | Anneal | Quench,
    frames: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Film:
    """One replica of a protocol, its frames at equal distances in time.

    quench: from the random start, over the protocol's sweeps at `temperature`. anneal: from the random start
    down to `temperature`, each frame at the end of a step of the cooling. equilibrium: a state at equilibrium, then one
    sweep a frame. frames: from 2, by default 100 or as many as the protocol has states.
    progress(frames done, frames). A function of its arguments alone.

    Raises InputError for a bad temperature, seed or number of frames.
    """
    require_classical(system.model)
    goal = check_temperatures([temperature])
    cooling = _cooling(system, float(goal[0]), protocol)
    steps = {Equilibrium: MAX_FRAMES - 1, Anneal: len(cooling)}.get(type(protocol), protocol.sweeps or 1)
    most = min(steps + 1, MAX_FRAMES, MAX_SPINS // system.lattice.sites)
    count = check_count("count", min(FRAMES, most) if frames is None else frames, 2, most)
    rng, settled = generator(system, seed, FILM), isinstance(protocol, Equilibrium)
    state = protocol.run(system, goal, rng) if settled else random_start(system, 1, rng)
    ends = [k if settled else round(k * steps / (count - 1)) for k in range(count)]
    spins = np.empty((count, system.lattice.sites), np.int8)
    temperatures, sweep = np.full(count, goal[0]), np.zeros(count, np.int64)
    done = 0
    for k, end in enumerate(ends):
        parts = cooling[done:end] if isinstance(protocol, Anneal) else [(float(goal[0]), end - done)]
        for now, sweeps in parts:
            quench_updater(system).update(system, state, np.array([now]), sweeps, rng)
            sweep[k:] += sweeps
        if isinstance(protocol, Anneal):
            temperatures[k] = cooling[max(end, 1) - 1][0]
        spins[k], done = state[0], end
        if progress:
            progress(k + 1, count)
    return Film(system, spins.reshape(-1, *system.lattice.shape), temperatures, sweep)


def _cooling(system: System, goal: float, protocol: Equilibrium | Anneal | Quench) -> list[tuple[float, int]]:
    """(temperature, sweeps) of each step of an annealing, the last at the goal; none of other protocols."""
    if not isinstance(protocol, Anneal):
        return []
    last, unit = int(protocol.stages(system, np.array([goal]))[0]), system.model.scale
    cooling = [((protocol.start - k * protocol.step) * unit, protocol.sweeps) for k in range(last)]
    return [*cooling, (goal, protocol.sweeps)]
