"""Densities of states kept on disk: files that say what they are, and are recomputed where anything is odd."""

import contextlib
import hashlib
import json
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

Key = tuple[str, int, int, int, int]  # (kind, rows, columns, sign, sign)
VERSION = 2
DIGEST = hashlib.sha256().digest_size
TOLERANCE = 1e-9  # of ln of the number of all states, relative; rounding leaves 1e-15


def cache_folder() -> Path | None:
    """Where densities of states are kept: $SPINLENS_CACHE, else spinlens in the user's cache folder.

    None where neither is set and the user has no home.
    """
    try:
        if own := os.environ.get("SPINLENS_CACHE"):
            return Path(own).expanduser()
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spinlens"
    except RuntimeError:
        return None


def load(key: Key, length: int, log_total: float) -> NDArray[np.float64] | None:
    """ln g (length,) from the cache, None where it is not there or not what the key asks for.

    A file is believed where its SHA-256 fits, it names this key, and its numbers are counts (finite logarithms from 0,
    or -inf for none) that add up to log_total, the logarithm of the number of all states.
    """
    path, header = _path(key), _header(key, length)
    size = DIGEST + len(header) + 8 * length
    try:
        if path is None or not path.is_file() or path.stat().st_size != size:
            return None
        with open(path, "rb") as file:
            content = file.read(size + 1)
    except (OSError, ValueError):
        return None
    digest, named, numbers = content[:DIGEST], content[DIGEST : DIGEST + len(header)], content[DIGEST + len(header) :]
    if len(content) != size or named != header or digest != hashlib.sha256(content[DIGEST:]).digest():
        return None
    log_counts = np.frombuffer(numbers, "<f8").astype(np.float64)
    return log_counts if _is_plausible(log_counts, log_total) else None


def keep(key: Key, log_counts: NDArray[np.float64]) -> None:
    """Write ln g for the next time, atomically; a cache that cannot be written is done without."""
    path = _path(key)
    if path is None:
        return
    content = _header(key, log_counts.size) + log_counts.astype("<f8").tobytes()
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_bytes(hashlib.sha256(content).digest() + content)
        os.replace(temporary, path)
    except (OSError, ValueError):
        with contextlib.suppress(OSError, ValueError):
            temporary.unlink(missing_ok=True)


def _path(key: Key) -> Path | None:
    kind, rows, columns, first, second = key
    folder = cache_folder()
    return None if folder is None else folder / f"density-of-states-{kind}-{rows}x{columns}{first:+d}{second:+d}.dos"


def _header(key: Key, length: int) -> bytes:
    """One line of JSON: what the numbers after it are."""
    kind, rows, columns, first, second = key
    about = {"spinlens": "density of states", "version": VERSION, "kind": kind, "rows": rows, "columns": columns}
    return json.dumps(about | {"signs": [first, second], "length": length}).encode() + b"\n"


def _is_plausible(log_counts: NDArray[np.float64], log_total: float) -> bool:
    """Whether these are logarithms of whole numbers, 0 included, with that total."""
    counts = log_counts[~np.isneginf(log_counts)]
    if counts.size == 0 or not (np.isfinite(counts) & (counts >= 0)).all():
        return False
    return bool(abs(logsumexp(counts) - log_total) <= TOLERANCE * log_total)
