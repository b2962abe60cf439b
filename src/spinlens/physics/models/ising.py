"""The Ising model."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.models.protocol import Model, Transition, check_coupling, check_field
from spinlens.physics.spaces import Values


@dataclass(frozen=True)
class Ising:
    """H(s) = -J sum_<ij> s_i s_j - B sum_i s_i with s = +-1; J > 0 is the ferromagnet (Kara et al. 2021, eq. 1).

    Energies and temperatures share one unit (k_B = 1): a state has the weight exp(-H(s) / T).

    J: coupling, |J| from 1e-100 to 1e100. B: field, 0 or |B| up to 1e100. Raises InputError for anything else.
    """

    J: float = 1.0
    B: float = 0.0
    space: ClassVar[Values] = Values((-1, +1))
    formula: ClassVar[str] = "H(s) = -J sum_<ij> s_i s_j - B sum_i s_i"

    def __post_init__(self) -> None:
        object.__setattr__(self, "J", check_coupling(self.J))
        object.__setattr__(self, "B", check_field("B", self.B))

    @property
    def scale(self) -> float:
        """|J|, the unit of temperatures."""
        return abs(self.J)

    @property
    def transition(self) -> Transition:
        """T_c = 2 |J| / ln(1 + sqrt 2) of the model without a field. Onsager, Phys. Rev. 65, 117 (1944)."""
        return Transition(2 * abs(self.J) / math.log(1 + math.sqrt(2)))

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """-J s s', element by element."""
        return -self.J * np.asarray(state, np.float64) * neighbour

    def site_energy(self, state: NDArray[Any]) -> NDArray[np.float64]:
        """-B s, element by element."""
        return -self.B * np.asarray(state, np.float64)


def require_ising(model: Model) -> Ising:
    """The model. Raises InputError unless it is the Ising model, for what is known of no other."""
    if not isinstance(model, Ising):
        raise InputError("system (model)", type(model).__name__, "Ising")
    return model
