"""The bonds of a system, as every site sees them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Bonds:
    """What each site sees, all (sites, 4) in the order right, down, left, up; read-only.

    neighbour: the site there, the site itself where there is no bond. turns: how often its state is twisted on the way,
    +1 right and down across a twisted edge, -1 left and up. strength: factor of the pair energy, 0 for no bond.
    """

    neighbour: NDArray[np.int64]
    turns: NDArray[np.int8]
    strength: NDArray[np.float64]

    @cached_property
    def sign(self) -> NDArray[np.int8]:
        """(sites, 4) for spaces whose twist negates: -1 where the state is seen negated, 0 where there is no bond."""
        sign = (np.sign(self.strength) * (1 - 2 * np.abs(self.turns))).astype(np.int8)
        sign.setflags(write=False)
        return sign
