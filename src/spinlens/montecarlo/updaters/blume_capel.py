"""Heat bath of the Blume-Capel model in bit planes."""

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.kernels.blume_capel import sweep_in_field, sweep_without_field
from spinlens.montecarlo.kernels.simd import WORD
from spinlens.montecarlo.updaters.planes import Coding, update_planes
from spinlens.physics.boltzmann import divide
from spinlens.physics.models.blume_capel import BlumeCapel
from spinlens.physics.systems import System


def _join(parts: list[NDArray[np.uint8]]) -> NDArray[np.int8]:
    some, up = (part.view(np.int8) for part in parts)
    up += up
    up -= 1
    up *= some
    return up


CODING = Coding(2, np.array([1, 0, 3]), 0, lambda spins: [spins != 0, spins > 0], _join)  # -1, 0, +1: not 0, up


def is_blume_capel(system: System) -> bool:
    """Whether `update_blume_capel` serves the system."""
    return isinstance(system.model, BlumeCapel)


def update_blume_capel(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Heat bath, site after site, on any boundary and in any field. In place; spins (count, sites).

    1. The sum of the four neighbours gives the probabilities of -1, 0 and +1.
    2. One random number decides between them.

    Raises InputError for another model, else as `checks.check_batch`.
    """
    model = system.model
    if not isinstance(model, BlumeCapel):
        raise InputError("system (model)", str(model), "BlumeCapel")
    kernel, least = (sweep_in_field, -4) if model.B else (sweep_without_field, 0)
    pull = model.scale * np.arange(least, 5)[:, None, None] + model.B
    states = np.array([-1, 0, 1])[:, None]
    energies = model.D * states**2 - pull * states  # (sums, states, 1)

    def thresholds(lanes: NDArray[np.float64]) -> NDArray[np.float64]:
        """(2 * sums, LANES): probability of -1, and of -1 or 0."""
        weights = np.exp(-divide(energies - energies.min(1, keepdims=True), lanes))
        return np.concatenate(np.moveaxis(np.cumsum(weights, 1)[:, :2] / weights.sum(1, keepdims=True), 1, 0))

    turned = WORD(np.iinfo(WORD).max if model.J < 0 else 0)
    update_planes(system, spins, temperature, sweeps, rng, CODING, kernel, thresholds, turned)
