"""Predictions from files, each put beside its image of a data set; nothing is guessed, nothing is unpickled."""

import csv
import io
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.json_files import parse_json
from spinlens.errors import InputError
from spinlens.metrics.predictions import (
    Predicted,
    check_count,
    check_predictions,
    check_probabilities,
    join_predictions,
    read_label,
)

ENDINGS = (".csv", ".npy", ".npz", ".jsonl", ".json")
KINDS = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
LONGEST = 8192  # bytes of a row beside its probabilities


def read_predictions(path: Path, names: tuple[str, ...], count: int) -> Predicted:
    """Predictions for `count` images of the classes `names`, in the order of the data set.

    path: one of
    - .csv with a header: a column `class` (names or indices from 0), columns named as the classes with their
      probabilities, or both; with a column `file` rows may stand in any order, each name ending in the image's number,
      as `export` writes them;
    - .jsonl or .json, an object a line, as `predict` prints it: `class`, `probabilities` {name: number}, `file`; no
      other key is read;
    - .npy: indices or names (count,), or probabilities (count, classes);
    - .npz with `label` or `class`, `probability`, or both; `names`, if there, must be the classes in order.

    Raises InputError that names the row and field of what is missing, unknown, not finite, or of another length.
    """
    if not path.is_file():
        raise InputError("predictions", str(path), f"a {KINDS} file")
    suffix = path.suffix.lower()
    if suffix not in ENDINGS:
        raise InputError("predictions", str(path), f"a {KINDS} file by its ending")
    most = count * (LONGEST + 64 * len(names)) + (1 << 20)
    size = path.stat().st_size
    if suffix == ".npz":
        try:
            size = sum(member.file_size for member in zipfile.ZipFile(path).infolist())
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise InputError(str(path), f"unreadable ({type(error).__name__})", "a whole NumPy file") from None
    if size > most:
        raise InputError(f"{path} (bytes)", size, f"at most {most} for {count} images")
    if suffix in (".npy", ".npz"):
        return _read_arrays(path, names, count)
    rows = _csv_rows(path, names) if suffix == ".csv" else _json_rows(path)
    return _from_rows(str(path), rows, names, count)


def _read_arrays(path: Path, names: tuple[str, ...], count: int) -> Predicted:
    try:
        loaded = np.load(path, allow_pickle=False)
        arrays = {key: np.asarray(loaded[key]) for key in loaded} if hasattr(loaded, "files") else None
    except Exception as error:  # damaged files raise whatever the zip, zlib and header parsers do
        raise InputError(
            str(path), f"unreadable ({type(error).__name__})", "a whole NumPy file of plain numbers"
        ) from None
    if arrays is None:
        return check_predictions(loaded, names, count, str(path))
    keys = [key for key in ("label", "class", "probability") if key in arrays]
    if set(arrays) - {*keys, "names"} or not keys or {"label", "class"} <= set(keys):
        expected = "label or class, probability, or both, and names if you like"
        raise InputError(f"{path} (arrays)", ", ".join(arrays) or "none", expected)
    if "names" in arrays and arrays["names"].tolist() != list(names):
        raise InputError(f"{path} names", arrays["names"].tolist(), f"{list(names)}, the classes of the data set")
    parts = [check_predictions(arrays[key], names, count, f"{path} {key}") for key in keys]
    return join_predictions(parts[0].label, parts[-1].probability, str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(str(path), "not UTF-8", "text in UTF-8") from None


def _csv_rows(path: Path, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Each row as `predict` prints it: file, class, probabilities."""
    try:
        reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
        header = list(reader.fieldnames or ())
        rows = list(reader)
    except csv.Error as error:
        raise InputError(str(path), f"unreadable ({error})", "a CSV file") from None
    if {"class", "file"} & set(names):
        raise InputError(str(path), "a CSV file", f"another kind where a class is named class or file ({KINDS})")
    shares = [name for name in header if name in names]
    known = {"file", "class", *names}
    if set(header) - known or len(set(header)) != len(header) or not ("class" in header or shares):
        expected = f"class, or {', '.join(names)}, or both; file if you like"
        raise InputError(f"{path} (header)", ", ".join(header) or "nothing", expected)
    if shares and len(shares) < len(names):
        raise InputError(f"{path} (header)", ", ".join(header), f"with a column for each class, {', '.join(names)}")
    found = []
    for number, row in enumerate(rows, 2):
        if None in row or None in row.values():
            raise InputError(f"{path} (line {number})", "another number of cells", f"{len(header)} cells")
        entry: dict[str, Any] = {key: row[key] for key in ("file", "class") if key in header}
        found.append(entry | ({"probabilities": {name: row[name] for name in names}} if shares else {}))
    return found


def _json_rows(path: Path) -> list[dict[str, Any]]:
    rows = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        row = parse_json(line, f"{path} (line {number})", "a JSON object")
        if not isinstance(row, dict) or not ("class" in row or "probabilities" in row):
            raise InputError(f"{path} (line {number})", line, "a JSON object with class, probabilities, or both")
        rows.append(row)
    return rows


def _from_rows(source: str, rows: list[dict[str, Any]], names: tuple[str, ...], count: int) -> Predicted:
    check_count(len(rows), count, source)
    for key in ("file", "class", "probabilities"):
        if 0 < sum(key in row for row in rows) < count:
            lacking = next(k for k, row in enumerate(rows) if key not in row)
            raise InputError(f"{source} (row {lacking + 1})", f"no {key}", f"one with {key}, like the others")
    probability = None
    if "probabilities" in rows[0]:
        table = [_shares(row["probabilities"], names, f"{source} (row {k})") for k, row in enumerate(rows, 1)]
        probability = check_probabilities(np.array(table, np.float64), names, count, source)
    if "class" in rows[0]:
        given = [read_label(row["class"], names, f"{source} (row {k}) class") for k, row in enumerate(rows, 1)]
        label = np.array(given, np.int64)
    else:
        label = np.asarray(probability).argmax(1)
    found = join_predictions(label, probability, source)
    if "file" not in rows[0]:
        return found
    order = _order([row["file"] for row in rows], source)
    return Predicted(found.label[order], None if found.probability is None else found.probability[order])


def _shares(values: Any, names: tuple[str, ...], source: str) -> list[float]:
    if not isinstance(values, dict) or set(values) != set(names):
        given = list(values) if isinstance(values, dict) else values
        raise InputError(f"{source} probabilities", given, f"a number for each of {', '.join(names)}")
    try:
        if any(isinstance(values[name], bool) for name in names):
            raise ValueError
        return [float(values[name]) for name in names]
    except (TypeError, ValueError, OverflowError):
        raise InputError(f"{source} probabilities", [values[name] for name in names], "numbers") from None


def _order(files: list[Any], source: str) -> NDArray[np.int64]:
    """For each image its row, by the number at the end of the file names."""
    numbers: dict[int, int] = {}  # image to row
    for k, name in enumerate(files, 1):
        found = re.search(r"([0-9]{1,9})(\.[A-Za-z]+|\])?$", name) if isinstance(name, str) else None
        number = int(found[1]) if found else -1
        if not 0 <= number < len(files) or number in numbers:
            expected = f"a name that ends in its image's own number, from 0 to {len(files) - 1}, as `export` writes it"
            raise InputError(
                f"{source} (row {k}) file", name, expected, "without `file`, rows are in the data set's order"
            )
        numbers[number] = k - 1
    return np.array([numbers[image] for image in range(len(files))])
