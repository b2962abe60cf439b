"""Is every row of a data set what its recipe says, and every file of the folder one of the data set?"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.findings import Finding
from spinlens.data.read import expected_files, read_manifest
from spinlens.data.recipe import SPLITS, Recipe, plan
from spinlens.data.shards import MANIFEST

NAMED = 5  # stray files that one line names


def files(folder: Path, recipe: Recipe) -> Finding:
    """No file in the folder but those of the manifest."""
    known = expected_files(recipe) | {MANIFEST}
    stray = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    stray = [name for name in stray if name not in known and not name.startswith((".", "runs/"))]
    names = ", ".join(stray[:NAMED]) + (f" and {len(stray) - NAMED} more" if len(stray) > NAMED else "")
    return Finding("files", not stray, f"files of no shard: {names}" if stray else "every file belongs to the data set")


def rows(folder: Path, recipe: Recipe, columns: dict[str, NDArray[Any]]) -> Finding:
    """As many rows as the recipe says; temperatures, labels and chains those of its plan; one system and one seed.

    columns: temperature, label, chain, split, system and seed, (images,) each. Imported data have no plan but the
    numbers of images a class.
    """
    expected, split = plan(recipe), columns["split"]
    wrong: list[str] = []
    order = np.lexsort((expected.chain, expected.split))
    counts = [np.bincount(columns["label"][split == s], minlength=len(recipe.classes.names)) for s in range(3)]
    if any(not np.array_equal(counts[s], getattr(recipe.counts, name)) for s, name in enumerate(SPLITS)):
        wrong.append("counts")
    elif recipe.protocol != "imported":
        for name in ("temperature", "label", "chain"):
            if not np.array_equal(columns[name], getattr(expected, name)[order]):
                wrong.append(name)
    if read_manifest(folder).get("images") != len(split):
        wrong.append(f"{MANIFEST} (images)")
    wrong += ["seed"] * bool((columns["seed"] != recipe.seed).any())
    wrong += ["system"] * bool((columns["system"] != recipe.system.system().name).any())
    detail = f"{len(split)} rows, as the recipe says" if not wrong else f"not what the recipe says: {', '.join(wrong)}"
    return Finding("rows", not wrong, detail)
