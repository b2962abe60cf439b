"""Are the energies of a data set those of equilibrium?"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinlens.data.checks.findings import LEVEL, Finding, show_p
from spinlens.data.checks.grouping import group_images
from spinlens.data.read import read_columns, read_import, read_parts, read_recipe, verify
from spinlens.montecarlo.analysis.equilibrium_tests import (
    exact_tails,
    extreme_p_value,
    group_p_value,
    second_sample,
    symmetric_p_value,
    trend_p_value,
    uniform_p_value,
)
from spinlens.montecarlo.controlled import statistic_of
from spinlens.physics.control import TEMPERATURE, Control, Temperature
from spinlens.physics.exact.density import is_solved
from spinlens.physics.systems import System

SECOND_RUN = 8192


def equilibrium(folder: Path) -> Finding:
    """One test of all energies of a data set, every split: exact where p(E | T) is known, else against a second run.

    The second run holds at most SECOND_RUN images, spread over all classes, so that time and memory stay bounded.
    """
    verify(folder)
    return judge_energies(folder)


def judge_energies(folder: Path) -> Finding:
    """As `equilibrium`, of a data set that was verified before."""
    recipe, note = read_recipe(folder), read_import(folder)
    if recipe.classes.variable != TEMPERATURE:
        parts = [(part.value, part.energy, part.statistic) for part, _ in read_parts(folder)]
        values, energy, statistic = (np.concatenate(column) for column in zip(*parts, strict=True))
        return judge_statistic(recipe.control(), values, energy, statistic, recipe.seed)
    names = ("temperature", "energy", "chain", "split", "row")
    temperature, energies, chain, split, row = read_columns(folder, *names)
    if "order" not in note and count_crossing(chain, split):
        return Finding("equilibrium", None, "the order of time is lost: chains lie in more than one split")
    order = np.argsort(row)
    found = judge(recipe.system.system(), temperature[order], energies[order], chain[order], recipe.seed)
    if found.ok is False and note.get("independent") is True:
        return replace(found, detail=f"{found.detail}; or the snapshots, imported as independent, are not")
    return found


def count_crossing(chain: NDArray[np.int64], split: NDArray[np.int64]) -> int:
    """How many chains lie in another split too, once for each."""
    pairs = np.unique(np.stack([chain, split]), axis=1)[0]
    return len(pairs) - len(np.unique(pairs))


def judge(
    system: System,
    temperature: NDArray[np.float64],
    energies: NDArray[np.float64],
    chain: NDArray[np.int64],
    seed: int = 0,
) -> Finding:
    """The test of energies (images,) at temperatures (images,). chain (images,): rows of one chain in order of time.

    Each energy becomes a number that is distributed alike at all temperatures at equilibrium. Where every image has a
    chain of its own, these are independent and tested as such. Images of one chain are not: they are put into groups,
    and only the means of groups are taken for independent (`group_images`, `group_p_value`). With too few groups,
    only images that are impossible by themselves fail (`extreme_p_value`), and else there is no verdict.
    """
    of, order = len(energies), np.argsort(chain, kind="stable")
    solved = is_solved(system)
    if not solved and of > SECOND_RUN:
        order = order[np.linspace(0, of - 1, SECOND_RUN).astype(int)]
    temperature, energies, chain = temperature[order], energies[order], chain[order]
    if solved:
        (values, upper), source = exact_tails(system, temperature, energies, seed), "the exact p(E | T)"
        extreme = extreme_p_value(values, upper)
    else:
        values = energies - second_sample(Temperature(system), temperature, (seed + 1) % 2**63).energy
        extreme, source = 1.0, "a second sample"
    which = f"energies of all {of} images" if len(order) == of else f"energies of {len(order)} of {of} images"
    chains = int(np.count_nonzero(np.diff(chain))) + 1
    if chains == len(chain):
        alone = (uniform_p_value if solved else symmetric_p_value)(values)
        p_value = min(1.0, 2 * min(alone, trend_p_value(values, temperature)))
    else:
        found = _judge_chains(temperature, values, chain, extreme, solved)
        which += f" of {chains} chain{'s' * (chains > 1)}{found.groups}"
        p_value = found.p_value
        if not found.enough and p_value >= LEVEL:
            return Finding("equilibrium", None, f"{which}: too few independent ones for a verdict")
    return _verdict(which, source, p_value)


def judge_statistic(
    control: Control,
    values: NDArray[np.float64],
    energies: NDArray[np.float64],
    statistic: NDArray[np.float64],
    seed: int = 0,
) -> Finding:
    """As `judge`, of independent images at values (images,) of a variable that is not the temperature.

    Their energies and their statistics are tested against a second sample at each image's own value.
    """
    of = len(values)
    rows = np.linspace(0, of - 1, min(of, SECOND_RUN)).astype(int)
    values = values[rows]
    fresh = second_sample(control, values, (seed + 1) % 2**63)
    differences = energies[rows] - fresh.energy, statistic[rows] - statistic_of(control, fresh)
    found = [p for one in differences for p in (symmetric_p_value(one), trend_p_value(one, values))]
    p_value = min(1.0, len(found) * min(found))
    which = f"energies and {control.statistic_name} of {'all ' if len(rows) == of else f'{len(rows)} of '}{of} images"
    return _verdict(which, "a second sample", p_value)


def _verdict(which: str, source: str, p_value: float) -> Finding:
    verdict = "at equilibrium" if p_value >= LEVEL else "not at equilibrium"
    detail = f"{verdict}: {which} against {source}, {show_p(p_value)} (limit {LEVEL:g})"
    return Finding("equilibrium", p_value >= LEVEL, detail)


@dataclass(frozen=True)
class _Chains:
    """The test of images that share chains: its p-value, whether it can find anything, and the groups in words."""

    p_value: float
    enough: bool
    groups: str = ""


def _judge_chains(
    temperature: NDArray[np.float64],
    values: NDArray[np.float64],
    chain: NDArray[np.int64],
    extreme: float,
    solved: bool,
) -> _Chains:
    """Means of groups and, where p(E | T) is known, that of the most extreme image: each at half the level."""
    centred = 2 * values - 1 if solved else np.sign(values)  # zero on average at equilibrium
    group = group_images(chain, temperature, centred)
    if group is None:
        return _Chains(min(1.0, 2 * extreme), False)
    kept = group >= 0
    moments = [centred, 1.5 * centred**2 - 0.5] if solved else [centred]  # Legendre polynomials
    p_value = group_p_value(np.stack(moments)[:, kept], group[kept])
    words = f" in {group.max() + 1} groups"
    words += "" if kept.all() else f", {np.sum(~kept)} that hardly change left out,"
    return _Chains(min(1.0, 2 * p_value, 2 * extreme), True, words)
