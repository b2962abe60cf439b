"""The Blume-Capel model: Ising spins that may also vanish."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.models.protocol import Transition, check_coupling, check_field
from spinlens.physics.spaces import Values

# measured by Monte Carlo simulation; each value of D / J with T_c / J and the kind of transition
KNOWN = {
    0.0: (1.6936, "continuous"),
    0.5: (1.5659, "continuous"),
    1.0: (1.3973, "continuous"),
    1.5: (1.1504, "continuous"),
    1.9658: (0.6085, "tricritical"),
}


@dataclass(frozen=True)
class BlumeCapel:
    """H(s) = -J sum_<ij> s_i s_j + D sum_i s_i^2 - B sum_i s_i with s = -1, 0, +1.

    Blume, Phys. Rev. 141, 517 (1966); Capel, Physica 32, 966 (1966). J: coupling. D: crystal field, which favours 0
    where positive. B: field. Raises InputError for values beyond 1e100.
    """

    J: float = 1.0
    D: float = 1.0
    B: float = 0.0
    space: ClassVar[Values] = Values((-1, 0, +1))
    formula: ClassVar[str] = "H(s) = -J sum_<ij> s_i s_j + D sum_i s_i^2 - B sum_i s_i"

    def __post_init__(self) -> None:
        object.__setattr__(self, "J", check_coupling(self.J))
        for field in ("D", "B"):
            object.__setattr__(self, field, check_field(field, getattr(self, field)))

    @property
    def scale(self) -> float:
        """|J|, the unit of temperatures."""
        return abs(self.J)

    @property
    def transition(self) -> Transition | None:
        """T_c for the crystal fields of KNOWN without a field: transfer matrices, J / T_c to four digits."""
        if self.D / abs(self.J) not in KNOWN:
            return None
        temperature, kind = KNOWN[self.D / abs(self.J)]
        return Transition(temperature * abs(self.J), kind, "transfer matrices and simulations")

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """-J s s', element by element."""
        return -self.J * np.asarray(state, np.float64) * neighbour

    def site_energy(self, state: NDArray[Any]) -> NDArray[np.float64]:
        """D s^2 - B s, element by element."""
        s = np.asarray(state, np.float64)
        return self.D * s * s - self.B * s
