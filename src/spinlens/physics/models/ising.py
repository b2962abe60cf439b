"""What the spins are and what their energies are. A new discrete model is one frozen class like Ising."""

import math
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError

WEAKEST, STRONGEST = 1e-100, 1e100  # couplings whose energies, their squares and their inverses are finite floats


@dataclass(frozen=True)
class Ising:
    """H(s) = -J sum_<ij> s_i s_j - B sum_i s_i with s = +-1; J > 0 is the ferromagnet (Kara et al. 2021, eq. 1).

    Energies and temperatures share one unit (k_B = 1): a state has the weight exp(-H(s) / T).

    J: coupling, |J| from 1e-100 to 1e100. B: field, 0 or |B| up to 1e100. Raises InputError for anything else.
    """

    J: float = 1.0
    B: float = 0.0
    states: ClassVar[tuple[int, ...]] = (-1, +1)

    def __post_init__(self) -> None:
        for field in ("J", "B"):
            object.__setattr__(self, field, _number(field, getattr(self, field)))
        if not WEAKEST <= abs(self.J) <= STRONGEST:
            raise InputError("J", self.J, f"a coupling of magnitude {WEAKEST:g} to {STRONGEST:g}, of either sign")
        if abs(self.B) > STRONGEST:
            raise InputError("B", self.B, f"a field of magnitude up to {STRONGEST:g}")

    def pair_energy(self, spin: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """Energy of a bond, element by element."""
        return -self.J * np.asarray(spin, np.float64) * neighbour

    def site_energy(self, spin: NDArray[Any]) -> NDArray[np.float64]:
        """Energy of a spin in the field, element by element."""
        return -self.B * np.asarray(spin, np.float64)


def _number(field: str, value: Any) -> float:
    """A finite number as a float."""
    number = math.nan
    if isinstance(value, Real) and not isinstance(value, bool):
        try:
            number = float(value)
        except OverflowError:  # whole numbers have no largest one
            number = math.inf
    if not math.isfinite(number):
        raise InputError(field, value, "a finite number")
    return number
