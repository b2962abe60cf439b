"""What the angles of a single snapshot say of its temperature: each given its neighbours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import i0e, i1e

from spinlens.errors import InputError
from spinlens.physics.models.xy import XY
from spinlens.physics.systems import System

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RotorEnvironments:
    """Sites of a coding set: energies (count,), their sum in each snapshot; fields (count, sites), the length of each.

    An angle theta in the field h of its neighbours has the density exp(h cos theta / T) / (2 pi I_0(h / T)).
    """

    energies: Array
    fields: Array

    @property
    def count(self) -> int:
        """Of snapshots."""
        return len(self.energies)

    def log_likelihood(self, beta: Array) -> Array:
        """(count,) at 1 / T = beta (count,), up to a constant."""
        x = np.abs(beta)[:, None] * self.fields
        return np.asarray(-beta * self.energies - (np.log(i0e(x)) + x).sum(1))

    def slope(self, beta: Array) -> Array:
        """Its derivative, which falls with beta."""
        x = np.abs(beta)[:, None] * self.fields
        return np.asarray(-self.energies - np.sign(beta) * (self.fields * i1e(x) / i0e(x)).sum(1))


def rotor_environments(system: System, spins: NDArray[Any], sites: NDArray[np.int64]) -> RotorEnvironments:
    """Those of spins (count, m, n) at the sites of a coding set. Raises InputError for another model than XY."""
    model, bonds = system.model, system.bonds
    if not isinstance(model, XY):
        raise InputError("system (model)", type(model).__name__, "XY")
    flat = spins.reshape(len(spins), -1).astype(np.float64)
    cosine, sine = np.cos(flat), np.sin(flat)
    x, y = np.full((len(flat), len(sites)), model.B), np.zeros((len(flat), len(sites)))
    for k in range(bonds.neighbour.shape[1]):
        weight = model.J * bonds.strength[sites, k] * (1 - 2 * (bonds.turns[sites, k] & 1))
        x += weight * cosine[:, bonds.neighbour[sites, k]]
        y += weight * sine[:, bonds.neighbour[sites, k]]
    energies = -(x * cosine[:, sites] + y * sine[:, sites]).sum(1)
    return RotorEnvironments(energies, np.hypot(x, y))
