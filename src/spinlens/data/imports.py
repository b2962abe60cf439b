"""Data sets made of snapshots that were simulated elsewhere."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.files import check_new, sha256, whole_folder, write_text
from spinlens.data.recipe import SPLITS, Recipe, parse_recipe, plan
from spinlens.data.render import to_png
from spinlens.data.shards import MANIFEST, shard_name, write_parquet
from spinlens.data.snapshots import Imported, read_snapshots
from spinlens.errors import InputError
from spinlens.physics.systems import energy, magnetization

__all__ = ["Imported", "import_dataset", "read_snapshots"]

CARD = """---
task_categories:
- image-classification
configs:
- config_name: default
  data_files:
{files}
---
# Imported spin snapshots: {system}

{count} snapshots of `{system}`, imported from `{source}` by `spinlens import`:
{how}.

Nothing here was simulated by spinlens; whether it is at equilibrium is for `spinlens check` to find out.
"""


def import_dataset(
    path: Path,
    recipe: Recipe,
    out: Path,
    fractions: tuple[float, float, float] = (0.6, 0.2, 0.2),
    independent: bool = False,
) -> Path:
    """Turn snapshots with temperatures (`read_snapshots`) into the data set folder `out`; returns `out`.

    recipe: its system, classes and seed; counts, protocol and sweeps are replaced. fractions: train, validation, test.

    Rows of a simulator's file come from ONE chain in time order, and neighbours in time look alike: a random split by
    rows would put near copies of the training images into the test. So each class is cut in the order of its rows,
    the first part for training and the last for the test, and all rows get chain 0, which `spinlens check` reports as
    shared. Only rows beside a cut stay correlated across splits. independent=True states that every snapshot has a
    chain of its own: they are split at random by the recipe's seed, and chain is the row.

    The recipe written says protocol "imported", as nothing is known of equilibrium and no ceiling holds. `out` has no
    recipe.json, so that no `build` goes on in it, and is whole or not there. Raises InputError for unknown
    temperatures or ones outside the classes, moved pinned spins, and classes too small for three splits.
    """
    check_new(out)
    system, classes = recipe.system.system(), recipe.classes
    if not all(0 < f < 1 for f in fractions) or abs(sum(fractions) - 1) > 1e-9:
        raise InputError("fractions", fractions, "three numbers above 0 that add up to 1")
    found = read_snapshots(path, system)
    temperature = found.temperature
    if temperature is None:
        hint = "give an array temperature (.npz), a column of metadata.csv, or temp (data.json)"
        raise InputError("temperature", "none", "known for each snapshot", hint)
    low, high = classes.edges[0], classes.edges[-1]
    for bad in np.flatnonzero((temperature < low) | (temperature > high)):
        raise InputError(f"{found.names[bad]} temperature", float(temperature[bad]), f"from {low:g} to {high:g}")
    for bad in np.flatnonzero(((found.spins != system.pinned) & (system.pinned != 0)).any((1, 2))):
        raise InputError(f"{found.names[bad]}", "other edges", f"a snapshot with the pinned edges of {system.name}")
    label = classes.label(temperature)
    rng = np.random.default_rng(np.random.SeedSequence(recipe.seed, spawn_key=(1,)))
    split = np.empty(len(label), np.int64)
    for k, name in enumerate(classes.names):
        rows = np.flatnonzero(label == k)
        ends = np.round(np.cumsum(fractions) * len(rows)).astype(int)
        if not 0 < ends[0] < ends[1] < ends[2]:
            raise InputError(f"class {name}", f"{len(rows)} snapshots", "large enough for one snapshot in each split")
        split[rng.permutation(rows) if independent else rows] = np.searchsorted(ends, np.arange(len(rows)), "right")
    order = np.lexsort((label, split))
    counts = [np.bincount(label[split == s], minlength=len(classes.names)).tolist() for s in range(len(SPLITS))]
    changes = {"counts": dict(zip(SPLITS, counts, strict=True)), "protocol": "imported", "sweeps": None}
    recipe = parse_recipe(recipe.model_dump() | changes)
    note = {"source": path.name, "fractions": fractions, "independent": independent}
    note |= {"source_sha256": sha256(path)} if path.is_file() else {}
    chain = order if independent else np.zeros_like(order)
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(out) as folder:
        _write_dataset(folder, recipe, found.spins[order], temperature[order], split[order], chain, note)
    return out


def _write_dataset(
    folder: Path,
    recipe: Recipe,
    spins: NDArray[np.int8],
    temperature: NDArray[np.float64],
    split: NDArray[np.int64],
    chain: NDArray[np.int64],
    note: dict[str, Any],
) -> None:
    """Shards, card and manifest in the layout of `build`."""
    system, label, shards = recipe.system.system(), recipe.classes.label(temperature), plan(recipe).shards
    (folder / "data").mkdir()
    names = []
    for k in range(shards):
        for s, name in enumerate(SPLITS):
            rows = np.arange(k, len(chain), shards)
            rows = rows[split[rows] == s]
            columns = {
                "image": [{"bytes": to_png(spins[r]), "path": None} for r in rows],
                "label": label[rows],
                "temperature": temperature[rows],
                "energy": energy(system, spins[rows]),
                "magnetization": magnetization(system, spins[rows]),
                "system": [system.name] * len(rows),
                "chain": chain[rows],
                "seed": np.full(len(rows), recipe.seed),
            }
            names.append(shard_name(name, k, shards))
            write_parquet(folder / names[-1], columns, recipe)
            (folder / f"{names[-1]}.sha256").unlink()
    how = "independent, split at random" if note["independent"] else "taken for one chain, each class cut in time order"
    files = "\n".join(f"  - split: {s}\n    path: data/{s}-*.parquet" for s in SPLITS)
    text = CARD.format(files=files, system=system.name, count=len(chain), source=note["source"], how=how)
    write_text(folder / "README.md", text)
    manifest = {
        "recipe": recipe.model_dump(mode="json"),
        "images": len(chain),
        "imported": note,
        "versions": {"spinlens": version("spinlens")},
        "sha256": {name: sha256(folder / name) for name in ("README.md", *names)},
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")
