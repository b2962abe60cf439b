"""The XY model: a direction in the plane a site."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.physics.angles import Angles
from spinlens.physics.models.protocol import KOSTERLITZ_THOULESS, Transition, check_coupling, check_field

T_BKT = 0.8929  # |J|; Hasenbusch, J. Phys. A 38, 5869 (2005), beta = 1.1199(1); published from .89274(1) to .8935(1)
LARGEST = 1e6  # B / |J|: beyond, a float32 has no digits left for J


@dataclass(frozen=True)
class XY:
    """H = -J sum_<ij> cos(theta_i - theta_j) - B sum_i cos theta_i with angles theta in radians.

    Kosterlitz and Thouless, J. Phys. C 6, 1181 (1973). J: coupling. B: field along the angle 0. Raises InputError for
    values beyond 1e100, and for |B| above 1e6 |J|.
    """

    J: float = 1.0
    B: float = 0.0
    space: ClassVar[Angles] = Angles()
    formula: ClassVar[str] = "H = -J sum_<ij> cos(theta_i - theta_j) - B sum_i cos theta_i"

    def __post_init__(self) -> None:
        object.__setattr__(self, "J", check_coupling(self.J))
        object.__setattr__(self, "B", check_field("B", self.B))
        if abs(self.B) > LARGEST * abs(self.J):
            raise InputError("B", self.B, f"of magnitude up to {LARGEST:g} |J|, beyond which J is lost in it")

    @property
    def scale(self) -> float:
        """|J|, the unit of temperatures."""
        return abs(self.J)

    @property
    def transition(self) -> Transition:
        """T_BKT of the model without a field: below, correlations fall as a power; vortices unbind there."""
        return Transition(T_BKT * abs(self.J), KOSTERLITZ_THOULESS, "simulations")

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """-J cos(theta - theta'), element by element."""
        return np.asarray(-self.J * np.cos(np.asarray(state, np.float64) - neighbour))

    def site_energy(self, state: NDArray[Any]) -> NDArray[np.float64]:
        """-B cos theta, element by element."""
        if self.B == 0:
            return np.zeros(np.shape(state))
        return np.asarray(-self.B * np.cos(np.asarray(state, np.float64)))
