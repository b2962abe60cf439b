"""Replicas of a quantum Ising system as worldlines in continuous imaginary time: their updates and measurements."""

from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_temperatures
from spinlens.montecarlo.interrupts import VISITS, StoppablePool, pause
from spinlens.montecarlo.kernels.worldline_pictures import spins_at
from spinlens.montecarlo.kernels.worldline_sums import COLUMNS, TABLE
from spinlens.montecarlo.kernels.worldlines import PADDING, sweep_worldlines
from spinlens.physics.counts import check_count
from spinlens.physics.exact.hamiltonian import held_spins, spin_bonds
from spinlens.physics.models.transverse_ising import require_quantum
from spinlens.physics.patterns import patterns
from spinlens.physics.systems import System

Array = NDArray[np.float64]
DRAWS = 1024  # exponential deviates drawn at once
MAX_PIECES = 1 << 27  # of the worldlines of one replica: 6 GB


class _Model(NamedTuple):
    """Bonds as the kernel takes them, each at its later spin."""

    bonds: NDArray[np.int64]
    gaps: Array
    strength: Array
    held: NDArray[np.bool_]


@dataclass
class Worldlines:
    """One replica: kinks, first and spin as `kernels.worldlines` has them; stream (4,): its random numbers."""

    kinks: Array
    first: NDArray[np.int64]
    spin: NDArray[np.uint8]
    stream: NDArray[np.uint64]

    @property
    def count(self) -> int:
        """Number of kinks."""
        return int(self.first[-1]) - len(self.spin)


class Workplace:
    """Arrays in which one thread updates one replica after another; they grow where a replica needs more."""

    def __init__(self, spins: int, summed: bool) -> None:
        self.summed, self.start = summed, np.zeros(spins + 1, np.int64)
        draws = np.zeros(DRAWS)
        self.buffers = draws, draws.view(np.uint64), np.zeros(DRAWS, np.uint64)
        self.resize(2 * spins + 2 * DRAWS)

    def resize(self, pieces: int) -> None:
        """Room for so many pieces. Raises InputError beyond MAX_PIECES."""
        if pieces > MAX_PIECES:
            hint = "there are about 2 gamma / T pieces a spin"
            raise InputError("system", f"{pieces} pieces of worldlines", f"at most {MAX_PIECES} in a replica", hint)
        self.room = pieces
        self.kinks = np.ones(pieces)
        self.pieces = (
            np.ones(pieces),
            np.zeros(pieces, np.uint8),
            self.start,
            np.zeros(pieces, np.uint32),
            np.zeros(pieces),
            np.zeros(pieces // 64 + 2, np.uint64),
        )
        room = pieces if self.summed else 0
        self.work = np.zeros((room, TABLE)), np.zeros(room), np.zeros(room), np.zeros(room, np.int64)


class WorldlineBatch:
    """Independent replicas, each at its own temperature and transverse field; the others are the system's.

    temperature (count,): above 0 and finite. gamma (count,): the system's by default. rng: draws the start, spins at
    random without kinks or all alike where `ordered` (count,), and a random stream for each replica, so that no result
    depends on threads or on how a number of sweeps is parted. Raises InputError for a classical system and bad values.
    """

    def __init__(
        self,
        system: System,
        temperature: ArrayLike,
        rng: np.random.Generator,
        gamma: ArrayLike | None = None,
        ordered: NDArray[np.bool_] | None = None,
    ) -> None:
        model = require_quantum(system.model)
        self.system, self.temperature = system, check_quantum_temperatures(temperature)
        count, spins = len(self.temperature), system.lattice.spins
        self.gamma = check_gammas(np.full(count, model.gamma) if gamma is None else gamma, count)
        self.model, self.weights = _model(system), patterns(system)
        held = held_spins(system)
        aligned = np.where(self.weights[:, 1] > 0, 1, 0)
        first = np.arange(spins + 1)
        self.replicas = []
        for k in range(count):
            drawn = rng.integers(0, 2, spins) if ordered is None or not ordered[k] else aligned
            spin = np.where(held, held > 0, drawn).astype(np.uint8)
            self.replicas.append(Worldlines(np.ones(spins + PADDING), first.copy(), spin, _stream(rng)))

    def update(self, sweeps: int, threads: int = 1) -> None:
        """So many Swendsen-Wang sweeps of every replica. The cost grows as spins * gamma / T."""
        self._run(check_count("sweeps", sweeps, 0), 1, 0, threads)

    def measure(self, count: int, gap: int = 1, threads: int = 1) -> Array:
        """(replicas, count, columns): sums of every gap-th sweep; columns as in `kernels.worldline_sums`."""
        check_count("count", count)
        return self._run(count * check_count("gap", gap), gap, count, threads)

    def pictures(self) -> NDArray[np.int8]:
        """(replicas, rows, columns): sz at time 0, or of a chain at as many equally spaced times as it has rows."""
        (rows, columns), spins = self.system.lattice.shape, self.system.lattice.spins
        slices = rows * columns // spins
        images = np.empty((len(self.replicas), slices, spins), np.int8)
        for image, lines in zip(images, self.replicas, strict=True):
            spins_at(lines.kinks, lines.first, lines.spin, np.arange(slices) / slices, image)
        return images.reshape(-1, rows, columns)

    def kinks(self) -> NDArray[np.int64]:
        """(replicas,): numbers of kinks."""
        return np.array([lines.count for lines in self.replicas])

    def _run(self, sweeps: int, gap: int, rows: int, threads: int) -> Array:
        count = len(self.replicas)
        sums = np.empty((count, rows, COLUMNS))
        parts = np.array_split(np.arange(count), min(check_count("threads", threads), count))

        def run(part: NDArray[np.int64]) -> None:
            place = Workplace(self.system.lattice.spins, rows > 0)
            for k in part:
                self._advance(int(k), sweeps, gap, sums[k], place)

        if len(parts) == 1:
            run(parts[0])
        else:
            with StoppablePool(len(parts)) as pool:
                for done in as_completed([pool.submit(run, part) for part in parts]):
                    done.result()
        return sums

    def _advance(self, k: int, sweeps: int, gap: int, sums: Array, place: Workplace) -> None:
        """All sweeps of one replica, in calls that end soon enough for Ctrl-C."""
        lines, t = self.replicas[k], float(self.temperature[k])
        field = require_quantum(self.system.model).h / t
        rates = float(self.gamma[k]) / t, 1 / t, field
        size = 2 * rates[0] * len(lines.spin)
        need = int(size + 12 * size**0.5) + len(lines.kinks) + len(lines.spin) + 2 * DRAWS
        if need > place.room:
            place.resize(need)
        place.kinks[: len(lines.kinks)] = lines.kinks
        events = size / 2 + 2 / t * float(np.abs(self.model.strength).sum())
        ahead = min(max(int(events) // 16 * 8, 16), DRAWS)  # few where a sweep needs few: the rest is lost
        buffers = tuple(array[:ahead] for array in place.buffers)
        turns = max(int(VISITS / 8 / (size + len(lines.spin))) // gap, 1) * gap
        done = 0
        while done < sweeps:
            pause()
            state = place.kinks, lines.first, lines.spin
            some, row = min(turns, sweeps - done), done // gap
            rows = sums[row : row + some // gap]
            phase = done % gap  # a call that ran out of room may end anywhere
            if phase:
                some, rows = min(gap - phase, sweeps - done), sums[row : row + 1]
            done += sweep_worldlines(
                state, self.model, rates, some, some if phase else gap, self.weights, rows if sums.size else sums,
                lines.stream, place.pieces, buffers, place.work,
            )  # fmt: skip
            if done < sweeps and (done - row * gap - phase) < some:
                kinks = place.kinks
                place.resize(2 * place.room)
                place.kinks[: len(kinks)] = kinks
        lines.kinks = place.kinks[: lines.first[-1] + PADDING].copy()


def check_quantum_temperatures(temperature: ArrayLike) -> Array:
    """(n,). Raises InputError for temperatures that worldlines of finite length cannot have, 0 and infinity."""
    t = check_temperatures(temperature)
    if not ((t > 0) & np.isfinite(t)).all():
        bad = float(t[~((t > 0) & np.isfinite(t))][0])
        raise InputError("temperature", bad, "a number above 0 and below infinity for a quantum system")
    return t


def check_gammas(gamma: ArrayLike, count: int) -> Array:
    """(count,). Raises InputError unless all are numbers from 0."""
    values = np.asarray(gamma, np.float64)
    if values.shape != (count,):
        raise InputError("gamma (shape)", values.shape, f"({count},), one number a replica")
    if not ((values >= 0) & np.isfinite(values)).all():
        raise InputError("gamma", float(values[~((values >= 0) & np.isfinite(values))][0]), "a finite number from 0")
    return values


def _stream(rng: np.random.Generator) -> NDArray[np.uint64]:
    return rng.integers(0, 2**64, 4, dtype=np.uint64)


@lru_cache(maxsize=64)
def _model(system: System) -> _Model:
    spins, each = system.lattice.spins, dict[int, list[tuple[int, float]]]()
    for i, j, strength in zip(*spin_bonds(system), strict=True):
        each.setdefault(max(i, j), []).append((min(i, j), strength))
    most = max((len(bonds) for bonds in each.values()), default=1)
    codes, gaps, strengths = np.full((spins, most), -1, np.int64), np.ones((spins, most)), np.zeros((spins, most))
    for i, bonds in each.items():
        for k, (j, strength) in enumerate(bonds):
            codes[i, k] = 2 * j + (strength < 0)
            gaps[i, k], strengths[i, k] = 0.5 / abs(strength), strength
    return _Model(codes, gaps, strengths, held_spins(system) != 0)
