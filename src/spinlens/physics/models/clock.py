"""The clock model: one of q directions in the plane a site."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.models.protocol import Transition, check_coupling, check_field
from spinlens.physics.spaces import Directions


@dataclass(frozen=True)
class Clock:
    """H = -J sum_<ij> cos(theta_i - theta_j) - B sum_i cos theta_i with theta = 2 pi k / q, k = 0 to q - 1.

    Jose, Kadanoff, Kirkpatrick and Nelson, Phys. Rev. B 16, 1217 (1977). q: directions, 2 to 64. J: coupling. B: field
    along the direction 0. Raises InputError for anything else.
    """

    q: int = 6
    J: float = 1.0
    B: float = 0.0
    formula: ClassVar[str] = "H = -J sum_<ij> cos(theta_i - theta_j) - B sum_i cos theta_i, theta = 2 pi k / q"

    def __post_init__(self) -> None:
        object.__setattr__(self, "J", check_coupling(self.J))
        object.__setattr__(self, "B", check_field("B", self.B))
        object.__setattr__(self, "q", Directions(self.q).q)  # refuses a bad one

    @property
    def space(self) -> Directions:
        """The directions."""
        return Directions(self.q)

    @property
    def scale(self) -> float:
        """|J|, the unit of temperatures."""
        return abs(self.J)

    @property
    def transition(self) -> Transition | None:
        """T_c without a field: q = 2 is the Ising model, 3 Potts with 3 J / 2, 4 two Ising models with J / 2.

        None for q >= 5, which has two Kosterlitz-Thouless transitions, and for J < 0 with an odd q.
        """
        ising, potts = 2 / math.log(1 + math.sqrt(2)), 1.5 / math.log(1 + math.sqrt(3))
        known = {2: ising, 3: potts, 4: ising / 2}
        if self.q not in known or (self.J < 0 and self.q % 2):
            return None
        return Transition(known[self.q] * abs(self.J))

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """-J cos(theta - theta'), element by element."""
        return np.asarray(-self.J * self._cosines[(np.asarray(state, np.int64) - neighbour) % self.q])

    def site_energy(self, state: NDArray[Any]) -> NDArray[np.float64]:
        """-B cos theta, element by element."""
        return np.asarray(-self.B * self._cosines[np.asarray(state, np.int64)])

    @property
    def _cosines(self) -> NDArray[np.float64]:
        """(q,): rounded, so that equal ones are equal numbers and those of right angles 0."""
        return np.asarray(np.round(np.cos(2 * np.pi * np.arange(self.q) / self.q), 15), np.float64)
