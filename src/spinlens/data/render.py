"""From spins to pictures and back, and to the channels that a network sees."""

import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.colours import DOWN_COLOUR, UP_COLOUR, decide_up
from spinlens.data.pictures import Picture, open_picture, read_picture
from spinlens.data.reading import Reading
from spinlens.physics.systems import DOWN, LEFT, RIGHT, UP, System


def to_image(spins: NDArray[np.int8], scale: int = 1) -> Image.Image:
    """A two-colour palette image of spins (m, n), index 1 for up, `scale` pixels a spin."""
    index = np.kron((spins > 0).astype(np.uint8), np.ones((scale, scale), np.uint8))
    image = Image.fromarray(index, mode=None)
    image = image.convert("P")
    image.putpalette([*DOWN_COLOUR, *UP_COLOUR])
    return image


def to_png(spins: NDArray[np.int8]) -> bytes:
    """The bytes of a 1-bit PNG of spins (m, n)."""
    buffer = io.BytesIO()
    to_image(spins).save(buffer, "PNG", bits=1, optimize=False)
    return buffer.getvalue()


def from_image(image: Image.Image, system: System, source: str = "image") -> NDArray[np.int8]:
    """The spins (m, n) of a two-colour image, the darker colour up; several pixels a spin are allowed.

    Raises InputError as `open_picture` and `decide_up`; `read_snapshots` takes other rules too.
    """
    return _decided(open_picture(image, system, Reading(), source))


def from_png(data: bytes, system: System, source: str = "image") -> NDArray[np.int8]:
    """The spins of an image file's bytes, as `from_image`. Raises InputError where they are no image."""
    return _decided(read_picture(data, system, Reading(), source))


def _decided(picture: Picture) -> NDArray[np.int8]:
    (spins,), _ = decide_up([picture], Reading())
    return spins


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
