"""How a system orders: magnetization, order parameter, and where relaxation is fast."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.physics.models.protocol import Transition, has_field
from spinlens.physics.spaces import to_vectors
from spinlens.physics.states import is_continuous, pole_vector
from spinlens.physics.systems import CHUNK_SITES, System, find_system, flat_spins


def magnetization(system: System | str, spins: ArrayLike) -> NDArray[np.float64]:
    """Mean of each snapshot along the + pole of its space; for Ising and Blume-Capel the mean spin.

    For Potts (q n - 1) / (q - 1), n the share of colour 0. system and spins (..., m, n) as in `energy`. Returns (...).
    Raises InputError as `energy` does.
    """
    system = find_system(system, spins)
    space = system.model.space
    if is_continuous(space):
        sums = _sum_vectors(system, flat_spins(system, spins))
        return (sums @ pole_vector(space) / system.lattice.sites).reshape(np.shape(spins)[:-2])
    along = space.vectors @ pole_vector(space)
    counts = _count_states(system, flat_spins(system, spins))
    return (counts @ along / system.lattice.sites).reshape(np.shape(spins)[:-2])


def order_parameter(system: System | str, spins: ArrayLike) -> NDArray[np.float64]:
    """Length |m| of the mean vector of each snapshot, of the staggered one where the order is a checkerboard.

    system and spins (..., m, n) as in `energy`. Returns (...). Raises InputError as `energy` does.
    """
    system = find_system(system, spins)
    flat = flat_spins(system, spins)
    if system.staggered:
        odd = system.lattice.odd.ravel()
        sums = _sum_vectors(system, flat[:, ~odd]) - _sum_vectors(system, flat[:, odd])
    else:
        sums = _sum_vectors(system, flat)
    return np.linalg.norm(sums / system.lattice.sites, axis=-1).reshape(np.shape(spins)[:-2])


def _sum_vectors(system: System, flat: NDArray[Any]) -> NDArray[np.float64]:
    """(n, d): the sums of the vectors of sites (n, sites)."""
    space = system.model.space
    if not is_continuous(space):
        return np.asarray(_count_states(system, flat) @ space.vectors)
    step = max(CHUNK_SITES // max(flat.shape[1], 1), 1)
    parts = [to_vectors(space, flat[first : first + step]).sum(1) for first in range(0, len(flat), step)]
    return np.concatenate([np.empty((0, 2)), *parts])


def _count_states(system: System, flat: NDArray[Any]) -> NDArray[np.float64]:
    """(n, k): how many of the sites (n, sites) hold each state."""
    states = system.model.space.states
    counts = np.stack([np.count_nonzero(flat == state, axis=1) for state in states[:-1]], 1).astype(np.float64)
    return np.concatenate([counts, flat.shape[1] - counts.sum(1, keepdims=True)], 1)


def known_transition(system: System) -> Transition | None:
    """Where the infinite lattice orders without a field; None where that is not known, as with disorder or masks."""
    return None if system.is_disordered or system.masks is not None else system.model.transition


def energy_unit(system: System) -> float:
    """What bonds cost, as a temperature: |J| times the root mean square of the factors of the bonds that there are."""
    strength = system.bonds.strength[system.bonds.strength != 0]
    return system.model.scale * (float(np.sqrt((strength**2).mean())) if strength.size else 1.0)


def first_order_transition(system: System) -> Transition | None:
    """The transition where it is known to be of first order, so that two phases exist there; else None."""
    known = known_transition(system)
    return known if known is not None and known.kind == "first order" else None


def relaxes_fast(system: System) -> bool:
    """Whether cluster sweeps alone forget any start: an unfrustrated torus without a field."""
    edges, (m, n) = system.boundary, system.lattice.shape
    straight = edges.vertical.shift == edges.horizontal.shift == 0
    bipartite = not system.staggered or (m % 2 == 0 and n % 2 == 0 and straight)
    if system.is_frustrated or system.masks is not None:
        return False
    return edges.vertical.seam == edges.horizontal.seam == 1 and not has_field(system.model) and bipartite
