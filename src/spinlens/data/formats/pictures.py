"""Pictures of spins: the two colours found before anything is reduced, or split by a grey level on request."""

import io
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.formats.reading import Colour, Reading
from spinlens.data.formats.threshold import Level, Separation, count_greys, find_level, split_greys
from spinlens.errors import InputError
from spinlens.physics.systems import System

JPEG = (".jpg", ".jpeg")
IMAGES = (".png", ".bmp", ".gif", ".tif", ".tiff", *JPEG)
FORMATS = ("PNG", "BMP", "GIF", "TIFF", "JPEG")  # no decoder that runs other programs
EIGHT_BITS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")  # other modes lose levels when they are converted
MAX_PIXELS = 2**25  # or one a spin, if that is more

Read = TypeVar("Read")


class FilmError(InputError):
    """An image file holds several frames."""


@dataclass(frozen=True)
class Picture:
    """A picture of a lattice: second (m, n), True where a site has the second of `colours`.

    colours: one or two; of a palette of two both, whether they occur or not. Of a picture split by a grey level, where
    second is the lighter side: none, but how well the sides are apart.
    """

    second: NDArray[np.bool_]
    colours: tuple[Colour, ...]
    source: str
    separation: Separation | None = None


def read_picture(data: bytes, system: System, reading: Reading, source: str, level: Level | None = None) -> Picture:
    """The picture in an image file's bytes.

    level: of all pictures that are read together, where "auto" is to find one; else it is that of the picture alone.
    Raises InputError for damaged files, films, more than 8 bits a colour, JPEG without a threshold, another size than
    the lattice's, and as `two_colours` and `split_greys`. Sizes are looked at before anything is decoded.
    """
    return with_image(data, source, lambda image: open_picture(image, system, reading, source, level))


def read_greys(data: bytes, system: System, reading: Reading, source: str) -> NDArray[np.int64]:
    """`count_greys` of the picture in an image file's bytes. Raises InputError as `read_picture`."""
    shape = system.lattice.shape
    return with_image(
        data, source, lambda image: count_greys(open_pixels(image, system, reading, source), shape, source)
    )


def with_image(data: bytes, source: str, use: Callable[[Image.Image], Read]) -> Read:
    """What `use` makes of an image file's bytes. Raises InputError for damaged files."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # `_check_size` refuses them
            image = Image.open(io.BytesIO(data), formats=FORMATS)
        with image:
            return use(image)
    except (InputError, MemoryError):
        raise
    except Exception as error:  # damaged files raise whatever the decoders do
        raise InputError(source, f"unreadable ({type(error).__name__})", "a whole image file") from None


def open_picture(
    image: Image.Image, system: System, reading: Reading, source: str, level: Level | None = None
) -> Picture:
    """The picture in a PIL image, as `read_picture`."""
    pixels, shape = open_pixels(image, system, reading, source), system.lattice.shape
    if reading.threshold is None:
        return Picture(*two_colours(pixels, system, _palette(image), source), source)
    if isinstance(reading.threshold, str):
        level = level or find_level(count_greys(pixels, shape, source), source)
    else:
        level = Level(float(reading.threshold))
    second, separation = split_greys(pixels, shape, level, source)
    return Picture(second, (), source, separation)


def open_pixels(image: Image.Image, system: System, reading: Reading, source: str) -> NDArray[np.uint8]:
    """RGBA (height, width, 4) after the crop. Raises InputError as `read_picture`, before anything is decoded."""
    if getattr(image, "n_frames", 1) != 1:
        raise FilmError(source, "several frames", "an image of one frame", "save its frames as pictures of their own")
    if image.mode not in EIGHT_BITS:
        raise InputError(source, f"mode {image.mode}", "an image of at most 8 bits a colour")
    if image.format == "JPEG" and reading.threshold is None:
        hint = "JPEG is lossy and blurs the spins; --threshold auto splits its greys"
        raise InputError(source, "JPEG", "a lossless image (.png, .bmp, .gif, .tif)", hint)
    _check_size(image, system, reading, source)
    return np.array((image if reading.crop is None else image.crop(reading.crop)).convert("RGBA"))


def _check_size(image: Image.Image, system: System, reading: Reading, source: str) -> None:
    """Raises InputError for a picture that cannot show the lattice, or is too large to decode."""
    m, n = system.lattice.shape
    if image.width * image.height > max(MAX_PIXELS, m * n):
        given = f"{image.width} x {image.height} pixels"
        raise InputError(source, given, f"an image of at most {max(MAX_PIXELS, m * n)} pixels")
    width, height, given = image.width, image.height, f"{image.width} x {image.height} pixels"
    if reading.crop is not None:
        left, top, right, bottom = reading.crop
        if right > width or bottom > height:
            raise InputError("crop", ",".join(map(str, reading.crop)), f"inside the {given} of {source}")
        width, height = right - left, bottom - top
        given = f"{width} x {height} pixels after the crop"
    hint = "--size sets another lattice, --crop cuts margins away"
    if reading.threshold is not None:
        if width < n or height < m or abs(width * m / (height * n) - 1) > 0.05:
            expected = f"an image of {n} x {m} pixels or more, in these proportions to 5 %, for size {m} x {n}"
            raise InputError(source, given, expected, hint)
        return
    scale = max(height // m, 1)
    if (width, height) != (n * scale, m * scale):
        expected = f"an image of {n} x {m} pixels or a multiple, for size {m} x {n}"
        raise InputError(source, given, expected, f"{hint}, --threshold takes other scales")


def _palette(image: Image.Image) -> tuple[Colour, ...]:
    """The two colours of a picture that can hold no others: two gray levels of one bit, or a palette of two."""
    if image.mode == "1":
        return (0, 0, 0, 255), (255, 255, 255, 255)
    if image.mode != "P" or "transparency" in image.info:
        return ()
    values: Any = image.getpalette() or []
    entries = {(*values[k : k + 3], 255) for k in range(0, len(values), 3)}
    return tuple(sorted(entries)) if len(entries) == 2 else ()


def two_colours(
    pixels: NDArray[np.uint8], system: System, palette: tuple[Colour, ...], source: str
) -> tuple[NDArray[np.bool_], tuple[Colour, ...]]:
    """(second (m, n), colours) of RGBA pixels (height, width, 4); a colour of no opacity is one, whatever lies below.

    Raises InputError for more than two colours, and for spins that are no whole blocks of pixels.
    """
    packed = np.ascontiguousarray(pixels).view(np.uint32)[..., 0]
    packed[pixels[..., 3] == 0] = 0
    m, n = system.lattice.shape
    scale = len(pixels) // m
    small = packed[::scale, ::scale]
    blocks = bool((small[:, None, :, None] == packed.reshape(m, scale, n, scale)).all())
    all_pixels = small if blocks else packed
    ends = all_pixels.min(), all_pixels.max()
    if not ((all_pixels == ends[0]) | (all_pixels == ends[1])).all():
        given = f"{len(np.unique(all_pixels))} colours"
        hint = "--threshold auto or a grey level splits them, --crop cuts margins away"
        raise InputError(source, given, "an image of two colours, one for each spin", hint)
    if not blocks:
        expected = "an image whose spins are whole blocks of pixels"
        raise InputError(source, f"{scale} pixels a spin", expected, "--size sets another lattice")
    found = list(dict.fromkeys(map(_unpack, ends)))
    colours = palette if len(found) == 1 and found[0] in palette else tuple(found)
    return small == np.array(colours[-1], np.uint8).view(np.uint32)[0], colours


def _unpack(value: np.uint32) -> Colour:
    red, green, blue, opacity = value.tobytes()
    return red, green, blue, opacity
