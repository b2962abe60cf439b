"""Folders of weights: JSON files read with care, and the SHA-256 of every file that a result depends on."""

import json
from pathlib import Path
from typing import Any

from spinlens.data.files import sha256, write_text
from spinlens.data.json_files import read_object
from spinlens.errors import InputError

HASHES = "sha256.json"  # {file name: SHA-256}, written after the files that it names
CONFIG, WEIGHTS, PROCESSOR = "config.json", "model.safetensors", "preprocessor_config.json"
RECIPE = "recipe.json"  # what a run was asked for, written first
MODEL_FILES = (CONFIG, WEIGHTS, PROCESSOR, RECIPE)  # those of a network that are hashed where they exist
AGAIN = "copy the folder again, resume the run, or train again"


def read_configuration(folder: Path, source: str) -> dict[str, Any]:
    """What CONFIG of a network says. source: the folder as the user names it. Raises InputError that names it."""
    try:
        return read_object(folder / CONFIG)
    except FileNotFoundError:
        raise InputError("model", source, f"a checkpoint folder, with its {CONFIG}") from None
    except InputError as error:
        raise InputError("model", source, f"a folder with an undamaged {CONFIG} ({error.args[1]})") from None


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
    except InputError as error:
        raise InputError(field, str(folder), f"a folder with an undamaged {HASHES} ({error.args[1]})", again) from None
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
