"""Does an image occur twice where chance makes no two alike?"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import entr

from spinlens.data.checks.findings import LEVEL, Finding
from spinlens.data.recipe import Recipe
from spinlens.physics.control import TEMPERATURE, Control
from spinlens.physics.exact.density import density_of_states, is_solved
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.spaces import index_states
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import DOWN, RIGHT, System, pair_table

MEAN_FIELDS = 65  # magnetizations among which the best bound is taken


def copies(
    recipe: Recipe,
    digest: NDArray[Any],
    energies: NDArray[np.float64],
    values: NDArray[np.float64],
    statistic: NDArray[np.float64],
) -> Finding:
    """No image occurs twice where that is impossible by chance, known for images that are independent at equilibrium.

    digest (images,): equal for equal images. energies, values of the control variable, statistic: (images,).
    """
    repeated = len(digest) - len(np.unique(digest))
    quantum = is_quantum(recipe.system.system().model)
    if recipe.protocol != "equilibrium" or quantum:
        return Finding("copies", None, f"{repeated} images are copies of an earlier image (no limit is known)")
    if is_continuous(recipe.system.system().model.space):  # real numbers do not repeat
        return Finding("copies", repeated == 0, f"{repeated} of {len(digest)} images are copies of an earlier image")
    control = recipe.control()
    if control.name == TEMPERATURE and is_solved(control.system):
        rare = _rare_levels(control.system, energies)
    else:
        rare = _rare_states(control, energies, values, statistic)
    mine = digest[rare]
    copied = len(mine) - len(np.unique(mine))
    detail = f"{copied} of {len(mine)} images are copies of an earlier image, among energies where chance makes none"
    return Finding("copies", copied == 0, detail)


def _rare_levels(system: System, energies: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(images,): whether the image is among those of which any two are equal with a probability below LEVEL.

    Every state of one energy is equally probable, whatever the temperature, so n independent images of an energy with g
    states hold n (n - 1) / 2g equal pairs on average. Levels are taken from the rarest on while the sum of these stays
    below LEVEL.
    """
    levels, log_counts = density_of_states(system)
    at = np.clip(np.searchsorted(levels, energies - 1e-6 * system.model.scale), 0, len(levels) - 1)
    images = np.bincount(at, minlength=len(levels)).astype(np.float64)
    pairs = images * (images - 1) / 2 * np.exp(-log_counts)
    order = np.argsort(pairs)
    rare = np.zeros(len(levels), bool)
    rare[order[np.cumsum(pairs[order]) < LEVEL]] = True
    return rare[at]


def _rare_states(
    control: Control, energies: NDArray[np.float64], values: NDArray[np.float64], statistic: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """As `_rare_levels`, for systems without a known density of states, and for other variables than T.

    An image in state s is rare if of the others, at their values of the variable, fewer than LEVEL / images are in its
    state on average: sum exp(-A(s) - X(s) / c) / Z (`physics.control`), with Z bounded from below. Where the variable
    is T that is the sum of exp(-E / T) / Z(T).
    """
    each, images = np.unique(values, return_counts=True)
    pairs = np.stack([control.rest(energies, values, statistic), statistic], 1)
    (rest, levels), at = (found := np.unique(pairs, axis=0, return_inverse=True))[0].T, found[1].ravel()
    expected = np.zeros(len(levels))
    for group in control.groups(each):
        for value, t, count in zip(each[group.rows], group.temperature, images[group.rows], strict=True):
            c = max(float(control.conjugate(np.array([value]))[0]), 1e-300)
            log_z = log_partition_bound(group.system, float(t))
            expected += count * np.exp(np.minimum(-rest - levels / c - log_z, 0))
    return (expected < LEVEL / len(energies))[at]


def log_partition_bound(system: System, temperature: float) -> float:
    """A lower bound of ln Z(T): S(m) - E(m) / T of independent free sites.

    Each is in its state of the ground pattern with the probability m and else in any state alike; the best of
    MEAN_FIELDS m from 0 to 1 (Gibbs, Bogoliubov and Feynman: no distribution has a lower free energy than Boltzmann's).
    """
    mean_energy, entropy = _mean_fields(system)
    return float((entropy - mean_energy / max(temperature, 1e-300)).max())


@lru_cache(maxsize=4)
def _mean_fields(system: System) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(E(m), S(m)) for MEAN_FIELDS m from 0 to 1: the same for all temperatures."""
    space, held = system.model.space, system.held.ravel()
    pairs, sites = pair_table(system.model), system.model.site_energy(space.states)
    bonds, count = system.bonds, len(space.states)
    m = np.linspace(0, 1, MEAN_FIELDS)[:, None]
    sure = np.where(held, 1.0, m)  # (MEAN_FIELDS, sites): whether a site is in its own state, not in any alike
    own = system.ground_pattern.reshape(1, -1)
    at = index_states(space, own[0])
    mean_energy = (sure * sites[at] + (1 - sure) * sites.mean()).sum(-1)
    for way, (_, seen, strength) in zip((RIGHT, DOWN), system.forward_bonds(own), strict=True):
        to, there = index_states(space, seen[0]), sure[:, bonds.neighbour[:, way]]
        bond = sure * there * pairs[at, to] + (1 - sure) * (1 - there) * pairs.mean()
        bond += sure * (1 - there) * pairs.mean(1)[at] + (1 - sure) * there * pairs.mean(0)[to]
        mean_energy += (bond * strength).sum(-1)
    rest = (1 - m[:, 0]) / count
    entropy = entr(rest + m[:, 0]) + (count - 1) * entr(rest)
    return mean_energy, system.free_sites.size * entropy
