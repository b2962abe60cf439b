"""Build a data set: simulate shards in parallel, write each whole, and the manifest last."""

import json
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from spinlens.data.card import card
from spinlens.data.files import sha256, write_text, write_whole
from spinlens.data.recipe import SPLITS, Plan, Recipe, parse_recipe, plan
from spinlens.data.render import to_png
from spinlens.errors import InputError
from spinlens.montecarlo.replicas import sample

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
    jobs = (joblib.delayed(build_shard)(recipe.model_dump(), out, k) for k in missing)
    done = joblib.Parallel(n_jobs=min(workers, max(len(missing), 1)), return_as="generator_unordered")(jobs)
    for count, _ in enumerate(done, layout.shards - len(missing) + 1):
        if progress:
            progress(count, layout.shards)
    for stray in out.rglob("*.tmp"):
        stray.unlink()
    write_text(out / "README.md", card(recipe))
    _write_manifest(recipe, out, layout)
    return out


def build_shard(values: dict[str, Any], out: Path, k: int) -> None:
    """Simulate shard k of a recipe (as plain values) and write its part of every split."""
    recipe = parse_recipe(values)
    layout = plan(recipe)
    mine = np.arange(k, len(layout.label), layout.shards)
    batch = sample(
        recipe.system.system(), layout.temperature[mine], recipe.run_protocol(), seed=recipe.seed, stream=(k,)
    )
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
    write_whole(path, lambda temporary: pq.write_table(table, temporary, write_page_checksum=True))


def _shard_done(out: Path, layout: Plan, k: int) -> bool:
    """Whether every file of shard k is there and its pages match their checksums."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        for split in SPLITS:
            pq.read_table(out / shard_name(split, k, layout.shards), page_checksum_verification=True)
    except (OSError, pa.ArrowInvalid):
        return False
    return True


def _claim(recipe: Recipe, out: Path) -> None:
    """Make the folder ours: empty, or begun with the same recipe. Raises InputError otherwise."""
    text = recipe.model_dump_json(indent=2) + "\n"
    if out.exists() and not out.is_dir():
        raise InputError("out", str(out), "a folder, new or begun by the same build, is")
    begun = out / RECIPE
    if out.is_dir() and any(p for p in out.iterdir() if p.suffix != ".tmp"):
        if not begun.is_file() or begun.read_text(encoding="utf-8") != text:
            raise InputError("out", str(out), "a new or empty folder is, or one begun with the same recipe")
        return
    (out / "data").mkdir(parents=True, exist_ok=True)
    write_text(begun, text)


def _write_manifest(recipe: Recipe, out: Path, layout: Plan) -> None:
    files = [shard_name(split, k, layout.shards) for split in SPLITS for k in range(layout.shards)]
    manifest = {
        "recipe": recipe.model_dump(mode="json"),
        "images": len(layout.label),
        "versions": {"python": platform.python_version()}
        | {name: version(name) for name in ("spinlens", "numpy", "numba", "pyarrow", "pillow")},
        "sha256": {name: sha256(out / name) for name in (RECIPE, "README.md", *files)},
    }
    write_text(out / MANIFEST, json.dumps(manifest, indent=2) + "\n")
