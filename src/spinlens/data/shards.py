"""One shard of a data set: simulate it, write it whole, and tell whether it is whole."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinlens.data.files import sha256
from spinlens.data.layout import check_begun, shard_name, write_parquet
from spinlens.data.plan import Plan, plan, run_protocol
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.data.render import state_columns
from spinlens.data.schema import recipe_schema
from spinlens.errors import InputError
from spinlens.montecarlo.controlled import sample_values
from spinlens.physics.control import KINKS
from spinlens.physics.systems import System


def build_shard(recipe: Recipe, system: System, out: Path, k: int) -> None:
    """Simulate shard k of a recipe and write its part of every split. system: the recipe's, found by the caller."""
    if not (out / "data").is_dir():
        raise InputError("out", str(out), "a folder that every process of the build sees under the same name")
    layout = plan(recipe, system)
    mine = images(layout, k)
    batch = sample_values(
        recipe.control(system),
        layout.value[mine],
        run_protocol(recipe, system),
        seed=recipe.seed,
        stream=(k,),
        chain=layout.chain[mine] if recipe.protocol == "anneal" else None,
    )
    schema = recipe_schema(recipe, system)
    for s, split in enumerate(SPLITS):
        rows = np.flatnonzero(layout.split[mine] == s)
        columns = {
            **state_columns(system.model.space, batch.spins[rows]),
            "label": layout.label[mine][rows],
            recipe.classes.variable: layout.value[mine][rows],
            "temperature": batch.temperature[rows],
            "energy": batch.energy[rows],
            "magnetization": batch.magnetization[rows],
            "system": [batch.system.name] * len(rows),
            "chain": layout.chain[mine][rows],
            "seed": np.full(len(rows), recipe.seed),
        }
        if batch.kinks is not None:
            columns[KINKS] = batch.kinks[rows]
        write_parquet(out / shard_name(split, k, layout.shards), columns, schema, partial(check_begun, out, recipe))


def images(layout: Plan, k: int) -> NDArray[np.int64]:
    """The numbers of the images in shard k."""
    return np.flatnonzero(layout.shard == k)


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
