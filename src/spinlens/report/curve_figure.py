"""The picture of a sample efficiency curve."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from spinlens.report.names import THRESHOLDS, display
from spinlens.report.style import colour, mark

THRESHOLD_COLOUR = "0.45"
ASIDE = 1.03  # between two rows, so that their bars can be told apart
TICKS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.99)


def curve_figure(results: dict[str, Any]) -> Figure:
    """Macro F1 by number of labels, a colour a row; the ceiling black, energy thresholds dashed.

    The logit scale shows both the few labels, far below the ceiling, and the many, close to it.
    """
    labels, trials = np.array(results["labels"]), results["trials"]
    figure = Figure(figsize=(7.6, 4.6), layout="constrained")
    axes = figure.subplots()
    top = bottom = results["ceiling"]["macro_f1"]
    axes.axhline(top, color="black", linewidth=1.2, label=f"ceiling: greatest macro F1, {top:.3f}")
    for k, (name, row) in enumerate(results["rows"].items()):
        mean = np.array([point["mean"] for point in row["points"]])
        spread = np.array([point["std"] or 0.0 for point in row["points"]])
        low, high = np.clip(mean - spread, 0.05, None), np.clip(mean + spread, None, 0.995)  # none leaves the scale
        style: dict[str, Any] = (
            {"color": THRESHOLD_COLOUR, "linestyle": "--"} if name == THRESHOLDS else {"color": colour(k)}
        )
        axes.errorbar(
            labels * ASIDE ** (k - (len(results["rows"]) - 1) / 2),
            np.clip(mean, 0.05, 0.995),
            np.maximum([mean - low, high - mean], 0) if trials > 1 else None,
            marker=mark(k),
            markersize=4,
            capsize=3,
            linewidth=1.4,
            label=f"{display(name)} ({row['tier']})",
            **style,
        )
        top, bottom = max(top, float(high.max())), min(bottom, float(low.min()))
    axes.set_xscale("log")
    axes.set_xticks(labels, [str(n) for n in labels])
    axes.set_yscale("logit")
    axes.set_yticks(TICKS, [f"{tick:g}" for tick in TICKS])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(bottom / (bottom + 1.2 * (1 - bottom)), 1 - 0.85 * (1 - top))  # ticks beyond it have widened it
    axes.set(xlabel="training labels (networks also have 300 validation labels)", ylabel="macro F1 (logit scale)")
    axes.grid(alpha=0.25, linewidth=0.5)
    axes.set_title(f"{results['system']}, {' x '.join(map(str, results['size']))}", fontsize=10)
    title = f"(tier); bars: standard\ndeviation over {trials} trials" if trials > 1 else "(tier); one trial"
    figure.legend(title=title, loc="outside right upper", fontsize=8, title_fontsize=8, frameon=False)
    return figure
