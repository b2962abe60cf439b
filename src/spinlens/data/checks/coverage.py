"""Are the temperatures of each class, or the values of another variable, spread alike over the splits?"""

from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from spinlens.data.checks.findings import LEVEL, Finding, show_p
from spinlens.data.levels import merge_levels
from spinlens.data.recipe import SPLITS, Recipe
from spinlens.physics.control import TEMPERATURE

PAIRS = ((0, 2), (0, 1), (1, 2))


def coverage(
    recipe: Recipe, values: NDArray[np.float64], label: NDArray[np.int64], split: NDArray[np.int64]
) -> Finding:
    """The values of the variable in each class are spread alike over the splits: else a score is one of extrapolation.

    values, label, split: (images,). Kolmogorov-Smirnov of every two splits in every class, temperatures that
    differ by rounding merged; and for every two splits the classes together, as each may be too small to show it:
    -2 sum ln p is chi-square with two degrees of freedom a class (Fisher, Statistical Methods for Research Workers,
    section 21.1), or less where p is discrete. The least p-value is held against LEVEL over the number of tests.
    Disjoint ranges that so few images may have by chance are no failure, but are named.
    """
    control = recipe.control()
    values = merge_levels(values) if control.name == TEMPERATURE else values
    at = partial(_range, control.symbol)
    found: list[tuple[float, str]] = []
    apart = ""
    for a, b in PAIRS:
        single = []
        for k, name in enumerate(recipe.classes.names):
            first, second = (values[(label == k) & (split == s)] for s in (a, b))
            if len(first) and len(second):
                where = f"class {name} has {at(SPLITS[a], first)} and {at(SPLITS[b], second)}"
                single.append((float(stats.ks_2samp(first, second).pvalue), where))
                if first.max() < second.min() or second.max() < first.min():
                    apart = apart or where
        if single:
            together = float(stats.combine_pvalues([max(p, 1e-300) for p, _ in single]).pvalue)
            found += [*single, (together, min(single)[1])]
    least, where = min(found, default=(1.0, ""))
    if least * len(found) < LEVEL:
        return Finding(
            "splits", False, f"{where}: other {control.plural} ({show_p(least)}), so that scores extrapolate"
        )
    if apart:
        return Finding("splits", None, f"{apart}: other {control.plural}, of too few images for a verdict")
    return Finding("splits", True, f"every class has the same {control.plural} in every split (least {show_p(least)})")


def _range(symbol: str, name: str, values: NDArray[np.float64]) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{symbol} = {low:g} in {name}" if low == high else f"{symbol} = {low:g} to {high:g} in {name}"
