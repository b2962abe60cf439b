"""Read a data set folder back, verified, and snapshots from users' own files."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.build import MANIFEST, shard_name
from spinlens.data.files import sha256
from spinlens.data.recipe import SPLITS, Recipe, parse_recipe, plan
from spinlens.data.render import from_png
from spinlens.data.snapshots import read_snapshots
from spinlens.errors import InputError
from spinlens.physics.systems import System

AGAIN = "make the data set again"


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
        raise InputError("data set", str(folder), "a folder that `spinlens build` wrote")
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        manifest["sha256"].items(), manifest["recipe"].items()
        return manifest
    except FileNotFoundError:
        hint = "run the same `spinlens build` again to finish it"
        raise InputError("data set", str(folder), f"a finished one, with a {MANIFEST}", hint) from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise InputError(f"{folder / MANIFEST}", type(error).__name__, "an undamaged manifest") from None


def read_recipe(folder: Path) -> Recipe:
    """The recipe of a finished data set."""
    return parse_recipe(read_manifest(folder)["recipe"])


def verify(folder: Path) -> int:
    """Compare every file with the manifest; returns how many. Raises InputError that names the first damaged one."""
    manifest = read_manifest(folder)
    for name, expected in manifest["sha256"].items():
        path = folder / name
        if not path.is_file():
            raise InputError("data set", f"no {name} in {folder}", "complete", AGAIN)
        if sha256(path) != expected:
            raise InputError("data set", f"another {path}", "undamaged, as the manifest's SHA-256 says", AGAIN)
    return len(manifest["sha256"])


def read_split(folder: Path, split: str) -> Snapshots:
    """All snapshots of a split, in the order of their chains, after `verify`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    verify(folder)
    recipe = read_recipe(folder)
    tables = [pq.read_table(path) for path in _shards(folder, recipe, split)]
    return _snapshots(pa.concat_tables(tables).sort_by("chain"), recipe.system.system())


def read_parts(folder: Path) -> Iterator[Snapshots]:
    """All snapshots of a data set, one file at a time so that any number fits in memory; `verify` first."""
    import pyarrow.parquet as pq

    recipe = read_recipe(folder)
    system = recipe.system.system()
    for split in SPLITS:
        for path in _shards(folder, recipe, split):
            table = pq.read_table(path)
            if len(table):
                yield _snapshots(table, system)


def read_columns(folder: Path, *names: str) -> tuple[NDArray[Any], ...]:
    """Columns of numbers, (images,) each: split by split, in the order of the chains; `verify` first."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    recipe, tables = read_recipe(folder), []
    for split in SPLITS:
        parts = [pq.read_table(path, columns=sorted({*names, "chain"})) for path in _shards(folder, recipe, split)]
        tables.append(pa.concat_tables(parts).sort_by("chain"))
    table = pa.concat_tables(tables)
    return tuple(table.column(name).to_numpy() for name in names)


def _shards(folder: Path, recipe: Recipe, split: str) -> list[Path]:
    shards = plan(recipe).shards
    return [folder / shard_name(split, k, shards) for k in range(shards)]


def _snapshots(table: Any, system: System) -> Snapshots:
    images = table.column("image").combine_chunks().field("bytes").to_pylist()
    chains = table.column("chain").to_numpy()
    spins = np.stack([from_png(data, system, f"image {c}") for data, c in zip(images, chains, strict=True)])
    label, temperature, energy = (table.column(name).to_numpy() for name in ("label", "temperature", "energy"))
    return Snapshots(system, spins, label, temperature, energy, chains)


def read_files(paths: list[Path], system: System) -> list[tuple[str, NDArray[np.int8]]]:
    """(name, spins (rows, columns)) of every snapshot in files and folders. Raises InputError as `read_snapshots`."""
    found = [read_snapshots(path, system) for path in paths]
    return [pair for part in found for pair in zip(part.names, part.spins, strict=True)]
