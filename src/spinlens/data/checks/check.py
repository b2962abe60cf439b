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
from spinlens.data.checks.proofs import proof_values, read_proof
from spinlens.data.quantum import count_shown
from spinlens.data.read import read_columns, read_import, read_parts, read_recipe, verify
from spinlens.data.recipe import Recipe
from spinlens.errors import shown
from spinlens.montecarlo.analysis.equilibrium_tests import relaxation
from spinlens.physics.control import TEMPERATURE
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.order import magnetization

PROXY_SWEEPS = (0, 50, 150, 350, 750)


def _spins(folder: Path, recipe: Recipe) -> Iterator[Finding]:
    """Energies, magnetizations and pinned spins of all images, and that none is a copy."""
    control, system = recipe.control(), recipe.system.system()
    off = wrong = moved = count = 0
    quantum = is_quantum(system.model)
    digests, energies, values, statistics = [], [], [], []
    for part, stated in read_parts(folder):
        exact = part.energy if quantum else control.energy(part.spins, part.value)
        if part.kinks is not None:  # worldlines are closed
            off += int(((part.kinks % 2 != 0) | (part.kinks < count_shown(system, part.spins))).sum())
        off += int((~(np.abs(exact - part.energy) <= 1e-6 * system.model.scale * system.lattice.sites)).sum())
        wrong += int((~(np.abs(magnetization(system, part.spins) - stated) <= 1e-6)).sum())
        moved += int((part.spins != system.pinned)[:, system.held].any(1).sum())
        digests += [hashlib.sha256(spins.tobytes()).digest()[:16] for spins in part.spins]
        energies.append(exact)
        values.append(part.value)
        statistics.append(exact if control.name == TEMPERATURE else part.statistic)
        count += len(exact)
    if quantum:
        detail = "not held against the spins: of a quantum system they are estimates from worldlines"
        yield Finding("energies", None, detail)
        yield Finding("kinks", off == 0, f"{off} of {count} images have an impossible number of kinks in their row")
    else:
        yield Finding("energies", off == 0, f"{off} of {count} images have another energy than their row says")
    yield Finding("magnetizations", wrong == 0, f"{wrong} of {count} have another magnetization than their row says")
    yield Finding("pinned edges", moved == 0, f"{moved} images have a pinned spin that moved")
    yield copies(recipe, np.array(digests), *map(np.concatenate, (energies, values, statistics)))


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
    control = recipe.control()
    detail += f"and random starts up to {r_hat:.3f}, at {len(proof)} {control.plural}"
    failed = [value for value, p in zip(proof_values(recipe), proof, strict=True) if not p.holds]
    if not failed:
        return Finding("equilibrated", True, detail)
    where = ", ".join(f"{control.symbol} = {value:g}" for value in failed)
    return Finding("equilibrated", None, f"hot and cold starts disagree at {where}; {detail}")


def check(folder: Path) -> Iterator[Finding]:
    """Yield the findings one by one. Raises InputError for a damaged or unfinished data set."""
    yield Finding("manifest", True, f"{verify(folder)} files match their SHA-256")
    recipe = read_recipe(folder)
    yield audit.files(folder)
    names = (recipe.classes.variable, "label", "chain", "split", "system", "seed", "temperature")
    columns = dict(zip(names, read_columns(folder, *names), strict=True))
    value, label, chain, split = (columns[name] for name in names[:4])
    yield audit.rows(folder, recipe, columns)
    wrong = int(((recipe.classes.label(value) != label) | ~recipe.classes.contains(value)).sum())
    yield Finding("labels", wrong == 0, f"{wrong} of {len(label)} images lie outside their class")
    yield coverage(recipe, value, label, split)
    yield from _spins(folder, recipe)
    yield _independence(folder, recipe, chain, split)
    yield judge_energies(folder)
    if recipe.protocol == "equilibrium":
        yield _equilibrated(folder, recipe)
    if recipe.protocol == "imported" or is_quantum(recipe.system.system().model):
        return
    middles = np.array([float(np.median(value[label == k])) for k in range(len(recipe.classes.names))])
    for group in (control := recipe.control()).groups(middles):
        at = group.temperature.tolist(), PROXY_SWEEPS, 64, recipe.seed, group.stream
        curves = relaxation(group.system, *at)
        for row, k in enumerate(group.rows):
            steps = "  ".join(
                f"{sweeps}: {curves['ordered'][row, i]:.2f}/{curves['random'][row, i]:.2f}"
                for i, sweeps in enumerate(PROXY_SWEEPS)
            )
            where = f"{control.symbol} = {middles[k]:g}"
            yield Finding(f"|m| by sweeps, {where}", None, f"{recipe.classes.names[k]}, ordered/random start: {steps}")
