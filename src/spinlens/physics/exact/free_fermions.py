"""The transverse-field Ising chain as free fermions: exact at any size and temperature, and in the infinite chain.

Lieb, Schultz and Mattis, Ann. Phys. 16, 407 (1961); Pfeuty, Ann. Phys. 57, 79 (1970). Without a longitudinal field.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import ellipe

from spinlens.errors import InputError
from spinlens.physics.exact.hamiltonian import spin_bonds
from spinlens.physics.lattices import Chain
from spinlens.physics.models.transverse_ising import require_quantum
from spinlens.physics.systems import System


def chain_log_partition(system: System, temperature: float) -> float:
    """ln Z of a chain, open, periodic or anti-periodic, with any couplings.

    The product P of all sx_i is conserved. In each sector the Hamiltonian is one of free fermions, whose bond across
    the seam has the sign -P, and Z = sum_P (prod_k 2 cosh(e_k / 2T) + P prod_k 2 sinh(e_k / 2T)) / 2, where e_k are
    twice the singular values of the matrix with gamma on the diagonal and minus the couplings beside it; the sign of
    the last product is that of its determinant. An open chain has the same matrix in both. temperature: above 0. Raises
    InputError for anything but a chain without a longitudinal field and pinned ends.
    """
    return float(_log_sectors(system, temperature))


def chain_energy(system: System, temperature: float) -> float:
    """<H> = -d ln Z / d beta of a chain, total; a central difference of ln Z, good to nine digits. Else as above."""
    beta, step = 1 / temperature, 1e-4 / temperature
    values = [_log_sectors(system, 1 / (beta + k * step)) for k in (-2, -1, 1, 2)]
    return float(-(values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * step))


def infinite_chain_energy(J: float, gamma: float, temperature: float = 0.0) -> float:
    """<H> a spin of the infinite chain, by Pfeuty's integral of e_k tanh(e_k / 2T) / 2, e_k = 2 |J - gamma e^ik|.

    At T = 0 it is -(2 / pi) (|J| + gamma) E(m), m = 4 |J| gamma / (|J| + gamma)^2, a complete elliptic integral.

    >>> round(infinite_chain_energy(1.0, 1.0), 9)
    -1.273239545
    """
    J = abs(J)
    if temperature == 0:
        return float(-2 / np.pi * (J + gamma) * ellipe(4 * J * gamma / (J + gamma) ** 2))

    def term(k: float) -> float:
        half = np.sqrt(J**2 + gamma**2 - 2 * J * gamma * np.cos(k))
        return float(half * np.tanh(half / temperature))

    return -float(quad(term, 0, np.pi, epsabs=1e-12, epsrel=1e-12, limit=200)[0]) / np.pi


def _log_sectors(system: System, temperature: float) -> np.float64:
    model, n = require_quantum(system.model), system.lattice.spins
    if not isinstance(system.lattice, Chain) or model.h or system.held.any():
        raise InputError("system", system.name, "a chain without a longitudinal field and pinned ends")
    parts, signs = [], []
    for parity in (+1, -1):
        matrix = np.diag(np.full(n, model.gamma))
        for i, j, strength in zip(*spin_bonds(system), strict=True):
            crosses = i == n - 1 and j == 0
            matrix[i, j] -= strength * (-parity if crosses else 1)
        energies = np.linalg.svd(matrix, compute_uv=False) / temperature
        cosh, sinh = _log_hyperbolic(energies)
        parts += [cosh, sinh]
        signs += [0.5, 0.5 * parity * np.linalg.slogdet(matrix)[0]]
    largest = max(parts)
    return np.float64(largest + np.log(np.dot(signs, np.exp(np.array(parts) - largest))))


def _log_hyperbolic(half: NDArray[np.float64]) -> tuple[float, float]:
    """(sum of ln 2 cosh, sum of ln 2 |sinh|) of half the energies over T."""
    with np.errstate(divide="ignore"):
        return float((half + np.log1p(np.exp(-2 * half))).sum()), float((half + np.log(-np.expm1(-2 * half))).sum())
