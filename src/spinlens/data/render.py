"""From spins to pictures and back, and to the channels that a network sees."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.formats.colours import DOWN_COLOUR, UP_COLOUR, decide_up
from spinlens.data.formats.pictures import Picture, open_picture, read_picture
from spinlens.data.formats.reading import Reading
from spinlens.physics.systems import System


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
