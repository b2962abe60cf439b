"""Exact diagonalization of small quantum systems, all energies and matrix elements: what simulations are held against.

The Hamiltonian is a full matrix over the eigenstates of sz. k_B = hbar = 1.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from spinlens.errors import InputError
from spinlens.physics.exact.hamiltonian import held_spins, spin_bonds
from spinlens.physics.models.transverse_ising import require_quantum
from spinlens.physics.systems import System

MAX_FREE = 12  # spins: 4096 states take half a minute
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Spectrum:
    """All eigenstates of a system.

    levels (k,): energies, ascending. vectors (k, k): eigenstates in columns. spins (k, spins): the eigenvalues of sz in
    each basis state. flipped (k,): in each eigenstate the expectation value of sum_i sx_i.
    """

    system: System
    levels: Array
    vectors: Array
    spins: NDArray[np.int8]
    flipped: Array

    def log_partition(self, temperature: float) -> float:
        """ln Z, Z the trace of exp(-H / T), T above 0."""
        return float(logsumexp(-self.levels / temperature))

    def energy(self, temperature: float) -> float:
        """<H>, total."""
        return float(self._weights(temperature) @ self.levels)

    def heat_capacity(self, temperature: float) -> float:
        """d<H> / dT, total."""
        weights = self._weights(temperature)
        return float(weights @ (self.levels - weights @ self.levels) ** 2) / temperature**2

    def transverse_magnetization(self, temperature: float) -> float:
        """<sx>, the mean over the spins that are free."""
        free = int((held_spins(self.system) == 0).sum())
        return float(self._weights(temperature) @ self.flipped) / free

    def magnetization(self, temperature: float, pattern: Array | None = None) -> float:
        """<sum_i pattern_i sz_i>; the pattern (spins,) is 1 by default."""
        return float(self._weights(temperature) @ self._matrix(pattern).diagonal().real)

    def squared_magnetization(self, temperature: float, pattern: Array | None = None) -> float:
        """<|sum_i pattern_i sz_i|^2> at equal times."""
        return float(self._weights(temperature) @ (np.abs(self._matrix(pattern)) ** 2).sum(1))

    def correlation(self, temperature: float, pattern: Array | None = None, mode: int = 0) -> float:
        """(1 / beta^2) int int <A(t)^+ A(t')> exp(i w (t - t')), A = sum_i pattern_i sz_i, w = 2 pi mode T.

        With a real pattern and mode 0 the mean square of the imaginary-time mean of A. Kubo, J. Phys. Soc. Jpn. 12,
        570 (1957), in the basis of eigenstates.
        """
        beta, element = 1 / temperature, np.abs(self._matrix(pattern)) ** 2
        weights = self._weights(temperature)
        gap = self.levels[:, None] - self.levels
        near = np.abs(gap) < 1e-9 * max(float(np.abs(self.levels).max()), 1.0)
        frequency = 2 * np.pi * mode * temperature
        safe = np.where(near, 1.0, gap)
        apart = (weights[None, :] - weights[:, None]) * safe / (safe**2 + frequency**2) / beta
        together = weights[:, None] * np.ones_like(gap) if mode == 0 else np.zeros_like(gap)
        return float((element * np.where(near, together, apart)).sum())

    def _weights(self, temperature: float) -> Array:
        weights = np.exp(-(self.levels - self.levels[0]) / temperature)
        return np.asarray(weights / weights.sum())

    def _matrix(self, pattern: Array | None) -> NDArray[Any]:
        diagonal = self.spins @ (np.ones(self.spins.shape[1]) if pattern is None else np.asarray(pattern))
        return np.asarray(self.vectors.T @ (diagonal[:, None] * self.vectors))


def diagonalize(system: System) -> Spectrum:
    """All eigenstates. Raises InputError for a classical system, and for more than MAX_FREE spins that are free."""
    spins, diagonal, flips = _basis(system)
    gamma = require_quantum(system.model).gamma
    levels, vectors = np.linalg.eigh(np.diag(diagonal) - gamma * flips)
    return Spectrum(system, levels, vectors, spins, np.einsum("ak,ab,bk->k", vectors, flips, vectors, optimize=True))


def hamiltonian(system: System, field: complex = 0.0) -> NDArray[Any]:
    """The matrix of H - field * sum_i sz_i; a complex field gives derivatives of any order by a contour integral.

    Raises InputError as `diagonalize`.
    """
    spins, diagonal, flips = _basis(system)
    return np.asarray(np.diag(diagonal - field * spins.sum(1)) - require_quantum(system.model).gamma * flips)


def _basis(system: System) -> tuple[NDArray[np.int8], Array, Array]:
    """(spins of each basis state, its diagonal energy, the matrix of sum_i sx_i over free spins)."""
    model, held = require_quantum(system.model), held_spins(system)
    free = np.flatnonzero(held == 0)
    if len(free) > MAX_FREE:
        raise InputError("size", system.lattice.spins, f"at most {MAX_FREE} free spins to be diagonalized")
    states = np.arange(2 ** len(free))
    spins = np.tile(held, (len(states), 1))
    spins[:, free] = 2 * ((states[:, None] >> np.arange(len(free))) & 1) - 1
    diagonal = -model.h * spins.sum(1)
    for i, j, strength in zip(*spin_bonds(system), strict=True):
        diagonal = diagonal - strength * spins[:, i] * spins[:, j]
    flips = np.zeros((len(states), len(states)))
    for k in range(len(free)):
        flips[states, states ^ (1 << k)] = 1.0
    return spins, diagonal, flips
