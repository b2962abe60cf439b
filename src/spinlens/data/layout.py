"""The files of a data set: their names, their hashes, and how they are written."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spinlens.data.files import sha256, write_text, write_whole
from spinlens.data.json_files import read_json
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST, RECIPE, PROOF = "manifest.json", "recipe.json", "proof.json"
SHARD = re.compile(r"data/[a-z]+-\d{5}-of-(\d{5})\.parquet")


def shard_name(split: str, k: int, shards: int) -> str:
    """Path of a shard inside its data set."""
    return f"data/{split}-{k:05d}-of-{shards:05d}.parquet"


def count_shards(names: Iterable[str]) -> int:
    """The number of shards of each split that the name of a shard states; 1 where no name or several numbers do."""
    stated = {int(match[1]) for match in map(SHARD.fullmatch, names) if match}
    return stated.pop() if len(stated) == 1 else 1


def expected_files(recipe: Recipe, shards: int) -> set[str]:
    """The names of the files that a finished data set of this recipe has beside its manifest."""
    names = {shard_name(split, k, shards) for split in SPLITS for k in range(shards)} | {"README.md"}
    names |= set() if recipe.protocol == "imported" else {RECIPE}
    return names | ({PROOF} if recipe.protocol == "equilibrium" else set())


def noted_hashes(out: Path) -> dict[str, str]:
    """The SHA-256 of every file under a finished manifest; none where there is no such thing."""
    try:
        return dict(read_json(out / MANIFEST, "a manifest")["sha256"])
    except (OSError, ValueError, LookupError, TypeError):  # InputError is a ValueError
        return {}


def check_begun(out: Path, recipe: Recipe) -> None:
    """Raises InputError unless the folder belongs to a build of this recipe."""
    path = out / RECIPE
    if not path.is_file() or path.read_bytes() != recipe_text(recipe).encode():
        raise InputError(str(path), "another one", "the recipe that the files of this data set are made by")


def recipe_text(recipe: Recipe) -> str:
    """What a build writes into RECIPE before all else."""
    return recipe.model_dump_json(indent=2) + "\n"


def write_parquet(
    path: Path, columns: dict[str, Any], schema: "pa.Schema", before_naming: Callable[[], None] = lambda: None
) -> None:
    """Write the rows of a shard whole, and their SHA-256 beside them.

    schema: as `recipe_schema` makes it. before_naming: called when the rows are written and have no name yet; what it
    raises leaves no file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(columns, schema=schema)

    def write(temporary: Path) -> None:
        with open(temporary, "wb") as file:  # pyarrow would take "~" in a path for the home folder
            pq.write_table(table, file)
        before_naming()

    write_whole(path, write)
    write_text(path.with_name(path.name + ".sha256"), sha256(path))  # until the manifest holds it
