"""Read a data set folder back, verified, and snapshots from users' own files."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.build import MANIFEST, shard_name
from spinlens.data.files import sha256
from spinlens.data.recipe import Recipe, parse_recipe, plan
from spinlens.data.render import from_png
from spinlens.errors import InputError
from spinlens.physics.systems import System


@dataclass(frozen=True)
class Snapshots:
    """One split: spins (n, rows, columns) int8, label (n,), temperature (n,), energy (n,), chain (n,)."""

    system: System
    spins: NDArray[np.int8]
    label: NDArray[np.int64]
    temperature: NDArray[np.float64]
    energy: NDArray[np.float64]
    chain: NDArray[np.int64]


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished data set. Raises InputError where there is none or it is damaged."""
    if not folder.is_dir():
        raise InputError("data set", str(folder), "a folder that `spinlens build` wrote is")
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest["sha256"].items(), manifest["recipe"].items()
        return manifest
    except FileNotFoundError:
        allowed = f"a finished data set with a {MANIFEST} is; run the same `spinlens build` again to finish it"
        raise InputError("data set", str(folder), allowed) from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(f"{folder / MANIFEST}", type(error).__name__, "an undamaged manifest is") from None


def read_recipe(folder: Path) -> Recipe:
    """The recipe of a finished data set."""
    return parse_recipe(read_manifest(folder)["recipe"])


def verify(folder: Path) -> int:
    """Compare every file with the manifest; returns how many. Raises InputError that names the first damaged one."""
    manifest = read_manifest(folder)
    for name, expected in manifest["sha256"].items():
        path = folder / name
        if not path.is_file():
            raise InputError(
                "data set",
                str(path),
                "every file of the manifest must be there; this one is missing: give the same build again",
            )
        if sha256(path) != expected:
            raise InputError(
                "data set",
                str(path),
                "only files with the manifest's SHA-256 are; this one is damaged: give the same build again",
            )
    return len(manifest["sha256"])


def read_split(folder: Path, split: str) -> Snapshots:
    """All snapshots of a split, in the order of their chains, after `verify`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    verify(folder)
    recipe = read_recipe(folder)
    system, shards = recipe.system.system(), plan(recipe).shards
    names = [folder / shard_name(split, k, shards) for k in range(shards)]
    table = pa.concat_tables([pq.read_table(name) for name in names]).sort_by("chain")
    images = table.column("image").combine_chunks().field("bytes").to_pylist()
    chains = table.column("chain").to_numpy()
    spins = np.stack([from_png(data, system, f"image {c}") for data, c in zip(images, chains, strict=True)])
    label, temperature, energy = (table.column(name).to_numpy() for name in ("label", "temperature", "energy"))
    return Snapshots(system, spins, label, temperature, energy, chains)


def read_files(paths: list[Path], system: System) -> list[tuple[str, NDArray[np.int8]]]:
    """(name, spins) of every snapshot in .npy, .npz (array `spins`) and image files, folders searched.

    Raises InputError for files that hold no snapshot of this system's lattice, and where there is none at all.
    """
    found: list[tuple[str, NDArray[np.int8]]] = []
    for path in paths:
        if path.is_dir():
            files = sorted(p for p in path.rglob("*") if p.suffix.lower() in (".npy", ".npz", ".png"))
            if not files:
                raise InputError("files", str(path), "a folder with .npy, .npz or .png files is")
        else:
            files = [path]
        for file in files:
            found += _read_file(file, system)
    return found


def _read_file(path: Path, system: System) -> list[tuple[str, NDArray[np.int8]]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError("files", str(path), f"a readable file is ({error.strerror})") from None
    if path.suffix.lower() not in (".npy", ".npz"):
        return [(str(path), from_png(data, system, str(path)))]
    try:
        loaded = np.load(io.BytesIO(data), allow_pickle=False)
        array = loaded["spins"] if isinstance(loaded, np.lib.npyio.NpzFile) else loaded
    except KeyError:
        raise InputError(str(path), "no array `spins`", "an .npz with an array `spins` is") from None
    except Exception as error:  # damaged files raise whatever the zip, zlib and header parsers do
        raise InputError(str(path), type(error).__name__, "a whole NumPy file of plain numbers is") from None
    m, n = system.lattice.shape
    if array.ndim not in (2, 3) or array.shape[-2:] != (m, n) or array.size == 0:
        raise InputError(f"{path} (shape)", array.shape, f"({m}, {n}) or (count, {m}, {n}) is")
    if array.dtype.kind not in "biuf" or not np.isin(array, system.model.states).all():
        allowed = f"an array of spins, each one of {', '.join(map(str, system.model.states))}, is"
        raise InputError(f"{path} (values)", np.unique(array)[:4].tolist(), allowed)
    spins = array.astype(np.int8)
    return [(str(path), spins)] if array.ndim == 2 else [(f"{path}[{k}]", s) for k, s in enumerate(spins)]
