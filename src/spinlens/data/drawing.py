"""Pictures for people: a sheet of snapshots, a PNG file of each, a GIF of a run. Dark is spin up, as in the paper."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from spinlens.data.files import whole_folder, write_whole
from spinlens.data.palettes import palette, states_index
from spinlens.data.render import to_image
from spinlens.errors import InputError
from spinlens.montecarlo.film import Film
from spinlens.montecarlo.sample import Batch
from spinlens.physics.defined import lacks_vortices
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import System
from spinlens.physics.vortices import vorticity

VORTEX, ANTIVORTEX, PAPER, INK = 252, 253, 254, 255  # entries of the palette, beside those of the states
SIDE, GAP, LINE, LABEL = 128, 6, 20, 84  # pixels: a snapshot at least, between two, a line of text, beside a row
MAX_PIXELS = 1 << 26
FRAME_MS = 80


def check_sheet(system: System, temperatures: int, count: int) -> None:
    """Raise InputError where a sheet of so many snapshots would have more than MAX_PIXELS pixels."""
    rows, columns = (temperatures, count) if temperatures > 1 else _square(count)
    height, width = _extent(system, rows, columns)
    if height * width > MAX_PIXELS:
        hint = "write a folder of pictures or an .npz"
        raise InputError("out (pixels)", f"{width} x {height}", f"at most {MAX_PIXELS} pixels", hint)


def write_sheet(batch: Batch, path: Path) -> None:
    """One PNG of all snapshots: a row a temperature, ascending, or nearly a square where there is one temperature."""
    temperatures, counts = np.unique(batch.temperature, return_counts=True)
    order = np.argsort(batch.temperature, kind="stable")
    if len(temperatures) > 1:
        lines = np.split(order, np.cumsum(counts)[:-1])
    else:
        columns = _square(len(order))[1]
        lines = [order[first : first + columns] for first in range(0, len(order), columns)]
    scale = _scale(batch.system)
    page = np.full(_extent(batch.system, len(lines), max(map(len, lines))), PAPER, np.uint8)
    texts = {(2, 2): _title(batch.system)}
    high, wide = (side * scale for side in batch.system.lattice.shape)
    for row, line in enumerate(lines):
        y = LINE + row * (high + GAP)
        if row == 0 or len(temperatures) > 1:
            texts[2, y] = f"T = {batch.temperature[line[0]]:.5g}"
        for column, k in enumerate(line):
            x = LABEL + column * (wide + GAP)
            page[y : y + high, x : x + wide] = _pixels(batch.system, batch.spins[k], scale)
            mark_vortices(batch.system, batch.spins[k], page[y : y + high, x : x + wide], scale)
    image = _drawn(batch.system, page, texts)
    write_whole(path, lambda temporary: image.save(temporary, "PNG"))


def write_folder(batch: Batch, folder: Path) -> None:
    """A PNG file of every snapshot and metadata.csv: file_name, temperature, energy (total), magnetization (per site).

    `spinlens import`, `spinlens predict` and Hugging Face's "imagefolder" read it.
    """
    columns = (batch.temperature.tolist(), batch.energy.tolist(), batch.magnetization.tolist())
    rows = [(f"{k:06d}.png", *row) for k, row in enumerate(zip(*columns, strict=True))]
    with whole_folder(folder) as temporary:
        for spins, (name, *_) in zip(batch.spins, rows, strict=True):
            to_image(batch.system.model.space, spins, _scale(batch.system)).save(temporary / name, "PNG")
        with open(temporary / "metadata.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([("file_name", "temperature", "energy", "magnetization"), *rows])


def write_gif(film: Film, path: Path) -> None:
    """A GIF of the frames, each with its temperature and the sweeps so far."""
    scale = _scale(film.system)
    height, width = (side * scale for side in film.system.lattice.shape)
    frames, captions = [], [_caption(film, k) for k in range(len(film.spins))]
    wide = max(width, *(_wide(text) for text in (_title(film.system), *captions)))
    for spins, caption in zip(film.spins, captions, strict=True):
        page = np.full((height + 2 * LINE, wide), PAPER, np.uint8)
        page[2 * LINE :, :width] = _pixels(film.system, spins, scale)
        mark_vortices(film.system, spins, page[2 * LINE :, :width], scale)
        texts = {(2, 2): _title(film.system), (2, LINE): caption}
        frames.append(_drawn(film.system, page, texts))
    settings = {"save_all": True, "append_images": frames[1:], "duration": FRAME_MS, "loop": 0, "optimize": False}
    write_whole(path, lambda temporary: frames[0].save(temporary, "GIF", **settings))


def _caption(film: Film, frame: int) -> str:
    """Such as "T = 1.5, B = -0.2, sweep 30"."""
    values = {"T": film.temperature} | film.values
    return ", ".join(
        [*(f"{name} = {value[frame]:.5g}" for name, value in values.items()), f"sweep {film.sweep[frame]}"]
    )


def _square(count: int) -> tuple[int, int]:
    """(rows, columns) of a nearly square arrangement."""
    columns = int(np.ceil(np.sqrt(count)))
    return -(-count // columns), columns


def _extent(system: System, rows: int, columns: int) -> tuple[int, int]:
    """(height, width) of a sheet in pixels."""
    high, wide = (side * _scale(system) + GAP for side in system.lattice.shape)
    return LINE + rows * high, max(LABEL + columns * wide, _wide(_title(system)))


def _scale(system: System) -> int:
    """Pixels a spin."""
    return -(-SIDE // max(system.lattice.shape))


def mark_vortices(system: System, spins: NDArray[Any], pixels: NDArray[np.uint8], scale: int) -> None:
    """Squares on vortices and antivortices of angles, on pixels (m * scale, n * scale) for people alone."""
    if not is_continuous(system.model.space) or lacks_vortices(system):
        return
    winding, half = vorticity(system, spins[None])[0], max(scale // 2, 3)
    for (row, column), entry in [
        ((r, c), VORTEX if winding[r, c] > 0 else ANTIVORTEX) for r, c in np.argwhere(winding)
    ]:
        y, x = (row + 1) * scale - half // 2, (column + 1) * scale - half // 2
        pixels[y : y + half, x : x + half] = entry


def _pixels(system: System, spins: NDArray[Any], scale: int) -> NDArray[np.uint8]:
    return states_index(system.model.space, spins).repeat(scale, 0).repeat(scale, 1)


def _title(system: System) -> str:
    m, n = system.lattice.shape
    if is_continuous(system.model.space):
        return f"{system.name}, {m} x {n}; colours: angles; green, yellow: vortices, antivortices"
    states = system.model.space.states.tolist()
    key = "dark: spin up" if states == [-1, 1] else f"states {states[0]} to {states[-1]}"
    return f"{system.name}, {m} x {n}; {key}"


def _wide(text: str) -> int:
    return int(1.1 * _font().getlength(text)) + 4  # hinted letters are wider


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size=12)


def _drawn(system: System, page: NDArray[np.uint8], texts: dict[tuple[int, int], str]) -> Image.Image:
    """A palette image of entries (height, width), with texts at (x, y)."""
    image = Image.fromarray(page).convert("P")
    entries = [value for colour in palette(system.model.space) for value in colour]
    marks = (0, 200, 60, 255, 225, 0, 255, 255, 255, 0, 0, 0)  # of VORTEX, ANTIVORTEX, PAPER and INK
    image.putpalette([*entries, *[0] * (3 * VORTEX - len(entries)), *marks])
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1"  # no grey beside the letters, which the palette lacks
    for place, text in texts.items():
        draw.text(place, text, fill=INK, font=_font())
    return image
