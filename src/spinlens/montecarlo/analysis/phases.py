"""Two phases that no simulation connects: their densities of states, joined where the weights of both are known.

At a transition of first order a large lattice stays in the phase in which it started. Energies between the phases are
then never seen, and histograms alone do not tell how much one phase weighs beside the other.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from spinlens.errors import InputError
from spinlens.montecarlo.analysis.reweighting import density_of_states_from
from spinlens.physics.order import first_order_transition, known_transition
from spinlens.physics.spaces import index_states
from spinlens.physics.systems import System

Array = NDArray[np.float64]
SEEN = 0.004  # share of the measurements that lies between the phases where they are connected


def join_densities(system: System, levels: Array, index: NDArray[np.int64], temperature: Array) -> Array:
    """`density_of_states_from`, with both phases joined by their exact weights where the transition is of first order.

    At T_c of a torus each of the k ordered phases weighs as much as the disordered one, but for corrections that fall
    exponentially with the side (Borgs, Kotecky and Miracle-Sole, J. Stat. Phys. 62, 529 (1991)). Each side of T_c gives
    the density of its phase; densities of different states add up. Raises InputError where the phases are not
    connected and their weights are not known.
    """
    middle = separation(system, levels, index, temperature)
    if middle is None:
        return density_of_states_from(levels, index, temperature)
    count, parts = count_phases(system), []
    for side in (temperature < middle, temperature >= middle):
        part = density_of_states_from(levels, index[:, side], temperature[side])
        parts.append(part - logsumexp(part - (levels - levels[0]) / middle))
    return np.logaddexp(parts[0] + np.log(count), parts[1])


def separation(system: System, levels: Array, index: NDArray[np.int64], temperature: Array) -> float | None:
    """T_c where it separates two phases that the measurements do not connect, else None."""
    known = first_order_transition(system)
    if known is None:
        return None
    t = known.temperature
    below, above = temperature[temperature < t], temperature[temperature >= t]
    if not (below.size and above.size):
        return None
    low, high = (levels[index[:, temperature == edge]].mean() for edge in (below.max(), above.min()))
    third = (high - low) / 3
    between = (levels > low + third) & (levels < high - third)
    return None if between[index].mean() >= SEEN else t


def count_phases(system: System) -> int:
    """How many ordered phases have the same weight at T_c. Raises InputError where edges prefer one of them."""
    edges, space = system.boundary, system.model.space
    known = known_transition(system)
    exact = known is not None and known.source == "exact"
    if not exact or edges.vertical.seam != 1 or edges.horizontal.seam != 1:
        m, n = system.lattice.shape
        expected = "small enough for simulations to pass between its two phases, or a torus whose T_c is exact"
        raise InputError("size", f"{m} x {n} of {system.name}", expected, "p(E | T) is not known here")
    return len(set(space.maps[:, index_states(space, np.array(space.poles[0]))].tolist()))
