"""What a network sees of spins."""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.render import to_image
from spinlens.physics.systems import DOWN, LEFT, RIGHT, UP, System


def spin_channels(system: System, spins: NDArray[Any]) -> NDArray[np.float32]:
    """(count, m, n) to (count, 3, m, n): the spin (+-1), its broken bonds right and down (2, else 0).

    A bond is broken where it costs energy, seen across the system's own boundary; a missing bond is not broken.
    """
    neighbour, sign = system.bonds
    flat = spins.reshape(len(spins), -1)
    wanted = sign * np.int8(np.sign(system.model.J))
    broken = [2 * (flat * flat[:, neighbour[:, d]] * wanted[:, d] < 0) for d in (RIGHT, DOWN)]
    return np.stack([flat, *broken], 1).reshape(len(spins), 3, *system.lattice.shape).astype(np.float32)


def surrounded_spins(system: System, spins: NDArray[Any]) -> NDArray[np.float32]:
    """(count, m, n) to (count, 1, m + 2, n + 2): the spins, and around them what the sites at the edges see there.

    That is the spin across the seam, negated where the boundary says so, and 0 where there is no bond.
    """
    site, sign = _surroundings(system)
    return (spins.reshape(len(spins), -1)[:, site] * sign).astype(np.float32)[:, None]


@lru_cache(maxsize=16)
def _surroundings(system: System) -> tuple[NDArray[np.int64], NDArray[np.int8]]:
    """(site, sign), (m + 2, n + 2) each."""
    neighbour, sign = system.bonds
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
