"""Masks in files: fields on chosen sites, and sites held fixed. What a value means is fixed, nothing is guessed.

Arrays (.npy; .npz with an array `fields` or `held`) and tables (.csv, a line a row of the lattice): numbers. Of fields
the field of each site; of held sites the state, NaN (in a table also an empty cell) where a site moves. Pictures, in
three colours, whole blocks of pixels a site: white, no field or a site that moves; black, a field along the + pole or a
site held in it; red (#ff0000), the - pole.
"""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.arrays import NUMPY, open_arrays
from spinlens.data.formats.colours import name_colour
from spinlens.data.formats.pictures import IMAGES, JPEG, open_pixels, with_image
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.regular import read_regular
from spinlens.errors import InputError
from spinlens.physics.models.protocol import check_finite
from spinlens.physics.systems import System

WHITE, BLACK, RED = (255, 255, 255, 255), (0, 0, 0, 255), (255, 0, 0, 255)
KINDS = ".npy, .npz, .csv or a picture such as .png"
MAX_TEXT = 2**28  # bytes of a table


def read_fields(path: Path, system: System, strength: float = 1.0) -> NDArray[np.float64]:
    """(rows, columns): `strength` times the numbers of a file, or times +1, -1 and 0 for black, red and white.

    Raises InputError for what is no mask of the system's lattice.
    """
    values = _read(path, system, "fields", 1.0, -1.0, 0.0)
    if not np.isfinite(values).all():
        raise InputError(str(path), "NaN or infinity", "finite fields, 0 where there is none")
    return values * check_finite("field_strength", strength)


def read_held(path: Path, system: System) -> NDArray[np.float64]:
    """(rows, columns): the state of every held site, NaN where a site moves. Raises InputError as `read_fields`."""
    plus, minus = map(float, system.model.space.poles)
    values, states = _read(path, system, "held", plus, minus, np.nan), system.model.space.states
    strange = ~np.isnan(values) & ~np.isin(values, states)
    if strange.any():
        hint = "NaN, in a table an empty cell, stands for a site that moves"
        raise InputError(str(path), float(values[strange][0]), f"states among {states.tolist()}", hint)
    return values


def _read(path: Path, system: System, name: str, black: float, red: float, white: float) -> NDArray[np.float64]:
    suffix = path.suffix.lower()
    if suffix in NUMPY:
        values = _from_arrays(path, name)
    elif suffix == ".csv":
        values = _from_table(path)
    elif suffix in IMAGES and suffix not in JPEG:
        return _from_picture(path, system, {BLACK: black, RED: red, WHITE: white})
    else:
        raise InputError(name, str(path), f"a file {KINDS} by its ending")
    if values.shape != system.lattice.shape:
        raise InputError(f"{path} (shape)", values.shape, f"{system.lattice.shape}, that of the lattice")
    return values


def _from_arrays(path: Path, name: str) -> NDArray[np.float64]:
    with open_arrays(path) as (arrays, _):
        name = "" if path.suffix.lower() == ".npy" else name
        if name not in arrays:
            raise InputError(str(path), f"arrays {', '.join(arrays) or 'none'}", f"a file with an array {name}")
        stored = arrays[name]()
        if stored.dtype.kind not in "biuf" or len(stored.shape) != 2:
            raise InputError(f"{path} (array)", f"{stored.dtype} {stored.shape}", "numbers (rows, columns)")
        return stored.read(np.float64)


def _from_table(path: Path) -> NDArray[np.float64]:
    try:
        text = read_regular(path, MAX_TEXT).decode("utf-8-sig")
        rows = [row for row in csv.reader(io.StringIO(text), strict=True) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(path), f"unreadable ({error})", "a table of numbers, commas between") from None
    values = [[_number(cell, f"{path} line {k + 1}") for cell in row] for k, row in enumerate(rows)]
    widths = {len(row) for row in values}
    if len(widths) != 1:
        raise InputError(str(path), f"rows of {sorted(widths)[:4]} cells", "rows of one length")
    return np.array(values)


def _number(cell: str, source: str) -> float:
    try:
        return float(cell.strip() or "nan")
    except ValueError:
        raise InputError(source, cell, "a number, or an empty cell") from None


def _from_picture(path: Path, system: System, meaning: dict[tuple[int, ...], float]) -> NDArray[np.float64]:
    pixels: NDArray[Any] = with_image(
        read_regular(path), str(path), lambda image: open_pixels(image, system, Reading(), str(path))
    )
    scale = len(pixels) // system.lattice.rows
    small = pixels[::scale, ::scale]
    if not (small.repeat(scale, 0).repeat(scale, 1) == pixels).all():
        raise InputError(str(path), f"{scale} pixels a site", "a picture whose sites are whole blocks of pixels")
    values, known = np.zeros(system.lattice.shape), np.zeros(system.lattice.shape, bool)
    for colour, value in meaning.items():
        same = (small == np.array(colour, np.uint8)).all(-1)
        values[same], known[same] = value, True
    if not known.all():
        red, green, blue, opacity = small[~known][0].tolist()
        given = f"the colour {name_colour((red, green, blue, opacity))}"
        raise InputError(str(path), given, "a picture in white (none), black (+) and red #ff0000 (-)")
    return values
