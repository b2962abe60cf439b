"""Is a data set what it says it is: undamaged, rightly labelled, at equilibrium?"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinlens.data.checks import audit
from spinlens.data.checks.copies import copies
from spinlens.data.checks.coverage import coverage
from spinlens.data.checks.equilibrium import count_crossing, judge_energies
from spinlens.data.checks.findings import Finding
from spinlens.data.checks.proofs import read_proof
from spinlens.data.read import read_columns, read_import, read_parts, read_recipe, verify
from spinlens.data.recipe import Recipe
from spinlens.errors import shown
from spinlens.montecarlo.analysis.equilibrium_tests import relaxation
from spinlens.physics.order import magnetization
from spinlens.physics.systems import energy

PROXY_SWEEPS = (0, 50, 150, 350, 750)


def _spins(folder: Path, recipe: Recipe) -> Iterator[Finding]:
    """Energies, magnetizations and pinned spins of all images, and that none is a copy."""
    system = recipe.system.system()
    off = wrong = moved = count = 0
    digests, energies, temperatures = [], [], []
    for part, stated in read_parts(folder):
        exact = energy(system, part.spins)
        off += int((~(np.abs(exact - part.energy) <= 1e-6 * system.model.scale * system.lattice.sites)).sum())
        wrong += int((~(np.abs(magnetization(system, part.spins) - stated) <= 1e-6)).sum())
        moved += int((part.spins != system.pinned)[:, system.held].any(1).sum())
        digests += [hashlib.sha256(spins.tobytes()).digest()[:16] for spins in part.spins]
        energies.append(exact)
        temperatures.append(part.temperature)
        count += len(exact)
    yield Finding("energies", off == 0, f"{off} of {count} images have another energy than their row says")
    yield Finding("magnetizations", wrong == 0, f"{wrong} of {count} have another magnetization than their row says")
    yield Finding("pinned edges", moved == 0, f"{moved} images have a pinned spin that moved")
    yield copies(recipe, np.array(digests), np.concatenate(energies), np.concatenate(temperatures))


def _independence(folder: Path, recipe: Recipe, chain: NDArray[np.int64], split: NDArray[np.int64]) -> Finding:
    """No chain in two splits; images of one chain only where chains cool through the grid. Imports are not judged."""
    if recipe.protocol == "imported":
        how = read_import(folder).get("split", "its manifest does not say how the splits were made")
        return Finding("independence", None, f"not judged: {shown(str(how))}")
    crossing, chains = count_crossing(chain, split), len(np.unique(chain))
    if recipe.protocol == "anneal":
        detail = f"{len(chain)} images of {chains} chains, {crossing} of them in more than one split"
        return Finding("independence", crossing == 0, detail)
    shared = len(chain) - chains
    return Finding("independence", shared == 0, f"{shared} images share a chain with another")


def _equilibrated(folder: Path, recipe: Recipe) -> Finding:
    """The stored proof that hot and cold starts agree. It asks for more than the data need: failing is no error."""
    proof = read_proof(folder, recipe)
    tau = max(max(p.tau_energy, p.tau_order) for p in proof)
    r_hat = max(max(p.r_hat_energy, p.r_hat_order) for p in proof)
    kept = min(p.discarded for p in proof)
    detail = f"autocorrelation time up to {tau:.2g} rounds, {kept:.2g} or more of it discarded, split-R-hat of ordered "
    detail += f"and random starts up to {r_hat:.3f}, at {len(proof)} temperatures"
    if not (failed := [p for p in proof if not p.holds]):
        return Finding("equilibrated", True, detail)
    where = ", ".join(f"T = {p.temperature:g}" for p in failed)
    return Finding("equilibrated", None, f"hot and cold starts disagree at {where}; {detail}")


def check(folder: Path) -> Iterator[Finding]:
    """Yield the findings one by one. Raises InputError for a damaged or unfinished data set."""
    yield Finding("manifest", True, f"{verify(folder)} files match their SHA-256")
    recipe = read_recipe(folder)
    yield audit.files(folder)
    names = ("temperature", "label", "chain", "split", "system", "seed")
    columns = dict(zip(names, read_columns(folder, *names), strict=True))
    temperature, label, chain, split = (columns[name] for name in names[:4])
    yield audit.rows(folder, recipe, columns)
    wrong = int(((recipe.classes.label(temperature) != label) | ~recipe.classes.contains(temperature)).sum())
    yield Finding("labels", wrong == 0, f"{wrong} of {len(label)} images lie outside their class")
    yield coverage(recipe, temperature, label, split)
    yield from _spins(folder, recipe)
    yield _independence(folder, recipe, chain, split)
    yield judge_energies(folder)
    if recipe.protocol == "equilibrium":
        yield _equilibrated(folder, recipe)
    if recipe.protocol == "imported":
        return
    middles = [float(np.median(temperature[label == k])) for k in range(len(recipe.classes.names))]
    curves = relaxation(recipe.system.system(), middles, PROXY_SWEEPS, replicas=64, seed=recipe.seed)
    for k, name in enumerate(recipe.classes.names):
        steps = "  ".join(
            f"{sweeps}: {curves['ordered'][k, i]:.2f}/{curves['random'][k, i]:.2f}"
            for i, sweeps in enumerate(PROXY_SWEEPS)
        )
        yield Finding(f"|m| by sweeps, T = {middles[k]:g}", None, f"{name}, ordered/random start: {steps}")
