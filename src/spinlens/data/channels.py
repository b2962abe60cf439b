"""What a network sees of spins."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.render import to_image
from spinlens.physics.spaces import to_vectors
from spinlens.physics.systems import DOWN, LEFT, RIGHT, UP, System, pair_table


def spin_channels(system: System, spins: NDArray[Any]) -> NDArray[np.float32]:
    """(count, m, n) to (count, d + 2, m, n): the vector of each state, then what its bonds right and down cost.

    That is the energy of the bond above the least one, in |J|, seen across the system's own boundary; 0 for a missing
    bond. Of Ising spins: the spin (+-1), and 2 where a bond is broken.
    """
    model, flat = system.model, spins.reshape(len(spins), -1)
    vectors = to_vectors(model.space, flat)
    pairs, costs = pair_table(model), []
    for states, seen, strength in system.forward_bonds(flat):
        least = np.minimum(strength * pairs.min(), strength * pairs.max())
        costs.append((model.pair_energy(states, seen) * strength - least) / model.scale)
    channels = np.stack([*np.moveaxis(vectors, -1, 0), *costs], 1)
    return channels.reshape(len(spins), -1, *system.lattice.shape).astype(np.float32)


def bare_spins(system: System, spins: NDArray[Any]) -> NDArray[np.float32]:
    """(count, m, n) to (count, d, m, n): the vector of each state, and nothing of its neighbours."""
    return _first(to_vectors(system.model.space, spins))


def surrounded_spins(system: System, spins: NDArray[Any]) -> NDArray[np.float32]:
    """(count, m, n) to (count, d, m + 2, n + 2): the vectors, and around them what the sites at the edges see there.

    That is the state across the seam, twisted where the boundary says so, and 0 where there is no bond.
    """
    space, (site, turns, there) = system.model.space, _surroundings(system)
    states = spins.reshape(len(spins), -1)[:, site]
    if turns.any():
        states = space.across(states, turns)
    return _first(to_vectors(space, states) * there[..., None])


def _first(vectors: NDArray[np.float64]) -> NDArray[np.float32]:
    """The components of vectors (count, m, n, d) as channels (count, d, m, n)."""
    return np.ascontiguousarray(np.moveaxis(vectors, -1, 1), np.float32)


@lru_cache(maxsize=16)
def _surroundings(system: System) -> tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.bool_]]:
    """(site, turns on the way, whether a bond leads there), (m + 2, n + 2) each."""
    bonds = system.bonds
    site = np.arange(system.lattice.sites).reshape(system.lattice.shape)
    turns, there = np.zeros_like(site, np.int8), np.ones_like(site, np.bool_)
    for axis, (before, after) in enumerate(((UP, DOWN), (LEFT, RIGHT))):
        ends = [(np.take(site, [k], axis), [k], way) for k, way in ((0, before), (-1, after))]
        seen = [bonds.neighbour[edge, way] for edge, _, way in ends]
        turned = [np.take(turns, k, axis) + bonds.turns[edge, way] for edge, k, way in ends]
        joined = [np.take(there, k, axis) & (bonds.strength[edge, way] != 0) for edge, k, way in ends]
        site = np.concatenate([seen[0], site, seen[1]], axis)
        turns = np.concatenate([turned[0], turns, turned[1]], axis)
        there = np.concatenate([joined[0], there, joined[1]], axis)
    return site, turns, there


def picture_channels(
    system: System,
    spins: NDArray[Any],
    pixels: int,
    mean: tuple[float, ...] = (0.5,) * 3,
    std: tuple[float, ...] = (0.5,) * 3,
) -> NDArray[np.float32]:
    """(count, m, n) to (count, 3, pixels, pixels): viridis colours resized bilinearly, (colour - mean) / std.

    Colours run from 0 to 1; mean and std, one a channel, are those that the checkpoint was trained with.

    What checkpoints trained on photographs expect; the paper's rendering. Small scales smear neighbouring spins.
    """
    pictures = [
        np.asarray(to_image(system.model.space, s).convert("RGB").resize((pixels, pixels), Image.Resampling.BILINEAR))
        for s in spins
    ]
    colours = np.stack(pictures).astype(np.float32) / 255
    scaled = (colours - np.array(mean, np.float32)) / np.array(std, np.float32)
    return scaled.transpose(0, 3, 1, 2).astype(np.float32)
