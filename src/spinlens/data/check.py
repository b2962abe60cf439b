"""Is a data set what it says it is: undamaged, rightly labelled, at equilibrium?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinlens.data.proofs import read_proof
from spinlens.data.read import read_columns, read_parts, read_recipe, verify
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.montecarlo.statistics import exact_test, independent_test, relaxation
from spinlens.physics.exact import is_solved
from spinlens.physics.systems import energy

LEVEL = 1e-4  # a good data set fails once in 10000
SECOND_RUN = 8192
PROXY_SWEEPS = (0, 50, 150, 350, 750)


@dataclass(frozen=True)
class Finding:
    """One check: what was looked at, whether it holds (None: shown only), and the evidence in one line."""

    name: str
    ok: bool | None
    detail: str


def equilibrium(folder: Path) -> Finding:
    """One test of all energies of a data set, every split: exact where p(E | T) is known, else against a second run.

    The second run holds at most SECOND_RUN images, spread over all classes, so that time and memory stay bounded.
    """
    verify(folder)
    return _equilibrium(folder)


def _equilibrium(folder: Path) -> Finding:
    recipe = read_recipe(folder)
    system = recipe.system.system()
    temperature, energies = read_columns(folder, "temperature", "energy")
    which = f"all {len(energies)} images"
    if is_solved(system):
        p_value, _ = exact_test(system, temperature, energies, recipe.seed)
        source = "the exact p(E | T)"
    else:
        if len(energies) > SECOND_RUN:
            which = f"{SECOND_RUN} of {len(energies)} images"
            rows = np.linspace(0, len(energies) - 1, SECOND_RUN).astype(int)
            temperature, energies = temperature[rows], energies[rows]
        p_value = independent_test(system, temperature, energies, (recipe.seed + 1) % 2**63)
        source = "a second sample by Metropolis from random starts"
    verdict = "at equilibrium" if p_value >= LEVEL else "not at equilibrium"
    detail = f"{verdict}: energies of {which} against {source}, p = {p_value:.2g} (limit {LEVEL:g})"
    return Finding("equilibrium", p_value >= LEVEL, detail)


def _independence(recipe: Recipe, chain: NDArray[np.int64]) -> Finding:
    """No chain in two splits; images of one chain only where chains cool through the grid."""
    splits = np.repeat(np.arange(len(SPLITS)), [sum(getattr(recipe.counts, split)) for split in SPLITS])
    pairs = np.unique(np.stack([chain, splits]), axis=1)[0]
    crossing, chains = len(pairs) - len(np.unique(pairs)), len(np.unique(chain))
    if recipe.protocol == "anneal":
        detail = f"{len(chain)} images of {chains} chains, {crossing} of them in more than one split"
        return Finding("independence", crossing == 0, detail)
    shared = len(chain) - chains
    return Finding("independence", shared == 0, f"{shared} images share a chain with another")


def _forgotten(folder: Path) -> Finding:
    """The stored proof that starts are forgotten; it holds more than the data need, so that its failure is no error."""
    proof = read_proof(folder)
    tau = max(max(p.tau_energy, p.tau_order) for p in proof)
    r_hat = max(max(p.r_hat_energy, p.r_hat_order) for p in proof)
    kept = min(p.discarded for p in proof)
    detail = f"autocorrelation time up to {tau:.2g} rounds, {kept:.2g} or more of it discarded, split-R-hat of ordered "
    detail += f"and random starts up to {r_hat:.3f}, at {len(proof)} temperatures"
    if not (failed := [p for p in proof if not p.holds]):
        return Finding("start forgotten", True, detail)
    where = ", ".join(f"T = {p.temperature:g}" for p in failed)
    return Finding("start forgotten", None, f"not shown from both starts at {where}; {detail}")


def check(folder: Path) -> Iterator[Finding]:
    """Yield the findings one by one. Raises InputError for a damaged or unfinished data set."""
    yield Finding("manifest", True, f"{verify(folder)} files match their SHA-256")
    recipe = read_recipe(folder)
    system = recipe.system.system()
    temperature, label, chain = read_columns(folder, "temperature", "label", "chain")
    wrong = int((recipe.classes.label(temperature) != label).sum())
    yield Finding("labels", wrong == 0, f"{wrong} of {len(label)} images lie outside their class")
    off = moved = 0
    for part in read_parts(folder):
        off += int((np.abs(energy(system, part.spins) - part.energy) > 1e-6 * system.lattice.sites).sum())
        moved += int((part.spins != system.pinned)[:, system.pinned != 0].any(1).sum())
    yield Finding("energies", off == 0, f"{off} of {len(label)} images have another energy than their row says")
    yield Finding("pinned edges", moved == 0, f"{moved} images have a pinned spin that moved")
    yield _independence(recipe, chain)
    yield _equilibrium(folder)
    if recipe.protocol == "equilibrium":
        yield _forgotten(folder)
    if recipe.protocol == "imported":
        return
    middles = [float(np.median(temperature[label == k])) for k in range(len(recipe.classes.names))]
    curves = relaxation(system, middles, PROXY_SWEEPS, replicas=64, seed=recipe.seed)
    for k, name in enumerate(recipe.classes.names):
        steps = "  ".join(
            f"{sweeps}: {curves['ordered'][k, i]:.2f}/{curves['random'][k, i]:.2f}"
            for i, sweeps in enumerate(PROXY_SWEEPS)
        )
        yield Finding(f"|m| by sweeps, T = {middles[k]:g}", None, f"{name}, ordered/random start: {steps}")
