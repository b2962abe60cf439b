"""Pictures of sites with more than two states: every pixel has one of the colours that spinlens draws with."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.formats.colours import name_colour
from spinlens.data.formats.pictures import open_pixels, with_image
from spinlens.data.formats.reading import Reading
from spinlens.data.palettes import palette
from spinlens.errors import InputError
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System


def refuse_pictures(system: System, source: str) -> None:
    """Raises InputError where states are angles, which no picture holds."""
    if is_continuous(system.model.space):
        hint = "give angles in radians as float arrays (.npz, .npy, .h5)"
        raise InputError(source, "a picture", f"an array of angles for {system.name}, as colours are too few", hint)


def read_states(data: bytes, system: System, reading: Reading, source: str) -> NDArray[np.int8]:
    """The states (m, n) in an image file's bytes. Raises InputError as `open_states` and for damaged files."""
    return with_image(data, source, lambda image: open_states(image, system, reading, source))


def open_states(image: Image.Image, system: System, reading: Reading, source: str) -> NDArray[np.int8]:
    """The states (m, n) of a PIL image, whole blocks of pixels a site, in the colours of `palette`.

    Raises InputError for other colours: which state they stand for is not guessed.
    """
    for field in ("up", "threshold"):
        if getattr(reading, field) != getattr(Reading(), field):
            expected = f"left out: pictures of {len(system.model.space.states)} states have a colour for each"
            raise InputError(field, getattr(reading, field), expected)
    pixels = open_pixels(image, system, reading, source)
    scale = len(pixels) // system.lattice.rows
    small, colours = pixels[::scale, ::scale], np.array([(*rgb, 255) for rgb in palette(system.model.space)], np.uint8)
    if not (small.repeat(scale, 0).repeat(scale, 1) == pixels).all():
        expected = "an image whose sites are whole blocks of pixels"
        raise InputError(source, f"{scale} pixels a site", expected, "--size sets another lattice")
    same = (small[:, :, None] == colours).all(-1)
    if not same.any(-1).all():
        red, green, blue, opacity = small[~same.any(-1)][0].tolist()
        known = ", ".join("#" + bytes(colour[:3]).hex() for colour in colours)
        given = f"the colour {name_colour((red, green, blue, opacity))}"
        raise InputError(source, given, f"an image in the colours of its states, {known}")
    return system.model.space.states[same.argmax(-1)]
