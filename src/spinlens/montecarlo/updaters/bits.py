"""Metropolis and heat bath on batches of replicas: from a rule to the digit planes of the multi-spin kernels."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.checks import check_array, check_batch
from spinlens.montecarlo.interrupts import pause
from spinlens.montecarlo.kernels import bits as multispin
from spinlens.montecarlo.kernels.simd import LANES, WORD, WORDS
from spinlens.montecarlo.kernels.transposing import from_planes, to_planes
from spinlens.montecarlo.updaters.planes import digits
from spinlens.physics.boltzmann import check_temperature
from spinlens.physics.models.ising import require_ising
from spinlens.physics.systems import System

Rule = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
MAX_STEPS = 1 << 18  # site visits drawn at once, or one sweep
MAX_VISITS = 1 << 20  # site visits of all lanes in one call of a kernel: 0.03 to 0.1 s
MAX_CELLS = 1 << 13  # sites packed at once: they stay in the processor's cache


def metropolis(change: NDArray[np.float64], temperature: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of a flip that changes the energy: min(1, exp(-change / T)). Metropolis et al. (1953)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(change <= 0, 1.0, np.exp(-change / temperature))


def heat_bath(change: NDArray[np.float64], temperature: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of a flip, 1 / (1 + exp(change / T)): the new spin does not depend on the old. Glauber (1963)."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(change == 0, 0.5, 1 / (1 + np.exp(change / temperature)))


def update_metropolis(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Metropolis at random sites (an ordered scan would not be ergodic). In place; spins (count, sites).

    A batch of LANES replicas visits the same random sites. Each replica is exact, but where moves are certain (those
    that cost nothing, as T goes to 0) replicas with like starts follow each other; heat bath shares nothing random.
    Raises InputError as `checks.check_batch`.
    """
    free = system.free_sites.astype(np.uint32)

    def visits(count: int) -> NDArray[np.uint32]:
        return free[rng.integers(free.size, size=count, dtype=np.uint32)]

    _run(system, spins, temperature, metropolis, sweeps, rng, visits)


def update_heat_bath(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Heat bath, site after site. In place; spins (count, sites). Raises InputError as `checks.check_batch`."""
    free = system.free_sites.astype(np.uint32)
    _run(system, spins, temperature, heat_bath, sweeps, rng, lambda count: np.tile(free, count // free.size))


def _run(
    system: System,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    rule: Rule,
    sweeps: int,
    rng: np.random.Generator,
    visits: Callable[[int], NDArray[np.uint32]],
) -> None:
    """`sweeps` sweeps of free.size visits each, in batches of LANES replicas."""
    temperature = check_batch(system, spins, temperature, sweeps)
    sites = system.free_sites.size
    chunk = max(MAX_STEPS // sites, 1)
    for first in range(0, len(spins), LANES):
        lanes = slice(first, first + LANES)
        engine = Lanes(system, spins[lanes], temperature[lanes], rule, rng)
        for done in range(0, sweeps, chunk):
            engine.visit(visits(min(chunk, sweeps - done) * sites))
        unpack(engine.words, spins[lanes])


class Lanes:
    """Up to LANES replicas packed into words. Nobody looks at unused lanes.

    spins (count, sites), count from 1 to LANES; temperature (count,). Raises InputError for anything else.
    """

    def __init__(
        self,
        system: System,
        spins: NDArray[np.int8],
        temperature: NDArray[np.float64],
        rule: Rule,
        rng: np.random.Generator,
    ) -> None:
        check_array("spins", spins, np.int8, system.lattice.sites)
        temperature = check_temperature(temperature)
        if temperature.shape != spins.shape[:1] or not 1 <= len(spins) <= LANES:
            raise InputError("temperature (shape)", temperature.shape, f"one number for each of 1 to {LANES} replicas")
        model = require_ising(system.model)
        neighbour, sign = system.bonds.neighbour, system.bonds.sign
        self.count = len(spins)
        self.words = pack(spins)
        self.bonds = (2 * neighbour + (sign * np.sign(model.J) < 0)).astype(np.uint32)
        coordination = np.abs(sign).sum(1)
        numbers, kind = np.unique(coordination, return_inverse=True)
        self.kind = kind.astype(np.uint8)
        whole = bool((coordination[system.free_sites] == 4).all())
        if model.B == 0 and rule is metropolis:
            self.kernel, levels = multispin.sweep_metropolis, 2
        elif model.B == 0 and rule is heat_bath and whole:
            self.kernel, levels = multispin.sweep_heat_bath, 2
        elif rule is heat_bath:
            self.kernel, levels = multispin.sweep_heat_bath_anywhere, 5
            self.bonds[sign == 0] = 2 * len(self.bonds)
        else:
            self.kernel, levels = multispin.sweep_any_rule, 10
        lanes = np.concatenate([temperature, np.repeat(temperature[:1], LANES - self.count)])
        self.planes = np.stack([_planes(system, int(z), lanes, rule, levels) for z in numbers])
        self.used = np.packbits(np.arange(LANES) < self.count, bitorder="little").view(WORD)
        self.state = rng.integers(0, 2**64, (2, 4 * WORDS), dtype=WORD)

    def visit(self, order: NDArray[np.integer]) -> None:
        """Update the sites in this order. order: flat indices. Raises InputError for numbers that are no sites."""
        sites = len(self.bonds)
        whole = order.ndim == 1 and order.dtype.kind in "iu"
        if not whole or (order.size and not 0 <= order.min() <= order.max() < sites):
            raise InputError("order", order, f"a list of sites, integers from 0 to {sites - 1}")
        order = np.ascontiguousarray(order, np.uint32)
        for first in range(0, order.size, MAX_VISITS):
            pause()
            some = order[first : first + MAX_VISITS]
            self.kernel(self.words, self.bonds, self.kind, some, self.planes, self.state, self.used)

    def spins(self) -> NDArray[np.int8]:
        """(count, sites)."""
        spins = np.empty((self.count, len(self.bonds)), np.int8)
        unpack(self.words, spins)
        return spins


def _planes(system: System, bonds: int, lanes: NDArray[np.float64], rule: Rule, levels: int) -> NDArray[np.uint64]:
    """Digits of the flip probabilities of a site with so many bonds, every level the kernel asks for."""
    cases = [(u, s) for s in (-1, 1) for u in range(5)][:levels]
    model = require_ising(system.model)
    changes = [2 * (model.scale * (bonds - 2 * u) + model.B * s) for u, s in cases]
    return digits(np.stack([rule(np.full(LANES, c), lanes) for c in changes]))


def pack(spins: NDArray[np.int8]) -> NDArray[np.uint64]:
    """(count, sites) of +-1 to ((sites + 1) * WORDS,) words, bit 1 for up; missing lanes and the last row are down."""
    count, sites = spins.shape
    words = np.zeros((sites + 1, 1, WORDS), WORD)
    for first in range(0, sites, MAX_CELLS):
        rows = words[first : min(first + MAX_CELLS, sites)]
        bits = np.zeros((LANES, -(-len(rows) // 64)), WORD)
        up = np.packbits(spins[:, first : first + MAX_CELLS] > 0, axis=1, bitorder="little")
        bits.view(np.uint8)[:count, : up.shape[1]] = up
        to_planes(bits, rows, 0)
    return words.ravel()


def unpack(words: NDArray[np.uint64], spins: NDArray[np.int8]) -> None:
    """The inverse of `pack`, into spins (count, sites)."""
    count, sites = spins.shape
    for first in range(0, sites, MAX_CELLS):
        some = spins[:, first : first + MAX_CELLS]
        rows = words.reshape(-1, 1, WORDS)[first : first + some.shape[1]]
        bits = np.empty((LANES, -(-len(rows) // 64)), WORD)
        from_planes(rows, 0, bits)
        up = np.unpackbits(bits[:count].view(np.uint8), axis=1, bitorder="little", count=len(rows)).view(np.int8)
        np.subtract(up + up, 1, out=some)
