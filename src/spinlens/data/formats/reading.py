"""How users' files are to be read where the files themselves do not say."""

import math
import re
from dataclasses import dataclass

from spinlens.errors import InputError

MAX_NAME = 1000
Colour = tuple[int, int, int, int]  # red, green, blue, opacity


@dataclass(frozen=True)
class Reading:
    """What `read_snapshots` is told about the files of a call.

    Pictures
    up: which of a picture's two colours stands for spin up: "darker" (as in Kara et al. 2021), "lighter", or a colour
        such as "#440154", "#440154ff" (with its opacity), "white" or "transparent".
    threshold: None for pictures of exactly two colours. A grey level between 0 and 255, or "auto" (Otsu, IEEE Trans.
        SMC 9, 62 (1979)), reads pictures of any colours, each site by the mean grey of its middle.
    crop: (left, top, right, bottom), the pixels that hold the lattice, counted from the upper left corner.

    Arrays
    values: (down, up), the two numbers in arrays and JSON files.
    array, temperature_array: their names in .npz and .h5 files.
    flat: each snapshot is one row of m * n values, row by row of the lattice.

    Raises InputError for anything else.
    """

    up: str = "darker"
    threshold: float | str | None = None
    crop: tuple[int, int, int, int] | None = None
    values: tuple[float, float] = (-1, 1)
    array: str = "spins"
    temperature_array: str = "temperature"
    flat: bool = False

    def __post_init__(self) -> None:
        if self.up not in ("darker", "lighter"):
            parse_colour(self.up)
        level = self.threshold
        number = isinstance(level, (int, float)) and not isinstance(level, bool) and 0 < level < 255
        if level not in (None, "auto") and not number:
            raise InputError("threshold", level, "auto or a grey level between 0 and 255")
        if self.crop is not None:
            whole = len(self.crop) == 4 and all(type(edge) is int and 0 <= edge < 2**31 for edge in self.crop)
            if not whole or not (self.crop[0] < self.crop[2] and self.crop[1] < self.crop[3]):
                expected = (
                    "left, top, right, bottom in pixels from the upper left corner, left < right and top < bottom"
                )
                raise InputError("crop", self.crop, expected)
        if len(self.values) != 2 or not all(map(math.isfinite, self.values)) or self.values[0] == self.values[1]:
            raise InputError("values", self.values, "two different numbers, for spin down and spin up")
        for field in ("array", "temperature_array"):
            if not 0 < len(getattr(self, field)) <= MAX_NAME:
                raise InputError(field, getattr(self, field), "the name of an array")


def parse_colour(text: str) -> Colour:
    """(red, green, blue, opacity), 0 to 255 each. Raises InputError for anything but a colour."""
    from PIL import ImageColor

    if text == "transparent":
        return 0, 0, 0, 0
    try:
        red, green, blue, *opacity = ImageColor.getrgb(text)
    except ValueError:
        hint = f"did you mean #{text}?" if re.fullmatch("(?:[0-9a-fA-F]{3,4}){1,2}", text) else ""
        raise InputError("up", text, "darker, lighter, or a colour such as #440154 or transparent", hint) from None
    return red, green, blue, opacity[0] if opacity else 255
