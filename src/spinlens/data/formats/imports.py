"""Data sets made of snapshots that were simulated elsewhere."""

import json
import warnings
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.checks.order import write_order
from spinlens.data.files import check_new, sha256, whole_folder, write_text
from spinlens.data.formats.couplings import advise_coupling
from spinlens.data.formats.imported import Imported
from spinlens.data.formats.plausible import doubt_temperatures
from spinlens.data.formats.reading import Reading
from spinlens.data.formats.user_files import read_snapshots
from spinlens.data.layout import MANIFEST, shard_name, write_parquet
from spinlens.data.plan import plan
from spinlens.data.recipe import SPLITS, Recipe, parse_recipe
from spinlens.data.render import state_columns
from spinlens.data.schema import recipe_schema
from spinlens.data.splitting import Shares, split_at_random, split_in_order
from spinlens.errors import InputError, ReadingWarning, shown
from spinlens.physics.order import magnetization
from spinlens.physics.systems import energy

FRACTIONS = (0.6, 0.2, 0.2)
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
    fractions: Shares | None = None,
    independent: bool = False,
    reading: Reading | None = None,
) -> Path:
    """Turn snapshots with temperatures (`read_snapshots`) into the data set folder `out`; returns `out`.

    recipe: its system, classes and seed; counts, protocol and sweeps are replaced. fractions: train, validation, test;
    (0.6, 0.2, 0.2) where left out. reading: as for `read_snapshots`.

    Rows of a file (of a folder, where each file holds one snapshot) are taken for ONE chain in time order, and
    neighbours in time look alike: a random split by rows would put near copies of the training images into the test.
    So rows are cut as `split_in_order` says, `chain` is the number of the file, and the manifest keeps the order of the
    rows. independent=True states that every snapshot has a chain of its own: each class is split at random by the
    recipe's seed, and chain is the row. What `export` wrote keeps its splits and chains, and its classes and seed
    unless the recipe gives others, where neither fractions nor independent are given.

    The recipe written says protocol "imported", as nothing is known of equilibrium and no ceiling holds; that of an
    export is kept in the manifest. `out` has no recipe.json, so that no `build` resumes in it, and is whole or not
    there. Warns (ReadingWarning) where spins cannot be those of the system at their temperatures. Raises InputError for
    unknown temperatures or ones outside the classes, moved pinned spins, classes without
    snapshots in each split, and orders of temperatures that cannot be cut.
    """
    check_new(out)
    if fractions is not None and (not all(0 < f < 1 for f in fractions) or abs(sum(fractions) - 1) > 1e-9):
        raise InputError("fractions", fractions, "three numbers above 0 that add up to 1")
    found = read_snapshots(path, recipe.system.system(), reading)
    restored = found.exports > 0 and fractions is None and not independent
    if restored:
        recipe = _exported_recipe(found, recipe, path)
    temperature, label = _check_snapshots(found, recipe)
    if restored and found.stored is not None:
        split, chain, how = found.stored.split, found.stored.chain, "with the splits and chains of its export"
    elif independent:
        split = split_at_random(label, fractions or FRACTIONS, _generator(recipe))
        chain, how = np.arange(len(label)), "independent, split at random"
    else:
        split, how = split_in_order(temperature, fractions or FRACTIONS, found.names)
        chain, how = found.origin, f"taken for one chain a file; {how}"
    order = np.argsort(split, kind="stable")
    counts = [np.bincount(label[split == s], minlength=len(recipe.classes.names)).tolist() for s in range(len(SPLITS))]
    for s, k in np.argwhere(np.array(counts) == 0)[:1]:
        given = f"{np.sum(label == k)} snapshots, {counts[s][k]} of them for {SPLITS[s]}"
        expected, hint = "large enough for one snapshot in each split", _own_classes(found, temperature, recipe)
        raise InputError(f"class {recipe.classes.names[k]}", given, expected, hint)
    for line in doubt_temperatures(found, temperature, recipe.system.system()):
        warnings.warn(line, ReadingWarning, stacklevel=2)
    changes = {
        "counts": dict(zip(SPLITS, counts, strict=True)),
        "protocol": "imported",
        "sweeps": None,
        "updater": None,
        "start": None,
    }
    note: dict[str, Any] = {
        "source": shown(path.name),
        "fractions": fractions,
        "independent": independent,
        "split": how,
    }
    note |= {} if restored or independent else {"order": write_order(split)}
    note |= {"source_sha256": sha256(path)} if path.is_file() else {}
    note |= {"exported": found.stored.recipe.model_dump(mode="json")} if found.stored is not None else {}
    recipe = parse_recipe(recipe.model_dump() | changes)
    out.parent.mkdir(parents=True, exist_ok=True)
    with whole_folder(out) as folder:
        _write_dataset(folder, recipe, found.spins[order], temperature[order], split[order], chain[order], note)
    return out


def _generator(recipe: Recipe) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(recipe.seed, spawn_key=(1,)))


def _exported_recipe(found: Imported, recipe: Recipe, path: Path) -> Recipe:
    """The recipe of an export, with the classes and the seed of `recipe` where that gives them."""
    if found.stored is None:
        given = f"{found.exports} with splits among others"
        raise InputError(str(path), given, "one export alone", "--fractions or --independent split all files anew")
    theirs = found.stored.recipe
    if theirs.system.system() != recipe.system.system():
        raise InputError("system", recipe.system.system().name, f"{theirs.system.system().name}, as in {path}")
    changes: dict[str, Any] = {
        name: getattr(recipe, name) for name in ("classes", "seed") if name in recipe.model_fields_set
    }
    return theirs.model_copy(update=changes)


def _check_snapshots(found: Imported, recipe: Recipe) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """(temperature, label), (n,) each. Raises InputError for snapshots that do not fit the recipe."""
    temperature, system, edges = found.temperature, recipe.system.system(), recipe.classes.edges
    if temperature is None:
        hint = "give an array temperature (.npz, .h5), a column of metadata.csv, or temp (the simulator's JSON)"
        if found.unknown.lower().endswith(".npy"):
            hint = 'a .npz holds both: np.savez("a.npz", spins=spins, temperature=temperature)'
        raise InputError("temperature", f"none in {found.unknown}", "known for each snapshot", hint)
    for bad in np.flatnonzero(~recipe.classes.contains(temperature))[:1]:
        expected = f"from {edges[0]:g} to {edges[-1]:g}, the ends of the classes"
        hint = _own_classes(found, temperature, recipe)
        raise InputError(f"{found.names[bad]} temperature", float(temperature[bad]), expected, hint)
    for bad in np.flatnonzero(((found.spins != system.pinned) & system.held).any((1, 2)))[:1]:
        raise InputError(found.names[bad], "other edges", f"a snapshot with the pinned edges of {system.name}")
    return temperature, recipe.classes.label(temperature)


def _own_classes(found: Imported, temperature: NDArray[np.float64], recipe: Recipe) -> str:
    """The temperatures that were found beside the classes that were asked for, and what to do where they do not fit."""
    given = f"the snapshots have T from {temperature.min():g} to {temperature.max():g}"
    edges = ", ".join(f"{edge:g}" for edge in recipe.classes.edges)
    remedy = advise_coupling(found.spins, temperature, recipe.system.system())
    remedy = remedy or "a recipe, FILE.toml, with its own [classes] sets other edges"
    return f"{given}, the classes the edges {edges}; {remedy}"


def _write_dataset(
    folder: Path,
    recipe: Recipe,
    spins: NDArray[Any],
    temperature: NDArray[np.float64],
    split: NDArray[np.int64],
    chain: NDArray[np.int64],
    note: dict[str, Any],
) -> None:
    """Shards, card and manifest in the layout of `build`; the order of time is kept across the shards of a split."""
    system, label, shards = recipe.system.system(), recipe.classes.label(temperature), plan(recipe).shards
    (folder / "data").mkdir()
    names = []
    for k in range(shards):
        for s, name in enumerate(SPLITS):
            rows = np.array_split(np.flatnonzero(split == s), shards)[k]
            columns = {
                **state_columns(system.model.space, spins[rows]),
                "label": label[rows],
                "temperature": temperature[rows],
                "energy": energy(system, spins[rows]),
                "magnetization": magnetization(system, spins[rows]),
                "system": [system.name] * len(rows),
                "chain": chain[rows],
                "seed": np.full(len(rows), recipe.seed),
            }
            names.append(shard_name(name, k, shards))
            write_parquet(folder / names[-1], columns, recipe_schema(recipe))
            (folder / f"{names[-1]}.sha256").unlink()
    files = "\n".join(f"  - split: {s}\n    path: data/{s}-*.parquet" for s in SPLITS)
    text = CARD.format(files=files, system=system.name, count=len(chain), source=note["source"], how=note["split"])
    write_text(folder / "README.md", text)
    manifest = {
        "recipe": recipe.model_dump(mode="json"),
        "images": len(chain),
        "imported": note,
        "versions": {"spinlens": version("spinlens")},
        "sha256": {name: sha256(folder / name) for name in ("README.md", *names)},
    }
    write_text(folder / MANIFEST, json.dumps(manifest, indent=2) + "\n")
