"""Is a data set what it says it is: undamaged, rightly labelled, at equilibrium?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from spinlens.data.read import read_recipe, read_split, verify
from spinlens.data.recipe import SPLITS
from spinlens.montecarlo.statistics import exact_test, independent_test, relaxation
from spinlens.physics.exact import is_solved
from spinlens.physics.systems import energy

LEVEL = 1e-4  # a good data set fails once in 10000
PROXY_SWEEPS = (0, 50, 150, 350, 750)


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it holds (None: shown only), and the evidence in one line."""

    name: str
    ok: bool | None
    detail: str


def equilibrium(folder: Path) -> Finding:
    """One test of all energies of a data set, every split: exact where p(E | T) is known, else against a second run."""
    recipe = read_recipe(folder)
    system, temperature, energies = _all_splits(folder, "temperature", "energy")
    if is_solved(system):
        p_value, _ = exact_test(system, temperature, energies, recipe.seed)
        source = "the exact p(E | T)"
    else:
        p_value = independent_test(system, temperature, energies, recipe.seed + 1)
        source = "a second sample by Metropolis from ordered starts"
    verdict = "at equilibrium" if p_value >= LEVEL else "not at equilibrium"
    detail = f"{verdict}: energies of all {len(energies)} images against {source}, p = {p_value:.2g} (limit {LEVEL:g})"
    return Finding("equilibrium", p_value >= LEVEL, detail)


def _all_splits(folder: Path, *names: str) -> tuple[Any, ...]:
    """(system, array, ...): the named columns over all splits."""
    splits = [read_split(folder, split) for split in SPLITS]
    return splits[0].system, *(np.concatenate([getattr(s, name) for s in splits]) for name in names)


def check(folder: Path) -> Iterator[Finding]:
    """Yield the findings one by one. Raises InputError for a damaged or unfinished data set."""
    yield Finding("manifest", True, f"{verify(folder)} files match their SHA-256")
    recipe = read_recipe(folder)
    names = ("temperature", "energy", "label", "chain", "spins")
    system, temperature, energies, label, chain, spins = _all_splits(folder, *names)
    wrong = int((recipe.classes.label(temperature) != label).sum())
    yield Finding("labels", wrong == 0, f"{wrong} of {len(label)} images lie outside their class")
    off = int((np.abs(energy(system, spins) - energies) > 1e-6 * system.lattice.sites).sum())
    yield Finding("energies", off == 0, f"{off} of {len(label)} images have another energy than their row says")
    moved = int((spins != system.pinned)[:, system.pinned != 0].any(1).sum()) if system.pinned.any() else 0
    yield Finding("pinned edges", moved == 0, f"{moved} images have a pinned spin that moved")
    shared = len(chain) - len(np.unique(chain))
    yield Finding("independence", shared == 0, f"{shared} images share a chain with another")
    yield equilibrium(folder)
    middles = [float(np.median(temperature[label == k])) for k in range(len(recipe.classes.names))]
    curves = relaxation(system, middles, PROXY_SWEEPS, replicas=64, seed=recipe.seed)
    for k, name in enumerate(recipe.classes.names):
        steps = "  ".join(
            f"{sweeps}: {curves['ordered'][k, i]:.2f}/{curves['random'][k, i]:.2f}"
            for i, sweeps in enumerate(PROXY_SWEEPS)
        )
        yield Finding(f"|m| by sweeps, T = {middles[k]:g}", None, f"{name}, ordered/random start: {steps}")
