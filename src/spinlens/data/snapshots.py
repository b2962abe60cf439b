"""Snapshots from users' own files: arrays, pictures and what the authors' simulator writes."""

import csv
import io
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spinlens.data.render import from_image
from spinlens.errors import InputError
from spinlens.physics.systems import System

ARRAYS, JPEG = (".npy", ".npz"), (".jpg", ".jpeg")
IMAGES = (".png", ".bmp", ".gif", ".tif", ".tiff")  # lossless ones
SIMULATOR = "data.json"
EIGHT_BITS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA")  # other modes lose levels when they turn grey
KINDS = ".npy, .npz, .png, .bmp, .gif, .tif or data.json"


@dataclass(frozen=True)
class Imported:
    """spins (n, rows, columns) int8, temperature (n,) or None unless every one is known, names (n) of the sources."""

    spins: NDArray[np.int8]
    temperature: NDArray[np.float64] | None
    names: list[str]


def read_snapshots(path: Path, system: System) -> Imported:
    """Every snapshot in a file or, numbers in names counted as numbers, in a folder and those inside it.

    .npy; .npz with arrays `spins` and, if known, `temperature`; lossless images (the darker colour is up), whose
    folder may have a metadata.csv with columns file_name and temperature; the simulator's data.json, row by row:
    {"settings": {...}, "data": [{"temp": 2.27, "timestamp": ..., "spinArray": "1,-1,..."}, ...]}.

    Raises InputError for files that hold no snapshots of this system's lattice, for impossible temperatures, and
    where there is nothing at all. Nothing is ever unpickled.
    """
    files = [path]
    known: dict[Path, float] = {}
    if path.is_dir():
        inside = sorted((p for p in path.rglob("*") if p.is_file()), key=_natural)
        suffixes = (*ARRAYS, *IMAGES, *JPEG)
        files = [p for p in inside if p.suffix.lower() in suffixes or p.name == SIMULATOR]
        if not files:
            raise InputError("files", str(path), f"a folder with {KINDS} files")
        for table in (p for p in inside if p.name == "metadata.csv"):
            known |= _metadata(table, set(files))
    parts = [_read_file(file, system, known.get(file)) for file in files]
    temperatures = [part.temperature for part in parts if part.temperature is not None]
    return Imported(
        np.concatenate([part.spins for part in parts]),
        np.concatenate(temperatures) if len(temperatures) == len(parts) else None,
        [name for part in parts for name in part.names],
    )


def _natural(path: Path) -> list[Any]:
    """Sort key that puts 2.png before 10.png, as time order matters."""
    parts: list[Any] = re.split(r"([0-9]+)", str(path))
    parts[1::2] = map(int, parts[1::2])
    return parts


def _metadata(table: Path, files: set[Path]) -> dict[Path, float]:
    """{file: temperature} of a metadata.csv, none where it has no such column."""
    known: dict[Path, float] = {}
    try:
        with open(table, encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if "temperature" not in (reader.fieldnames or ()):
                return {}
            rows = list(reader)
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(str(table), f"unreadable ({type(error).__name__})", "a CSV file in UTF-8") from None
    for number, row in enumerate(rows, 2):
        source, name = f"{table} (line {number})", row.get("file_name")
        image = Path(os.path.normpath(table.parent / name)) if name else None
        if image is None or image not in files or image in known:
            raise InputError(f"{source} file_name", name, "one image of the folder, listed once")
        known[image] = float(_temperature(row["temperature"], f"{source} temperature"))
    return known


def _temperature(value: Any, source: str) -> float:
    try:
        number = float("nan" if isinstance(value, bool) else value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not number >= 0:
        raise InputError(source, value, "a number from 0 to infinity")
    return number


def _read_file(path: Path, system: System, temperature: float | None) -> Imported:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("files", str(path), f"a readable file ({error.strerror})") from None
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _read_simulator(data, system, str(path))
    if suffix in ARRAYS:
        return _read_arrays(data, system, str(path))
    if suffix in JPEG or data.startswith(b"\xff\xd8\xff"):
        raise InputError(str(path), "JPEG", "a lossless image (.png, .bmp, .gif, .tif)", "JPEG is lossy: spins blur")
    if suffix not in IMAGES:
        raise InputError("files", str(path), f"one of {KINDS} by its ending")
    known = None if temperature is None else np.array([temperature])
    return Imported(_read_image(data, system, str(path))[None], known, [str(path)])


def _read_image(data: bytes, system: System, source: str) -> NDArray[np.int8]:
    try:
        with Image.open(io.BytesIO(data)) as image:
            if getattr(image, "n_frames", 1) != 1:
                raise InputError(source, "several frames", "an image of one frame")
            if image.mode not in EIGHT_BITS:
                raise InputError(source, f"mode {image.mode}", "an image of at most 8 bits a colour")
            image.load()
            return from_image(image, system, source)
    except InputError:
        raise
    except Exception as error:  # damaged files raise whatever the decoders do
        raise InputError(source, f"unreadable ({type(error).__name__})", "a whole image file") from None


def _read_arrays(data: bytes, system: System, source: str) -> Imported:
    try:
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
        archive = isinstance(loaded, np.lib.npyio.NpzFile)
        array = loaded["spins"] if archive else loaded
        temperature = loaded["temperature"] if archive and "temperature" in loaded else None
    except KeyError:
        raise InputError(source, "no array `spins`", "an .npz with an array `spins`") from None
    except Exception as error:  # damaged files raise whatever the zip, zlib and header parsers do
        reason = f"unreadable ({type(error).__name__})"
        raise InputError(source, reason, "a whole NumPy file of plain numbers") from None
    m, n = system.lattice.shape
    if array.ndim not in (2, 3) or array.shape[-2:] != (m, n) or array.size == 0:
        expected = f"({m}, {n}) or (count, {m}, {n}), for size {m} x {n}"
        raise InputError(f"{source} (shape)", array.shape, expected, "--size sets another one")
    spins = _spins(array, system, source)
    if temperature is not None:
        if temperature.dtype.kind not in "iuf" or temperature.shape != array.shape[:-2]:
            given = f"{temperature.dtype} {temperature.shape}"
            raise InputError(f"{source} temperature (shape)", given, f"numbers of shape {array.shape[:-2]}")
        temperature = np.array([_temperature(t, f"{source} temperature") for t in np.atleast_1d(temperature).tolist()])
    names = [source] if array.ndim == 2 else [f"{source}[{k}]" for k in range(len(array))]
    return Imported(spins.reshape(-1, m, n), temperature, names)


def _spins(array: NDArray[Any], system: System, source: str) -> NDArray[np.int8]:
    if array.dtype.kind not in "biuf" or not np.isin(array, system.model.states).all():
        expected, hint = f"spins, each one of {', '.join(map(str, system.model.states))}", ""
        if array.dtype.kind in "biuf" and np.isin(array, (0, 1)).all():
            hint = "2 * x.astype('int8') - 1 turns 0/1 into -1/+1"
        given = np.unique(array)[:4].tolist() if array.dtype.kind in "biuf" else str(array.dtype)
        raise InputError(f"{source} (values)", given, expected, hint)
    return array.astype(np.int8)


def _read_simulator(data: bytes, system: System, source: str) -> Imported:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        reason = f"unreadable ({type(error).__name__})"
        raise InputError(source, reason, f"a whole {SIMULATOR} of the simulator") from None
    rows = content.get("data") if isinstance(content, dict) else None
    if not isinstance(rows, list) or not rows or not all(isinstance(r, dict) and "spinArray" in r for r in rows):
        expected = f'a {SIMULATOR} of the simulator: {{"data": [{{"temp": ..., "spinArray": ...}}, ...]}}'
        raise InputError(source, "other JSON", expected)
    names = [f"{source}[{k}]" for k in range(len(rows))]
    spins = [_simulator_spins(r["spinArray"], system, n) for r, n in zip(rows, names, strict=True)]
    temperature = [_temperature(r.get("temp"), f"{n} temp") for r, n in zip(rows, names, strict=True)]
    return Imported(np.stack(spins), np.array(temperature), names)


def _simulator_spins(value: Any, system: System, source: str) -> NDArray[np.int8]:
    try:
        array = np.array(value.split(",") if isinstance(value, str) else value, np.float64)
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{source} spinArray", f"{value!s:.20}", "numbers with commas between, or a list") from None
    m, n = system.lattice.shape
    if array.shape not in ((m * n,), (m, n)):
        raise InputError(f"{source} spinArray (length)", array.size, f"{m * n} values, {m} rows of {n}")
    return _spins(array.reshape(m, n), system, f"{source} spinArray")
