"""What lies in a folder: files to read, their temperatures, and all others by name."""

import csv
import io
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spinlens.data.formats.arrays import HDF5, NUMPY
from spinlens.data.formats.pictures import IMAGES
from spinlens.data.formats.regular import read_regular
from spinlens.data.formats.spins import to_temperature
from spinlens.errors import InputError, shown

METADATA = "metadata.csv"
READ = (*NUMPY, *HDF5, *IMAGES, ".json")
SHOWN = 5  # names in a line


@dataclass
class Found:
    """files to read, in the order of their names; rows of the tables beside pictures; (path, reason) of all others.

    folder: of all of them, or where a file was named itself, that file.
    """

    folder: Path
    files: list[Path] = field(default_factory=list)
    tables: dict[Path, dict[Path, dict[str, str]]] = field(default_factory=dict)
    left_out: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def rows(self) -> dict[Path, dict[str, str]]:
        """{picture: its row} of all tables."""
        return {image: row for rows in self.tables.values() for image, row in rows.items()}


def scan_folder(folder: Path) -> Found:
    """Everything in a folder and in those inside it, numbers in names counted as numbers.

    A metadata.csv with columns file_name and temperature describes pictures of its folder. Links to folders are not
    followed. Raises InputError for folders that cannot be read and tables that do not fit.
    """
    found, tables = Found(folder), []
    for path in sorted(_walk(folder), key=_natural):
        if any(part.startswith(".") for part in path.relative_to(folder).parts):
            found.left_out.append((path, "hidden"))
        elif not path.is_file():
            found.left_out.append((path, "a link to a folder" if path.is_dir() else "no regular file"))
        elif path.name == METADATA:
            tables.append(path)
        elif path.suffix.lower() in READ:
            found.files.append(path)
        else:
            found.left_out.append((path, "of another kind"))
    files, described = set(found.files), set[Path]()
    for table in tables:
        rows = _read_table(table, files, described)
        if rows is None:
            found.left_out.append((table, "no columns file_name and temperature"))
        else:
            found.tables[table] = rows
            described |= set(rows)
    return found


def _walk(folder: Path) -> list[Path]:
    """All that is no folder, and links to folders."""

    def fail(error: OSError) -> None:
        raise InputError("files", str(error.filename), f"a readable folder ({error.strerror})")

    paths = []
    for where, folders, files in os.walk(folder, onerror=fail):
        here = Path(where)
        paths += [here / name for name in files] + [here / name for name in folders if (here / name).is_symlink()]
    return paths


def _natural(path: Path) -> list[Any]:
    """Sort key that puts 2.png before 10.png, as time order matters."""
    parts: list[Any] = re.split(r"([0-9]+)", str(path))
    parts[1::2] = map(int, parts[1::2])
    return parts


def _read_table(table: Path, files: set[Path], described: set[Path]) -> dict[Path, dict[str, str]] | None:
    """{picture: its row}, None where the table has other columns."""
    try:
        text = read_regular(table).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""))
        if not {"file_name", "temperature"} <= set(reader.fieldnames or ()):
            return None
        lines = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(str(table), f"unreadable ({type(error).__name__})", "a CSV file in UTF-8") from None
    rows: dict[Path, dict[str, str]] = {}
    for number, row in enumerate(lines, 2):
        source, name = f"{table} (line {number})", row["file_name"]
        image = Path(os.path.normpath(table.parent / name)) if name else None
        if image is None or image not in files or image in rows or image in described:
            raise InputError(f"{source} file_name", name, "one image of the folder, listed once")
        to_temperature(row["temperature"], f"{source} temperature")
        rows[image] = row
    return rows


def name_left_out(folder: Path, left_out: Sequence[tuple[Path, str]]) -> str:
    """One line that names what was left out of a folder, and why."""
    reasons: dict[str, list[str]] = {}
    for path, reason in left_out:
        reasons.setdefault(reason, []).append(shown(str(path.relative_to(folder))))
    parts = []
    for reason, names in reasons.items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        parts.append(f"{', '.join(names[:SHOWN])}{more} ({reason})")
    return f"{shown(str(folder))}: left out: {'; '.join(parts)}"
