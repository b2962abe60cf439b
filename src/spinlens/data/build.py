"""Build a data set: simulate shards in parallel, write each whole, and the manifest last."""

import json
import platform
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from spinlens.data.card import card
from spinlens.data.files import sha256, write_text, write_whole
from spinlens.data.recipe import SPLITS, Plan, Recipe, plan
from spinlens.data.render import to_png
from spinlens.errors import InputError
from spinlens.montecarlo.replicas import sample
from spinlens.physics.systems import System

MANIFEST, RECIPE = "manifest.json", "recipe.json"


def build(recipe: Recipe, out: Path, workers: int = 1, progress: Callable[[int, int], None] | None = None) -> Path:
    """Write the recipe's data set into the folder `out`, resuming what is already there; returns `out`.

    The files depend on the recipe alone, whatever `workers` is and however often the build was interrupted.
    progress(done, total) is called after each shard. Raises InputError where `out` holds something else.
    """
    import joblib

    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise InputError("workers", workers, "a whole number from 1 to 1024 is")
    layout = plan(recipe)
    _claim(recipe, out)
    missing = [k for k in range(layout.shards) if not _shard_done(out, layout, k)]
    if progress:
        progress(layout.shards - len(missing), layout.shards)
    system = recipe.system.system()
    jobs = (joblib.delayed(build_shard)(recipe, system, out, k) for k in missing)
    done = joblib.Parallel(n_jobs=min(workers, max(len(missing), 1)), return_as="generator_unordered")(jobs)
    for count, _ in enumerate(done, layout.shards - len(missing) + 1):
        if progress:
            progress(count, layout.shards)
    write_text(out / "README.md", card(recipe))
    _write_manifest(recipe, out, layout)
    for name in _names(layout):
        for ending in (".tmp", ".sha256"):
            (out / (name + ending)).unlink(missing_ok=True)
    return out


def build_shard(recipe: Recipe, system: System, out: Path, k: int) -> None:
    """Simulate shard k of a recipe and write its part of every split. system: the recipe's, found by the caller."""
    layout = plan(recipe)
    mine = np.arange(k, len(layout.label), layout.shards)
    batch = sample(system, layout.temperature[mine], recipe.run_protocol(), seed=recipe.seed, stream=(k,))
    for s, split in enumerate(SPLITS):
        rows = np.flatnonzero(layout.split[mine] == s)
        columns = {
            "image": [{"bytes": to_png(batch.spins[r]), "path": None} for r in rows],
            "label": layout.label[mine][rows],
            "temperature": batch.temperature[rows],
            "energy": batch.energy[rows],
            "magnetization": batch.magnetization[rows],
            "system": [batch.system.name] * len(rows),
            "chain": mine[rows],
            "seed": np.full(len(rows), recipe.seed),
        }
        _write_parquet(out / shard_name(split, k, layout.shards), columns, recipe)


def shard_name(split: str, k: int, shards: int) -> str:
    """Path of a shard inside its data set."""
    return f"data/{split}-{k:05d}-of-{shards:05d}.parquet"


def _write_parquet(path: Path, columns: dict[str, Any], recipe: Recipe) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import ClassLabel, Features, Image, Value

    numbers = {name: Value("float64") for name in ("temperature", "energy", "magnetization")}
    features = Features(
        {"image": Image(), "label": ClassLabel(names=list(recipe.classes.names)), **numbers}
        | {"system": Value("string"), "chain": Value("int64"), "seed": Value("int64")}
    )
    table = pa.table(columns, schema=features.arrow_schema)
    write_whole(path, lambda temporary: pq.write_table(table, temporary))
    write_text(path.with_name(path.name + ".sha256"), sha256(path))  # until the manifest holds it


def _names(layout: Plan, shards: Iterable[int] | None = None) -> list[str]:
    return [shard_name(s, k, layout.shards) for s in SPLITS for k in shards or range(layout.shards)]


def _shard_done(out: Path, layout: Plan, k: int) -> bool:
    """Whether every file of shard k is there and has the SHA-256 noted when it was written."""
    try:
        known = json.loads((out / MANIFEST).read_text(encoding="utf-8"))["sha256"]
    except (OSError, ValueError, LookupError, TypeError):
        known = {}
    try:
        for name in _names(layout, [k]):
            noted = known.get(name) or (out / f"{name}.sha256").read_text(encoding="utf-8")
            if sha256(out / name) != noted:
                return False
    except (OSError, ValueError):
        return False
    return True


def _claim(recipe: Recipe, out: Path) -> None:
    """Make the folder ours: empty, or begun with the same recipe. Raises InputError otherwise."""
    text = recipe.model_dump_json(indent=2) + "\n"
    if out.exists() and not out.is_dir():
        raise InputError("out", str(out), "a folder, new or begun by the same build, is")
    begun = out / RECIPE
    if begun.is_file():
        if begun.read_bytes() != text.encode():
            raise InputError("out", str(out), "a new or empty folder is, or one begun with the same recipe")
    else:
        if out.is_dir() and {p.name for p in out.iterdir()} - {RECIPE + ".tmp"}:
            raise InputError("out", str(out), "a new or empty folder is, or one begun with the same recipe")
        out.mkdir(parents=True, exist_ok=True)
        write_text(begun, text)
    (out / "data").mkdir(exist_ok=True)


def _write_manifest(recipe: Recipe, out: Path, layout: Plan) -> None:
    manifest = {
        "recipe": recipe.model_dump(mode="json"),
        "images": len(layout.label),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("spinlens", "numpy", "numba", "pyarrow", "pillow")},
        "sha256": {name: sha256(out / name) for name in (RECIPE, "README.md", *_names(layout))},
    }
    write_text(out / MANIFEST, json.dumps(manifest, indent=2) + "\n")
