"""Cluster updates of angles by reflections: Swendsen-Wang and Wolff on any boundary, with any couplings and field."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.checks import check_batch
from spinlens.montecarlo.interrupts import slices
from spinlens.montecarlo.kernels import circle
from spinlens.montecarlo.kernels.lanes import LANES
from spinlens.montecarlo.kernels.rotor_clusters import mirror_clusters
from spinlens.montecarlo.kernels.rotor_wolff import mirror_one
from spinlens.montecarlo.kernels.scalar import WORD
from spinlens.montecarlo.kernels.simd import WORDS
from spinlens.montecarlo.updaters.rotors import COLDEST, LOG2_E, bond_weights, is_rotor
from spinlens.montecarlo.updaters.rows import pack
from spinlens.physics.models.clock import Clock
from spinlens.physics.order import energy_unit
from spinlens.physics.systems import LEFT, UP, System

MOST_SITES = 1 << 22  # unpacked at once, to bound the memory


@dataclass(frozen=True)
class RotorRows:
    """Bonds between rows of words, as `kernels.rotor_clusters` takes them."""

    left: NDArray[np.float32]
    up: NDArray[np.float32]
    seam: NDArray[np.uint64]
    seam_weight: NDArray[np.float64]
    valid: NDArray[np.uint64]
    pinned: NDArray[np.uint64]


@lru_cache(maxsize=64)
def rotor_rows(system: System) -> RotorRows:
    """The bonds of a system."""
    (m, n), weight = system.lattice.shape, bond_weights(system)
    width, here = -(-n // 64), np.arange(m * n)
    straight = {LEFT: np.where(here % n, here - 1, -1), UP: np.roll(here, n)}
    rows: list[NDArray[np.float32]] = []
    seam, seam_weight = [], []
    for direction in (LEFT, UP):
        there, bond = system.bonds.neighbour[:, direction], weight[:, direction]
        inner = there == straight[direction]
        padded = np.zeros((m, 64 * width), np.float32)
        padded[:, :n] = np.where(inner, bond, 0).reshape(m, n)
        rows.append(padded.ravel())
        others = np.flatnonzero(~inner & (bond != 0))
        ends = [(width * (site // n) + site % n // 64, site % n % 64) for site in (others, there[others])]
        seam.append(np.stack([*ends[0], *ends[1]], -1))
        seam_weight.append(bond[others].astype(np.float64))
    valid, pinned = pack(np.ones((1, n), bool), True, n)[0], pack(system.held.reshape(1, -1), True, n)[0]
    return RotorRows(rows[0], rows[1], np.concatenate(seam).astype(WORD), np.concatenate(seam_weight), valid, pinned)


def has_mirrors(system: System) -> bool:
    """Whether `update_rotor_clusters` serves the system: a turn across its seams maps its directions on themselves."""
    model = system.model
    clock = isinstance(model, Clock) and not (model.q % 2 and system.bonds.turns.any())
    return is_rotor(system) or clock


def update_rotor_clusters(
    system: System, spins: NDArray[Any], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Swendsen-Wang of the XY and the clock model. In place; spins (count, sites), float32 angles or directions.

    1. An axis e is drawn for each replica and sweep; of a clock one that maps its directions on themselves.
    2. A bond that costs less as it is than with one of its spins mirrored, s - 2 (s e) e, is closed with probability
       1 - exp(-difference / T). Half a turn across a seam commutes with every mirror.
    3. Clusters of closed bonds are mirrored or not, with their weight in the field; never with a pinned spin.

    Wolff, Phys. Rev. Lett. 62, 361 (1989); Swendsen and Wang, Phys. Rev. Lett. 58, 86 (1987). Raises InputError for
    another model, else as `checks.check_batch`.
    """
    temperature = check_batch(system, spins, temperature, sweeps)
    if isinstance(system.model, Clock):
        step = 2 * np.pi / system.model.q
        turned = (step * spins).astype(np.float32)
        _mirror(system, turned, temperature, sweeps, rng, system.model.q)
        spins[:] = np.rint(turned / step).astype(np.int64) % system.model.q
    else:
        _mirror(system, spins, temperature, sweeps, rng, 0)


def _mirror(
    system: System,
    spins: NDArray[np.float32],
    temperature: NDArray[np.float64],
    sweeps: int,
    rng: np.random.Generator,
    directions: int,
) -> None:
    """Clusters of angles, whose axes map so many directions on themselves; 0 for all axes."""
    factor, force = _scales(system, temperature)
    rows, (m, n) = rotor_rows(system), system.lattice.shape
    size, step = m * 64 * rows.valid.size, max(MOST_SITES // system.lattice.sites, 1)
    halves = rng.integers(0, 2**32, (len(spins), 4 * LANES), dtype=np.uint32)
    states = rng.integers(0, 2**64, (len(spins), 4 * WORDS + 4), dtype=WORD)
    bonds = rows.left, rows.up, rows.seam, rows.seam_weight, rows.valid, rows.pinned
    for first in range(0, len(spins), step):
        angles, part = spins[first : first + step], slice(first, first + step)
        cosine, sine = np.empty((2, len(angles), size), np.float32)
        for k, row in enumerate(angles):
            circle.to_rows(row, n, cosine[k], sine[k])
        own, pull, half, word = factor[part], force[part], halves[part], states[part]
        for some, turns in slices(len(angles), sweeps, system.lattice.sites):
            streams = half[some], word[some]
            mirror_clusters(cosine[some], sine[some], *bonds, own[some], pull[some], directions, turns, *streams)
        for k, row in enumerate(angles):
            moved = row.copy()
            circle.from_rows(cosine[k], sine[k], n, moved)
            row[system.free_sites] = moved[system.free_sites]


def update_rotor_wolff(
    system: System, spins: NDArray[Any], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Wolff: one cluster a sweep, grown from a random free site over bonds closed as in `update_rotor_clusters`.

    It is mirrored with probability min(1, exp(-change of the field's energy / T)), never with a pinned spin. Wolff,
    Phys. Rev. Lett. 62, 361 (1989). Raises InputError as `update_rotor_clusters`.
    """
    temperature = check_batch(system, spins, temperature, sweeps)
    factor, force = _scales(system, temperature)
    weight, free = bond_weights(system), system.free_sites.astype(np.uint32)
    neighbour, held = system.bonds.neighbour.astype(np.uint32), system.held.ravel()
    states = rng.integers(0, 2**64, (len(spins), 4), dtype=WORD)
    for some, turns in slices(len(spins), sweeps, system.lattice.sites):
        mirror_one(spins[some], neighbour, weight, free, held, factor[some], force[some], turns, states[some])


def _scales(system: System, temperature: NDArray[np.float64]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """(factor, force) of each replica: -2 / T times log2 e, in `energy_unit`, and 2 B / T."""
    field = 2 * system.model.B  # type: ignore[attr-defined]
    with np.errstate(divide="ignore", over="ignore"):
        factor = np.maximum(-2 * LOG2_E * energy_unit(system) / temperature, -COLDEST)
        force = np.clip(field / temperature, -COLDEST, COLDEST) if field else np.zeros(len(temperature))
    return factor.astype(np.float32), force
