"""The Blume-Capel model: Ising spins that may also vanish."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.models.protocol import Transition, check_coupling, check_field
from spinlens.physics.spaces import Values

# by transfer matrices; each value of D / J with T_c / J and the kind of transition
KNOWN = {
    0.0: (1.6936, "continuous"),
    0.5: (1.5659, "continuous"),
    1.0: (1.3973, "continuous"),
    1.5: (1.1504, "continuous"),
    1.9658: (0.6085, "tricritical"),
}

LARGEST = 1e12  # D / |J| and B / |J|: beyond, a float has no digits left for J


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
            value = check_field(field, getattr(self, field))
            if abs(value) > LARGEST * abs(self.J):
                raise InputError(field, value, f"of magnitude up to {LARGEST:g} |J|, beyond which J is lost in it")
            object.__setattr__(self, field, value)

    @property
    def scale(self) -> float:
        """|J|, the unit of temperatures."""
        return abs(self.J)

    @property
    def transition(self) -> Transition | None:
        """T_c for the crystal fields of KNOWN without a field: transfer matrices, J / T_c to four digits."""
        near = [value for value in KNOWN if math.isclose(self.D / abs(self.J), value, rel_tol=1e-12)]
        if not near:
            return None
        temperature, kind = KNOWN[near[0]]
        return Transition(temperature * abs(self.J), kind, "transfer matrices and simulations")

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """-J s s', element by element."""
        return -self.J * np.asarray(state, np.float64) * neighbour

    def site_energy(self, state: NDArray[Any]) -> NDArray[np.float64]:
        """D s^2 - B s, element by element."""
        s = np.asarray(state, np.float64)
        return self.D * s * s - self.B * s
