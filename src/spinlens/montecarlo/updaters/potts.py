"""Metropolis of the Potts model in bit planes."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.kernels.potts import DRAWS, sweep_few, sweep_many
from spinlens.montecarlo.kernels.simd import WORD
from spinlens.montecarlo.updaters.planes import Coding, update_planes
from spinlens.physics.models.potts import Potts
from spinlens.physics.systems import System

FEWEST, FEW, MANY = 3, 4, 15  # colours: in order Metropolis is not ergodic for two; two planes; four planes


def is_potts(system: System) -> bool:
    """Whether `update_potts` serves the system."""
    return isinstance(system.model, Potts) and FEWEST <= system.model.q <= MANY


def update_potts(
    system: System, spins: NDArray[np.int8], temperature: NDArray[np.float64], sweeps: int, rng: np.random.Generator
) -> None:
    """Metropolis, site after site, on any boundary; 3 to 15 colours. In place; spins (count, sites).

    1. A colour is proposed: with 3 or 4 colours another one, each alike. With more, that of a neighbour drawn at
       random, where the site has another; where it has the same, or J < 0, any colour.
    2. It is taken with probability min(1, R exp(-change / T)), where R is the probability to propose the reverse over
       that of the proposal.

    Metropolis et al., J. Chem. Phys. 21, 1087 (1953); R: Hastings, Biometrika 57, 97 (1970). Raises InputError for
    another model, else as `checks.check_batch`.
    """
    model = system.model
    if not isinstance(model, Potts) or not is_potts(system):
        raise InputError("system (model)", str(model), f"Potts with {FEWEST} to {MANY} colours")
    if model.q <= FEW:
        options = model.q == FEW, model.J < 0, np.uint32(system.lattice.sites)
        few = _coding(2, model.q), sweep_few, partial(_accept_few, model), *options
        update_planes(system, spins, temperature, sweeps, rng, *few)
    else:
        near = WORD(np.iinfo(WORD).max if model.J > 0 else 0)
        many = _coding(4, model.q), sweep_many, partial(_accept_many, model), model.q, near
        update_planes(system, spins, temperature, sweeps, rng, *many)


def _coding(planes: int, colours: int) -> Coding:
    """Colours as binary numbers; a missing bond is the largest one."""

    def join(parts: list[NDArray[np.uint8]]) -> NDArray[np.int8]:
        colours = parts.pop()
        for part in reversed(parts):
            colours += colours
            colours += part
        return colours.view(np.int8)

    gap = (1 << planes) - 1
    return Coding(planes, np.arange(colours), gap, lambda spins: [spins & (1 << k) for k in range(planes)], join)


def _log_weight(energy: NDArray[np.float64], lanes: NDArray[np.float64]) -> NDArray[np.float64]:
    """-energy / T, 0 for no energy at T = 0 too."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return np.where(energy == 0, 0.0, -energy / lanes)


def _accept_few(model: Potts, lanes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, LANES): for costs of 4, 1, 2 and 3 bonds."""
    return np.exp(_log_weight(model.scale * np.array([[4.0], [1.0], [2.0], [3.0]]), lanes))


def _accept_many(model: Potts, lanes: NDArray[np.float64]) -> NDArray[np.float64]:
    """(18, LANES): for neighbours lost - 4 to + 4, a neighbour's colour and then a uniform one."""
    log_weight = _log_weight(model.J * np.arange(-4.0, 5.0)[:, None], lanes)
    numbers = 8 if model.q <= 8 else 16
    drawn = 1 - (1 - model.q / numbers) ** DRAWS  # probability that a uniform colour is found
    log_ratio = np.log(model.q / drawn) if model.J > 0 else 0.0  # of proposing a neighbour's colour, and back
    levels = np.concatenate([log_weight - log_ratio, log_weight + log_ratio])
    return np.exp(np.minimum(levels, 0.0))
