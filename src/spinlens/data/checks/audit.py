"""Is every row of a data set what its recipe says, and every file of the folder one of the data set?"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spinlens.data.checks.findings import Finding
from spinlens.data.layout import MANIFEST
from spinlens.data.plan import plan
from spinlens.data.read import read_manifest
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.errors import shown

NAMED = 5  # stray files that one line names


def files(folder: Path) -> Finding:
    """No file in the folder but those of the manifest.

    What other programs leave beside a data set, hidden files and the networks in runs/, is named and no failure.
    """
    known = set(read_manifest(folder)["sha256"]) | {MANIFEST}
    found = sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()
    )
    extra = [name for name in found if name not in known]
    stray = [name for name in extra if not _is_beside(name)]
    if not extra:
        return Finding("files", True, "every file belongs to the data set")
    shown_first = [*stray, *(name for name in extra if name not in stray)]
    names = ", ".join(map(shown, shown_first[:NAMED])) + (
        f" and {len(extra) - NAMED} more" if len(extra) > NAMED else ""
    )
    return Finding("files", False if stray else None, f"files that are not of the data set: {names}")


def _is_beside(name: str) -> bool:
    """Whether no reader takes the file for a part of the data: hidden, or in runs/."""
    return name.startswith("runs/") or name.startswith(".")


def rows(folder: Path, recipe: Recipe, columns: dict[str, NDArray[Any]]) -> Finding:
    """As many rows as the recipe says; temperatures (or the values of another
    variable), labels and chains those of its plan; one system and one seed.

    columns: the variable of the classes, temperature, label, chain, split, system and seed, (images,) each. Imported
    data have no plan but the numbers of images a class.
    """
    expected, split = plan(recipe), columns["split"]
    wrong: list[str] = []
    order = np.lexsort((expected.chain, expected.split))
    counts = [np.bincount(columns["label"][split == s], minlength=len(recipe.classes.names)) for s in range(3)]
    if any(not np.array_equal(counts[s], getattr(recipe.counts, name)) for s, name in enumerate(SPLITS)):
        wrong.append("counts")
    elif recipe.protocol != "imported":
        for name, planned in (
            (recipe.classes.variable, expected.value),
            ("label", expected.label),
            ("chain", expected.chain),
        ):
            if not np.array_equal(columns[name], planned[order]):
                wrong.append(name)
        wrong += ["temperature"] * (
            recipe.temperature is not None and bool((columns["temperature"] != recipe.temperature).any())
        )
    if read_manifest(folder).get("images") != len(split):
        wrong.append(f"{MANIFEST} (images)")
    wrong += ["seed"] * bool((columns["seed"] != recipe.seed).any())
    wrong += ["system"] * bool((columns["system"] != recipe.system.system().name).any())
    detail = f"{len(split)} rows, as the recipe says" if not wrong else f"not what the recipe says: {', '.join(wrong)}"
    return Finding("rows", not wrong, detail)
