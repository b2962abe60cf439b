"""The Ising model in a transverse field."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.lattices import Chain
from spinlens.physics.models.protocol import Model, check_coupling, check_field
from spinlens.physics.spaces import Values

if TYPE_CHECKING:
    from spinlens.physics.systems import System

SQUARE = 3.04433  # Gamma_c / J, last digit certain: Huang, Liu, Jiang and Deng, Phys. Rev. B 102, 094101 (2020)
RANGE = 1e12  # of gamma / |J| and h / |J|: beyond, a float has no digits left for J


@dataclass(frozen=True)
class TransverseIsing:
    """H = -J sum_<ij> sz_i sz_j - gamma sum_i sx_i - h sum_i sz_i with Pauli matrices of eigenvalues +-1.

    A snapshot holds eigenvalues of sz. Its pair and site energies are those of the Ising model with the field h: the
    transverse field, which turns spins over in imaginary time, is none of a snapshot's. de Gennes, Solid State Commun.
    1, 132 (1963); Pfeuty, Ann. Phys. 57, 79 (1970).

    J: coupling. gamma: transverse field, from 0. h: longitudinal field. Raises InputError for values beyond 1e100, for
    a negative gamma, and for fields beyond 1e12 |J|.
    """

    J: float = 1.0
    gamma: float = 1.0
    h: float = 0.0
    space: ClassVar[Values] = Values((-1, +1))
    formula: ClassVar[str] = "H = -J sum_<ij> sz_i sz_j - gamma sum_i sx_i - h sum_i sz_i"
    transition: ClassVar[None] = None  # at T > 0 that of the square lattice depends on gamma

    def __post_init__(self) -> None:
        object.__setattr__(self, "J", check_coupling(self.J))
        for field in ("gamma", "h"):
            value = check_field(field, getattr(self, field))
            if abs(value) > RANGE * abs(self.J):
                raise InputError(field, value, f"of magnitude up to {RANGE:g} |J|, beyond which J is lost in it")
            object.__setattr__(self, field, value + 0.0)
        if self.gamma < 0:
            raise InputError("gamma", self.gamma, "a number from 0", "a rotation by pi about z changes its sign")

    @property
    def scale(self) -> float:
        """|J|, the unit of temperatures."""
        return abs(self.J)

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """-J s s', element by element."""
        return -self.J * np.asarray(state, np.float64) * neighbour

    def site_energy(self, state: NDArray[Any]) -> NDArray[np.float64]:
        """-h s, element by element."""
        return -self.h * np.asarray(state, np.float64)


def is_quantum(model: Model) -> bool:
    """Whether the weight of a snapshot is no function of its energy: whether there is a transverse field."""
    return isinstance(model, TransverseIsing)


def require_classical(model: Model) -> None:
    """Raises InputError for a model with a transverse field, for what needs weights of single snapshots."""
    if is_quantum(model):
        raise InputError(
            "system (model)", type(model).__name__, "a classical one", "sample and measure simulate its worldlines"
        )


def require_quantum(model: Model) -> TransverseIsing:
    """The model. Raises InputError unless it has a transverse field."""
    if not isinstance(model, TransverseIsing):
        raise InputError("system (model)", type(model).__name__, "TransverseIsing")
    return model


def critical_gamma(system: "System") -> float | None:
    """Gamma_c of the infinite lattice at T = 0, in the unit of J; None with disorder or a longitudinal field.

    |J| for the chain (Pfeuty 1970, exact), 3.04433 |J| for the square lattice (Huang et al. 2020, simulation).
    """
    model = require_quantum(system.model)
    if system.is_disordered or model.h:
        return None
    return abs(model.J) * (1.0 if isinstance(system.lattice, Chain) else SQUARE)
