"""What a network sees of spins."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.render import to_image
from spinlens.physics.spaces import index_states
from spinlens.physics.systems import DOWN, LEFT, RIGHT, UP, System, pair_table


def spin_channels(system: System, spins: NDArray[Any]) -> NDArray[np.float32]:
    """(count, m, n) to (count, d + 2, m, n): the vector of each state, then what its bonds right and down cost.

    That is the energy of the bond above the least one, in |J|, seen across the system's own boundary; 0 for a missing
    bond. Of Ising spins: the spin (+-1), and 2 where a bond is broken.
    """
    model, flat = system.model, spins.reshape(len(spins), -1)
    vectors = model.space.vectors[index_states(model.space, flat)]
    least, costs = pair_table(model).min(), []
    for states, seen, strength in system.forward_bonds(flat):
        costs.append((model.pair_energy(states, seen) - least) / model.scale * strength)
    channels = np.stack([*np.moveaxis(vectors, -1, 0), *costs], 1)
    return channels.reshape(len(spins), -1, *system.lattice.shape).astype(np.float32)


def surrounded_spins(system: System, spins: NDArray[Any]) -> NDArray[np.float32]:
    """(count, m, n) to (count, 1, m + 2, n + 2): the spins, and around them what the sites at the edges see there.

    That is the spin across the seam, negated where the boundary says so, and 0 where there is no bond.
    """
    site, sign = _surroundings(system)
    return (spins.reshape(len(spins), -1)[:, site] * sign).astype(np.float32)[:, None]


@lru_cache(maxsize=16)
def _surroundings(system: System) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """(site, sign), (m + 2, n + 2) each."""
    neighbour, sign = system.bonds.neighbour, system.bonds.sign
    site = np.arange(system.lattice.sites).reshape(system.lattice.shape)
    seen = np.ones_like(site, np.int8)
    for axis, (before, after) in enumerate(((UP, DOWN), (LEFT, RIGHT))):
        first, last = (np.take(site, [k], axis) for k in (0, -1))
        signs = [np.take(seen, [k], axis) for k in (0, -1)]
        site = np.concatenate([neighbour[first, before], site, neighbour[last, after]], axis)
        seen = np.concatenate([signs[0] * sign[first, before], seen, signs[1] * sign[last, after]], axis)
    return site, seen


def picture_channels(
    spins: NDArray[Any], pixels: int, mean: tuple[float, ...] = (0.5,) * 3, std: tuple[float, ...] = (0.5,) * 3
) -> NDArray[np.float32]:
    """(count, m, n) to (count, 3, pixels, pixels): viridis colours resized bilinearly, (colour - mean) / std.

    Colours run from 0 to 1; mean and std, one a channel, are those that the checkpoint was trained with.

    What checkpoints trained on photographs expect; the paper's rendering. Small scales smear neighbouring spins.
    """
    pictures = [
        np.asarray(to_image(s).convert("RGB").resize((pixels, pixels), Image.Resampling.BILINEAR)) for s in spins
    ]
    colours = np.stack(pictures).astype(np.float32) / 255
    scaled = (colours - np.array(mean, np.float32)) / np.array(std, np.float32)
    return scaled.transpose(0, 3, 1, 2).astype(np.float32)
