"""One shard of a data set: simulate it, write it whole, and tell whether it is whole."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.files import sha256, write_text, write_whole
from spinlens.data.recipe import SPLITS, Plan, Recipe, plan
from spinlens.data.render import to_png
from spinlens.data.schema import dataset_schema
from spinlens.errors import InputError
from spinlens.montecarlo.replicas import sample
from spinlens.physics.systems import System

MANIFEST, RECIPE = "manifest.json", "recipe.json"


def build_shard(recipe: Recipe, system: System, out: Path, k: int) -> None:
    """Simulate shard k of a recipe and write its part of every split. system: the recipe's, found by the caller."""
    if not (out / "data").is_dir():
        raise InputError("out", str(out), "a folder that every process of the build sees under the same name")
    layout = plan(recipe)
    mine = images(layout, k)
    batch = sample(
        system,
        layout.temperature[mine],
        recipe.run_protocol(),
        seed=recipe.seed,
        stream=(k,),
        chain=layout.chain[mine] if recipe.protocol == "anneal" else None,
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
            "chain": layout.chain[mine][rows],
            "seed": np.full(len(rows), recipe.seed),
        }
        write_parquet(out / shard_name(split, k, layout.shards), columns, recipe, partial(check_begun, out, recipe))


def images(layout: Plan, k: int) -> NDArray[np.int64]:
    """The numbers of the images in shard k."""
    return np.flatnonzero(layout.shard == k)


def shard_name(split: str, k: int, shards: int) -> str:
    """Path of a shard inside its data set."""
    return f"data/{split}-{k:05d}-of-{shards:05d}.parquet"


def noted_hashes(out: Path) -> dict[str, str]:
    """The SHA-256 of every file under a finished manifest; none where there is no such thing."""
    try:
        return dict(json.loads((out / MANIFEST).read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def shard_hashes(out: Path, layout: Plan, k: int, noted: dict[str, str]) -> dict[str, str] | None:
    """The SHA-256 of every file of shard k; None unless all are there and as `noted`, or as noted beside them."""
    hashes = {}
    try:
        for name in (shard_name(split, k, layout.shards) for split in SPLITS):
            hashes[name] = sha256(out / name)
            beside = out / f"{name}.sha256"
            rebuilt = beside.read_text(encoding="utf-8") if beside.is_file() else None
            if hashes[name] not in (noted.get(name), rebuilt):
                return None
    except (OSError, ValueError):
        return None
    return hashes


def check_begun(out: Path, recipe: Recipe) -> None:
    """Raises InputError unless the folder belongs to a build of this recipe."""
    try:
        begun = (out / RECIPE).read_bytes()
    except OSError:
        begun = b""
    if begun != recipe_text(recipe).encode():
        raise InputError("out", str(out), "the folder of one build", f"its {RECIPE} is another one by now")


def recipe_text(recipe: Recipe) -> str:
    """What a build writes into RECIPE before all else."""
    return recipe.model_dump_json(indent=2) + "\n"


def write_parquet(
    path: Path, columns: dict[str, Any], recipe: Recipe, before_naming: Callable[[], None] = lambda: None
) -> None:
    """Write the rows of a shard whole, and their SHA-256 beside them.

    before_naming: called when the rows are written and have no name yet; what it raises leaves no file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(columns, schema=dataset_schema(recipe.classes.names))

    def write(temporary: Path) -> None:
        with open(temporary, "wb") as file:  # pyarrow would take "~" in a path for the home folder
            pq.write_table(table, file)
        before_naming()

    write_whole(path, write)
    write_text(path.with_name(path.name + ".sha256"), sha256(path))  # until the manifest holds it
