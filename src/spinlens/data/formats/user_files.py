"""Snapshots from users' own files: arrays, pictures, what the authors' simulator writes, and our own exports."""

import contextlib
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.formats.arrays import HDF5, NUMPY, open_arrays
from spinlens.data.formats.colours import decide_up
from spinlens.data.formats.exported import has_export, is_export_folder, read_export, read_export_folder
from spinlens.data.formats.folder import SHOWN, Found, name_left_out, scan_folder
from spinlens.data.formats.imported import Imported, Part, join_parts
from spinlens.data.formats.margins import doubt_frames, doubt_lines
from spinlens.data.formats.pictures import IMAGES, FilmError, read_greys, read_picture
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.regular import read_regular
from spinlens.data.formats.simulator import is_simulator, read_simulator
from spinlens.data.formats.spins import read_spins, read_temperatures, to_temperature
from spinlens.data.formats.states import read_states, refuse_pictures
from spinlens.data.formats.threshold import Level, find_level
from spinlens.data.json_files import parse_json
from spinlens.data.render import to_poles
from spinlens.errors import InputError, ReadingWarning, shown
from spinlens.physics.systems import System

KINDS = ".npy, .npz, .h5, .png, .bmp, .gif, .tif, .jpg or the simulator's .json"
Spins = dict[Path, NDArray[Any]]


def read_snapshots(paths: Path | Sequence[Path], system: System, reading: Reading | None = None) -> Imported:
    """Every snapshot in files and, numbers in names counted as numbers, in folders and those inside them.

    .npy; .npz and HDF5 with arrays `spins` and, if known, `temperature`; pictures, whose folder may have a
    metadata.csv with columns file_name and temperature; the simulator's JSON, row by row:
    {"settings": {...}, "data": [{"temp": 2.27, "timestamp": ..., "spinArray": "1,-1,..."}, ...]}; and what `export`
    wrote, by its own rules, with its splits and chains.

    reading: what the files do not say themselves, `Reading()` where left out. Warns (ReadingWarning) in a line which
    colours were taken for up and down, and what was left out of a folder. Raises InputError for files that hold no
    snapshots of this system's lattice, for impossible temperatures, and where there is nothing at all. Nothing is
    ever unpickled, and nothing but regular files is opened.
    """
    reading = reading or Reading()
    found = [_find(path) for path in ([paths] if isinstance(paths, Path) else paths)]
    others = [each for each in found if not is_export_folder(each)]
    _check_used(reading, [file for each in found for file in each.files])
    pictures = _read_pictures(others, system, reading)
    parts = [part for each in found for part in _read_found(each, pictures, system, reading)]
    for each in found:
        if each.left_out:
            warnings.warn(name_left_out(each.folder, each.left_out), ReadingWarning, stacklevel=2)
    if not parts:
        raise InputError("files", "none", "given")
    return join_parts(parts)


def _find(path: Path) -> Found:
    """What a path names: a folder's files, or the file itself."""
    if path.is_dir():
        return scan_folder(path)
    if path.suffix.lower() not in (*NUMPY, *HDF5, *IMAGES, ".json"):
        hint = 'save what it holds by np.savez("a.npz", spins=spins, temperature=temperature)'
        raise InputError("files", str(path), f"one of {KINDS} by its ending", hint)
    return Found(path, [path])


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in IMAGES


def _check_used(reading: Reading, files: Sequence[Path]) -> None:
    """Raises InputError for a rule that none of the files can follow."""
    pictures = any(map(_is_picture, files))
    plain, others = Reading(), any(not _is_picture(file) for file in files)
    rules = [(name, "pictures") for name in ("up", "threshold", "crop") if not pictures]
    rules += [(name, "arrays and JSON") for name in ("values", "flat") if not others]
    for name, kind in rules:
        if files and getattr(reading, name) != getattr(plain, name):
            expected = f"left out where no file needs it: it is for {kind}"
            raise InputError(name, getattr(reading, name), expected, f"the first file is {files[0]}")


def _read_pictures(found: Sequence[Found], system: System, reading: Reading) -> Spins:
    """All pictures of a call, decided together, as one of a single colour is known by the others.

    Films are added to those left out of a folder.
    """
    pictures, states, files = [], list[NDArray[np.int8]](), []
    here = [(one, file) for one in found for file in one.files if _is_picture(file)]
    if not here:
        return {}
    refuse_pictures(system, str(here[0][1]))
    level = _find_common_level(found, system, reading) if len(system.model.space.states) == 2 else None
    for each, file in here:
        try:
            data = read_regular(file)
            if len(system.model.space.states) > 2:
                states.append(read_states(data, system, reading, str(file)))
            else:
                pictures.append(read_picture(data, system, reading, str(file), level))
            files.append(file)
        except FilmError:
            if file == each.folder:
                raise
            each.files.remove(file)
            each.left_out.append((file, "a film of several frames"))
    if states:
        return dict(zip(files, states, strict=True))
    spins, notes = decide_up(pictures, reading)
    spins = [to_poles(system.model.space, up) for up in spins]
    for note in notes + (doubt_frames(pictures, system) or doubt_lines(pictures, system)):
        warnings.warn(note, ReadingWarning, stacklevel=3)
    return dict(zip(files, spins, strict=True))


def _find_common_level(found: Sequence[Found], system: System, reading: Reading) -> Level | None:
    """The one grey level of all pictures of a call where --threshold is auto: an ordered one has a single grey."""
    files = [file for one in found for file in one.files if _is_picture(file)]
    if reading.threshold != "auto" or len(files) < 2:
        return None
    counts = np.zeros(1, np.int64)
    for file in files:
        with contextlib.suppress(FilmError):  # left out later, or refused
            counts = counts + read_greys(read_regular(file), system, reading, str(file))
    return find_level(counts, f"{found[0].folder} and others" if len(found) > 1 else str(found[0].folder))


def _read_found(found: Found, pictures: Spins, system: System, reading: Reading) -> list[Part]:
    """The parts of what one path names; JSON files of other kinds are added to those left out of a folder."""
    if is_export_folder(found):
        return [read_export_folder(found, system)]
    parts, rows = [], found.rows
    for file in found.files:
        if _is_picture(file):
            known = to_temperature(rows[file]["temperature"], f"{file} temperature") if file in rows else None
            temperature = None if known is None else np.array([known])
            parts.append(Part(file, pictures[file][None], temperature, [str(file)]))
        elif file.suffix.lower() == ".json":
            content = parse_json(read_regular(file), str(file))
            if not is_simulator(content) and file != found.folder:
                found.left_out.append((file, "JSON, but not of the simulator"))
                continue
            spins, temperatures = read_simulator(content, system, reading, str(file))
            parts.append(Part(file, spins, temperatures, [f"{file}[{k}]" for k in range(len(spins))]))
        else:
            parts.append(_read_arrays(file, system, reading))
    if not parts:
        names = ", ".join(shown(path.name) for path, _ in found.left_out[:SHOWN]) or "nothing"
        hint = f"it holds {names}" + (" and others" if len(found.left_out) > SHOWN else "")
        raise InputError("files", str(found.folder), f"a folder with {KINDS} files", hint)
    return parts


def _read_arrays(path: Path, system: System, reading: Reading) -> Part:
    """The snapshots of a .npy, .npz or HDF5 file."""
    with open_arrays(path) as (arrays, attributes):
        mark = has_export(arrays, attributes)
        if mark and reading.array == Reading.array:
            return read_export(arrays, attributes, mark, path, system)
        single = path.suffix.lower() == ".npy"
        name = "" if single else reading.array
        if name not in arrays:
            given = ", ".join(map(shown, list(arrays)[:SHOWN])) + (" and others" if len(arrays) > SHOWN else "")
            expected = f"a file with an array {shown(name)}"
            raise InputError(
                str(path), f"arrays {given}" if arrays else "no array", expected, "--array names another one"
            )
        spins = read_spins(arrays[name](), system, reading, str(path))
        temperature, known = None, reading.temperature_array
        if known in arrays and not single:
            temperature = read_temperatures(arrays[known](), spins.shape[:-2], f"{path} {known}")
        elif known != Reading.temperature_array:
            raise InputError("temperature_array", known, f"an array of {path}")
    names = [str(path)] if spins.ndim == 2 else [f"{path}[{k}]" for k in range(len(spins))]
    return Part(path, spins.reshape(-1, *system.lattice.shape), temperature, names)


__all__ = ["Imported", "read_snapshots"]


def read_files(paths: list[Path], system: System, reading: Reading | None = None) -> list[tuple[str, NDArray[Any]]]:
    """(name, spins (rows, columns)) of every snapshot in files and folders. Raises InputError as `read_snapshots`."""
    found = read_snapshots(paths, system, reading)
    return list(zip(found.names, found.spins, strict=True))
