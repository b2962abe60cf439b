"""What the spins are and what their energies are. A new discrete model is one frozen class like Ising."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError


@dataclass(frozen=True)
class Ising:
    """H(s) = -J sum_<ij> s_i s_j - B sum_i s_i with s = +-1; J > 0 is the ferromagnet (Kara et al. 2021, eq. 1).

    Energies and temperatures share one unit (k_B = 1): a state has the weight exp(-H(s) / T).
    """

    J: float = 1.0
    B: float = 0.0
    states: ClassVar[tuple[int, ...]] = (-1, +1)

    def __post_init__(self) -> None:
        for field in ("J", "B"):
            if not math.isfinite(getattr(self, field)):
                raise InputError(field, getattr(self, field), "a finite number")
        if self.J == 0:
            raise InputError("J", self.J, "a coupling of either sign, but not zero")

    def pair_energy(self, spin: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """Energy of a bond, element by element."""
        return -self.J * np.asarray(spin, np.float64) * neighbour

    def site_energy(self, spin: NDArray[Any]) -> NDArray[np.float64]:
        """Energy of a spin in the field, element by element."""
        return -self.B * np.asarray(spin, np.float64)
