"""The states of one replica while it is simulated."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_temperatures
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.protocols import Anneal, Quench
from spinlens.montecarlo.ramps import Point, Ramp
from spinlens.montecarlo.streams import FILM, generator
from spinlens.montecarlo.updaters.registry import driving_updater
from spinlens.physics.counts import check_count
from spinlens.physics.models.protocol import parameters
from spinlens.physics.models.transverse_ising import require_classical
from spinlens.physics.systems import System

FRAMES, MAX_FRAMES, MAX_PARTS, MAX_SPINS = 100, 10_000, 1_000_000, 1 << 28


@dataclass(frozen=True)
class Film:
    """spins (frames, rows, columns) int8, float32 for angles; temperature (frames,) of the sweeps before each frame, of
    those to come for the first one; sweep (frames,): sweeps so far; values: of further variables that a ramp changes,
    (frames,) each."""

    system: System
    spins: NDArray[Any]
    temperature: NDArray[np.float64]
    sweep: NDArray[np.int64]
    values: dict[str, NDArray[np.float64]] = field(default_factory=dict)


def film(
    system: System,
    temperature: float | None,
    protocol: Equilibrium | Anneal | Quench | Ramp,
    frames: int | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Film:
    """One replica of a protocol, its frames at equal distances in time.

    quench: from its initial states, over the protocol's sweeps at `temperature`. anneal, ramp: from the initial states
    along all steps, each frame at the end of one; temperature may be None where a ramp changes it. equilibrium: a state
    at equilibrium, then one sweep a frame. frames: from 2, by default 100 or as many as the protocol has states.
    progress(frames done, frames). A function of its arguments alone.

    Raises InputError for a bad temperature, seed or number of frames.
    """
    require_classical(system.model)
    way = _way(system, temperature, protocol)
    most = min(len(way) + 1, MAX_FRAMES, MAX_SPINS // system.lattice.sites)
    count = check_count("count", min(FRAMES, most) if frames is None else frames, 2, most)
    rng, settled = generator(system, seed, FILM), isinstance(protocol, Equilibrium)
    if isinstance(protocol, Equilibrium):
        state, name = protocol.run(system, np.array([way[0].temperature]), rng), None
    else:
        state, name = protocol.initial(system, 1, rng), protocol.updater
    updater = driving_updater(system, name)
    ends = [k if settled else round(k * len(way) / (count - 1)) for k in range(count)]
    spins = np.empty((count, system.lattice.sites), state.dtype)
    done, shown = 0, [way[max(end, 1) - 1] for end in ends]
    for k, end in enumerate(ends):
        for now, parts in groupby(way[done:end]):
            sweeps = sum(part.sweeps for part in parts)
            updater.update(now.system, state, np.array([now.temperature]), sweeps, rng)
        spins[k], done = state[0], end
        if progress:
            progress(k + 1, count)
    so_far, varied = np.cumsum([0, *(part.sweeps for part in way)]), getattr(protocol, "varied", ())
    values = {name: np.array([parameters(part.system.model)[name] for part in shown]) for name in varied if name != "T"}
    temperatures = np.array([part.temperature for part in shown])
    return Film(system, spins.reshape(-1, *system.lattice.shape), temperatures, so_far[ends], values)


def _way(system: System, temperature: float | None, protocol: Equilibrium | Anneal | Quench | Ramp) -> list[Point]:
    """All steps between which a frame may be taken."""
    if isinstance(protocol, Ramp):
        return protocol.points(system, temperature)
    if temperature is None:
        raise InputError("temperatures", "none", "given")
    goal = float(check_temperatures([temperature])[0])
    if not isinstance(protocol, Anneal):
        sweeps = MAX_FRAMES - 1 if isinstance(protocol, Equilibrium) else protocol.sweeps
        parts = min(sweeps, MAX_PARTS)
        short, long = (Point(system, goal, sweeps // parts + more) for more in (0, 1))
        return [long] * (sweeps % parts) + [short] * (parts - sweeps % parts)
    last, unit = int(protocol.stages(system, np.array([goal]))[0]), system.model.scale
    cooling = [(protocol.start - k * protocol.step) * unit for k in range(last)]
    return [Point(system, now, protocol.sweeps) for now in (*cooling, goal)]
