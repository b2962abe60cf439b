"""Are the temperatures of each class spread alike over the splits?"""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spinlens.data.checks.findings import LEVEL, Finding, show_p
from spinlens.data.levels import merge_levels
from spinlens.data.recipe import SPLITS, Recipe

PAIRS = ((0, 2), (0, 1), (1, 2))


def coverage(
    recipe: Recipe, temperature: NDArray[np.float64], label: NDArray[np.int64], split: NDArray[np.int64]
) -> Finding:
    """The temperatures of each class are spread alike over the splits: else a score is one of extrapolation.

    temperature, label, split: (images,). Kolmogorov-Smirnov of every two splits in every class, temperatures that
    differ by rounding merged; and for every two splits the classes together, as each may be too small to show it:
    -2 sum ln p is chi-square with two degrees of freedom a class (Fisher, Statistical Methods for Research Workers,
    section 21.1), or less where p is discrete. The least p-value is held against LEVEL over the number of tests.
    Disjoint ranges that so few images may have by chance are no failure, but are named.
    """
    temperature = merge_levels(temperature)
    found: list[tuple[float, str]] = []
    apart = ""
    for a, b in PAIRS:
        single = []
        for k, name in enumerate(recipe.classes.names):
            first, second = (temperature[(label == k) & (split == s)] for s in (a, b))
            if len(first) and len(second):
                where = f"class {name} has {_range(SPLITS[a], first)} and {_range(SPLITS[b], second)}"
                single.append((float(stats.ks_2samp(first, second).pvalue), where))
                if first.max() < second.min() or second.max() < first.min():
                    apart = apart or where
        if single:
            together = float(stats.combine_pvalues([max(p, 1e-300) for p, _ in single]).pvalue)
            found += [*single, (together, min(single)[1])]
    least, where = min(found, default=(1.0, ""))
    if least * len(found) < LEVEL:
        return Finding("splits", False, f"{where}: other temperatures ({show_p(least)}), so that scores extrapolate")
    if apart:
        return Finding("splits", None, f"{apart}: other temperatures, of too few images for a verdict")
    return Finding("splits", True, f"every class has the same temperatures in every split (least {show_p(least)})")


def _range(name: str, values: NDArray[np.float64]) -> str:
    low, high = float(values.min()), float(values.max())
    return f"T = {low:g} in {name}" if low == high else f"T = {low:g} to {high:g} in {name}"
