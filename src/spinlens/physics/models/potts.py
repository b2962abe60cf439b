"""The q-state Potts model."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from spinlens.physics.models.protocol import Transition, check_coupling
from spinlens.physics.spaces import Colours

LARGEST_CONTINUOUS = 4  # colours; with more the transition is of first order (Baxter 1973)


@dataclass(frozen=True)
class Potts:
    """H(s) = -J sum_<ij> delta(s_i, s_j) with s = 0 to q - 1. Wu, Rev. Mod. Phys. 54, 235 (1982).

    q: colours, 2 to 64. J: coupling. Raises InputError for anything else.
    """

    q: int = 3
    J: float = 1.0
    formula: ClassVar[str] = "H(s) = -J sum_<ij> delta(s_i, s_j)"

    def __post_init__(self) -> None:
        object.__setattr__(self, "J", check_coupling(self.J))
        object.__setattr__(self, "q", Colours(self.q).q)  # refuses a bad one

    @property
    def space(self) -> Colours:
        """The colours."""
        return Colours(self.q)

    @property
    def scale(self) -> float:
        """|J|, the unit of temperatures."""
        return abs(self.J)

    @property
    def transition(self) -> Transition | None:
        """T_c = J / ln(1 + sqrt q) by duality; of first order above four colours. None for J < 0."""
        if self.J < 0:
            return None
        kind = "continuous" if self.q <= LARGEST_CONTINUOUS else "first order"
        return Transition(self.J / math.log(1 + math.sqrt(self.q)), kind)

    def pair_energy(self, state: NDArray[Any], neighbour: NDArray[Any]) -> NDArray[np.float64]:
        """-J where the colours are equal, element by element."""
        return -self.J * (np.asarray(state) == neighbour)

    def site_energy(self, state: NDArray[Any]) -> NDArray[np.float64]:
        """0: no colour is preferred."""
        return np.zeros(np.shape(state))
