"""Folders of weights: JSON files read with care, and the SHA-256 of every file that a result depends on."""

import json
from pathlib import Path
from typing import Any

from spinlens.data.files import sha256, write_text
from spinlens.errors import InputError

HASHES = "sha256.json"  # {file name: SHA-256}, written after the files that it names
CONFIG, WEIGHTS, PROCESSOR = "config.json", "model.safetensors", "preprocessor_config.json"
RECIPE = "recipe.json"  # what a run was asked for, written first
MODEL_FILES = (CONFIG, WEIGHTS, PROCESSOR, RECIPE)  # those of a network that are hashed where they exist
AGAIN = "copy the folder again, resume the run, or train again"


def read_object(path: Path) -> dict[str, Any]:
    """The object in a JSON file. Raises ValueError for anything else, however deep or long, and OSError."""
    try:
        if path.exists() and not path.is_file():  # a FIFO would wait for ever
            raise ValueError("no regular file")
        values = json.loads(path.read_bytes())
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(values, dict):
        raise ValueError("no JSON object")
    return values


def write_hashes(folder: Path, names: tuple[str, ...] | None = None) -> None:
    """Write HASHES for the files of these names that exist in the folder; for all of its files where left out."""
    inside = sorted(path for path in folder.iterdir() if path.is_file() and path.name != HASHES)
    known = {path.name: sha256(path) for path in inside if names is None or path.name in names}
    write_text(folder / HASHES, json.dumps(known, indent=2) + "\n")


def check_hashes(folder: Path, required: tuple[str, ...], field: str = "model", again: str = AGAIN) -> None:
    """Compare every file that HASHES names with it.

    required: names that HASHES must hold. Raises InputError that names the first file which is missing, unnamed or
    another one.
    """
    try:
        known = read_object(folder / HASHES)
    except FileNotFoundError:
        raise InputError(field, str(folder), f"a whole folder, with its {HASHES}", again) from None
    except (OSError, ValueError) as error:
        raise InputError(field, str(folder), f"a folder with an undamaged {HASHES} ({_reason(error)})", again) from None
    for name in (*required, *known):
        path = folder / name
        if Path(name).name != name or not isinstance(known.get(name), str):
            raise InputError(field, str(folder), f"a folder whose {HASHES} names its {name}", again)
        if not path.is_file():
            raise InputError(field, str(folder), f"a whole folder, with its {name}", again)
        if sha256(path) != known[name]:
            raise InputError(field, str(path), f"undamaged, with the SHA-256 that {HASHES} states", again)


def check_network(folder: Path, finished: bool = True) -> None:
    """Check the files of a network against their hashes, where it has some.

    finished: those that `train` and `pretrain` wrote to the end have. Raises InputError as `check_hashes`.
    """
    if (folder / HASHES).exists() or (finished and (folder / RECIPE).exists()):
        check_hashes(folder, (CONFIG, WEIGHTS))


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:80]}"
