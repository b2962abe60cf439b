"""Replicas on their way: the one loop behind samples, series, streams and proofs."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spinlens.montecarlo.checks import check_spins
from spinlens.montecarlo.interrupts import pause
from spinlens.montecarlo.starts import random_start
from spinlens.physics.order import energy_unit
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import System

HOT = 2.5  # in units of the couplings: there disorder forgets any start within some sweeps
COLD = 0.2  # below, moves cost more than temperature gives: neighbouring temperatures hardly differ
CROWD = 8  # replicas on a rung, at most
SPACING = 1.2  # of neighbouring temperatures, relative, times the square root of the number of sites

Spins = NDArray[Any]  # int8, or float32 angles
Temperatures = NDArray[np.float64]


class Rounds(Protocol):
    """What a simulation advances by, such as `Equilibrium`."""

    @property
    def rounds(self) -> int: ...

    def start(self, system: System, temperature: Temperatures, rng: np.random.Generator) -> Spins: ...

    def advance(self, system: System, spins: Spins, temperature: Temperatures, rng: np.random.Generator) -> None: ...


class Simulation:
    """Independent replicas of a system, each at its own temperature.

    temperature (count,). spins (count, sites): where they are, changed by `advance` and `turn`. Where couplings
    compete, replicas at `rungs` go along for the exchange. start: (count, sites) instead of the protocol's own.
    """

    def __init__(
        self,
        system: System,
        temperature: Temperatures,
        protocol: Rounds,
        rng: np.random.Generator,
        start: Spins | None = None,
    ) -> None:
        self.system, self.protocol, self.rng, self.count = system, protocol, rng, len(temperature)
        further = rungs(system, temperature)
        self._temperature = np.concatenate([temperature, further])
        if start is None:
            self._all = protocol.start(system, self._temperature, rng)
        else:
            self._all = np.concatenate([start, random_start(system, len(further), rng)]) if len(further) else start

    @property
    def spins(self) -> Spins:
        """(count, sites)."""
        return self._all[: self.count]

    @property
    def images(self) -> Spins:
        """(count, m, n)."""
        return self.spins.reshape(-1, *self.system.lattice.shape)

    def advance(self, protocol: Rounds | None = None) -> None:
        """One round of the protocol, or of another one."""
        (protocol or self.protocol).advance(self.system, self._all, self._temperature, self.rng)

    def turn(self) -> None:
        """A random element of the symmetry group on each replica."""
        turn(self.system, self.spins, self.rng)

    def settle(self) -> None:
        """All rounds that the protocol needs to forget its start, and a turn."""
        for _ in range(self.protocol.rounds):
            self.advance()
        self.turn()


def rungs(system: System, temperature: Temperatures) -> Temperatures:
    """Temperatures between and above the given ones, so that replica exchange carries each from HOT and back.

    None where all couplings are of one sign. Energies of neighbours overlap where the step of 1 / T is about the
    inverse of their spread, sqrt(N C): relative steps fall as 1 / sqrt(N) (Hukushima and Nemoto 1996).
    """
    if not system.is_frustrated:
        return np.empty(0)
    unit = energy_unit(system)
    low = min(max(float(temperature.min()), COLD * unit), HOT * unit)
    steps = int(np.ceil(np.log(HOT * unit / low) * np.sqrt(system.free_sites.size) / SPACING)) + 1
    ladder = np.geomspace(low, HOT * unit, max(steps, 2))
    apart = np.abs(ladder[:, None] - temperature).min(1) / ladder > 0.5 * SPACING / np.sqrt(system.free_sites.size)
    crowd = len(temperature) // np.unique(temperature).size  # one replica a rung would be a bottleneck
    return np.repeat(ladder[apart], min(crowd, CROWD))


def turn(system: System, spins: Spins, rng: np.random.Generator) -> None:
    """A random element of the symmetry group on each replica, in place: it leaves the distribution as it is.

    spins (count, sites). Raises InputError as `checks.check_spins`.
    """
    check_spins(system, spins)
    group, shape = symmetry_group(system), system.lattice.shape
    for k, state in enumerate(spins):
        pause()
        spins[k] = group.apply(group.draw(rng), state.reshape(shape)).ravel()
