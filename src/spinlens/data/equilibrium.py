"""Are the energies of a data set those of equilibrium?"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinlens.data.findings import LEVEL, Finding
from spinlens.data.read import read_columns, read_recipe, verify
from spinlens.montecarlo.autocorrelation import integrated_time
from spinlens.montecarlo.statistics import (
    exact_uniforms,
    independent_difference,
    symmetric_p_value,
    uniform_p_value,
)
from spinlens.physics.exact import is_solved
from spinlens.physics.systems import System

SECOND_RUN = 8192
SHORTEST = 8  # rows of one chain that say anything of its autocorrelation time
FEWEST = 20  # independent values that a verdict needs


def equilibrium(folder: Path) -> Finding:
    """One test of all energies of a data set, every split: exact where p(E | T) is known, else against a second run.

    Each energy becomes a number that is distributed alike for all temperatures at equilibrium. Where images share a
    chain, one image in two autocorrelation times of these numbers is taken, so that the test sees independent ones.
    The second run holds at most SECOND_RUN images, spread over all classes, so that time and memory stay bounded.
    """
    verify(folder)
    return judge_energies(folder)


def judge_energies(folder: Path) -> Finding:
    """As `equilibrium`, of a data set that was verified before."""
    recipe = read_recipe(folder)
    temperature, energies, chain, split = read_columns(folder, "temperature", "energy", "chain", "split")
    return judge(recipe.system.system(), temperature, energies, np.stack([split, chain]), recipe.seed)


def judge(
    system: System,
    temperature: NDArray[np.float64],
    energies: NDArray[np.float64],
    chain: NDArray[np.int64],
    seed: int = 0,
) -> Finding:
    """The test of energies (images,) at temperatures (images,), as `equilibrium` explains it.

    chain (keys, images): neighbours with equal columns are steps of one chain, in their order.
    """
    runs, solved, of = _runs(chain), is_solved(system), len(energies)
    if solved:
        values = exact_uniforms(system, temperature, energies, seed)
        source = "the exact p(E | T)"
    else:
        if of > SECOND_RUN and len(runs) == of:
            runs = [runs[k] for k in np.linspace(0, of - 1, SECOND_RUN).astype(int)]
        values, rows = np.zeros(of), np.concatenate([np.arange(run.start, run.stop) for run in runs])
        values[rows] = independent_difference(system, temperature[rows], energies[rows], (seed + 1) % 2**63)
        source = "a second sample by Metropolis from random starts"
    tau = _autocorrelation_time(values, runs)
    taken = np.concatenate([np.arange(run.start, run.stop, math.ceil(2 * tau)) for run in runs])
    which = f"energies of all {of} images" if len(taken) == of else f"energies of {len(taken)} of {of} images"
    if tau > 0.5:
        which += f" (chains, autocorrelation time {tau:.2g} images)"
        if len(taken) < FEWEST:
            return Finding("equilibrium", None, f"{which}: too few independent ones for a verdict")
    p_value = (uniform_p_value if solved else symmetric_p_value)(values[taken])
    verdict = "at equilibrium" if p_value >= LEVEL else "not at equilibrium"
    detail = f"{verdict}: {which} against {source}, p = {p_value:.2g} (limit {LEVEL:g})"
    return Finding("equilibrium", p_value >= LEVEL, detail)


def _runs(keys: NDArray[np.int64]) -> list[slice]:
    """The stretches of equal columns of keys (k, images): images of one chain in one split, in their order."""
    ends = np.flatnonzero((np.diff(keys, axis=1) != 0).any(0)) + 1
    return [slice(a, b) for a, b in zip([0, *ends], [*ends, keys.shape[1]], strict=True)]


def _autocorrelation_time(values: NDArray[np.float64], runs: list[slice]) -> float:
    """Integrated, in images, of the longest stretches' mean; 1/2 where every image has a chain of its own.

    Stretches too short to show theirs count as one value each.
    """
    lengths = np.array([run.stop - run.start for run in runs])
    if lengths.max() == 1:
        return 0.5
    long = [run for run in runs if run.stop - run.start >= SHORTEST]
    if not long:
        return float(lengths.max())
    times = [max(integrated_time(values[run])[0], 0.5) for run in long]
    return max(float(np.average(times, weights=[run.stop - run.start for run in long])), 0.5)
