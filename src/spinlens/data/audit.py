"""Is every row of a data set what its recipe says, and every file of the folder one of the data set?"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spinlens.data.findings import LEVEL, Finding
from spinlens.data.read import expected_files, read_manifest
from spinlens.data.recipe import SPLITS, Recipe, plan
from spinlens.data.shards import MANIFEST
from spinlens.physics.exact import density_of_states, is_solved

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


def coverage(
    recipe: Recipe, temperature: NDArray[np.float64], label: NDArray[np.int64], split: NDArray[np.int64]
) -> Finding:
    """The temperatures of each class are spread alike over the splits: else a score is one of extrapolation.

    Kolmogorov-Smirnov of every two splits in every class, the least p-value against LEVEL over the number of tests.
    """
    least, where, tests = 1.0, "", 0
    for k, name in enumerate(recipe.classes.names):
        for a, b in ((0, 1), (0, 2), (1, 2)):
            first, second = (temperature[(label == k) & (split == s)] for s in (a, b))
            if not (len(first) and len(second)):
                continue
            tests += 1
            p = float(stats.ks_2samp(first, second).pvalue)
            if p < least:
                least, where = p, f"class {name}, {_range(SPLITS[a], first)}, {_range(SPLITS[b], second)}"
    detail = f"every class has the same temperatures in every split (least p = {least:.2g})"
    if least * tests < LEVEL:
        return Finding("splits", False, f"{where}: other temperatures (p = {least:.2g})")
    return Finding("splits", True, detail)


def _range(name: str, values: NDArray[np.float64]) -> str:
    return f"{name} {values.min():g} to {values.max():g}"


def copies(recipe: Recipe, digest: NDArray[Any], energies: NDArray[np.float64]) -> Finding:
    """No image occurs twice where that is impossible by chance.

    At equilibrium every state of one energy is equally probable, whatever the temperature, so n independent images of
    an energy with g states hold n (n - 1) / 2g equal pairs on average. Levels are taken from the rarest on while the
    sum of these stays below LEVEL; one equal pair among them is a copy. digest (images,): equal for equal images.
    """
    system = recipe.system.system()
    repeated = len(digest) - len(np.unique(digest))
    if not is_solved(system) or recipe.protocol != "equilibrium":
        return Finding("copies", None, f"{repeated} images occur before (no limit is known)")
    levels, log_counts = density_of_states(system)
    at = np.clip(np.searchsorted(levels, energies - 1e-6 * abs(system.model.J)), 0, len(levels) - 1)
    images = np.bincount(at, minlength=len(levels)).astype(np.float64)
    pairs = images * (images - 1) / 2 * np.exp(-log_counts)
    order = np.argsort(pairs)
    rare = np.zeros(len(levels), bool)
    rare[order[np.cumsum(pairs[order]) < LEVEL]] = True
    mine = digest[rare[at]]
    copied = len(mine) - len(np.unique(mine))
    detail = f"{copied} of {len(mine)} images occur before, among energies where chance makes none"
    return Finding("copies", copied == 0, detail)
