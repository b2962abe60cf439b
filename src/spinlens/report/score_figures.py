"""Figures of scores: every row of the table, confusions, calibration and training. Each stands alone."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray

from spinlens.data.recipe import Recipe
from spinlens.metrics.ceiling import Ceiling
from spinlens.report.names import display
from spinlens.report.paper import PAPER_TABLE, SYSTEMS
from spinlens.report.style import colour, line, mark
from spinlens.report.table import row_names, title

CLASSES = Recipe().classes.names
TICKS = (0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)
LEAST, MOST = 0.05, 0.995  # of what is drawn: a logit scale has no ends
GROUPS = {
    "A": "tier A: labels alone",
    "B": "tier B: photographs",
    "C": "tier C: simulations of other systems",
    "D": "tier D: simulations of this system",
    "none": "no training labels, no network",
    "paper": "Kara et al. (2021), 100 x 100, tier B",
}

Trials = dict[str, list[dict[str, Any]]]


def panels(rows: int, columns: int, side: float) -> tuple[Figure, NDArray[Any]]:
    """(figure, axes (rows, columns))."""
    figure = Figure(figsize=(side * columns, side * rows + 0.9), layout="constrained")
    return figure, np.atleast_2d(figure.subplots(rows, columns, squeeze=False))


def scores(results: dict[str, Any]) -> Figure:
    """Macro F1 of every row of the table, a panel a system: dots and standard deviations, the ceiling as a line."""
    networks, others = row_names(results)
    names = [*networks, *others]
    systems, groups = results["systems"], list(GROUPS)
    paper = PAPER_TABLE if set(SYSTEMS) & set(systems) else {}
    labels = [*map(display, names), *(f"paper: {name}" for name in paper)]
    figure = Figure(figsize=(2.6 + 2.4 * len(systems), 1.7 + 0.27 * len(labels)), layout="constrained")
    drawn, low, high = set(), 1.0, 0.0
    all_axes = np.atleast_1d(figure.subplots(1, len(systems), sharey=True))
    for axes, (system, entry) in zip(all_axes, systems.items(), strict=True):
        there = {name: row for name, row in entry["rows"].items() if name in names}
        found = {name: (row["tier"].split(",")[0], row["mean"], row["std"]) for name, row in there.items()}
        cells = [found.get(name, ("none", np.nan, 0.0)) for name in names]
        known = {name: dict(zip(SYSTEMS, row, strict=True)) for name, row in paper.items()}
        cells += [("paper", *row[system]) if system in row else ("paper", np.nan, 0.0) for row in known.values()]
        ends = [_draw_row(axes, -y, groups.index(group), mean, std) for y, (group, mean, std) in enumerate(cells)]
        bound = entry["ceiling"]["macro_f1"]
        low, high = min(low, bound, *(e[0] for e in ends)), max(high, bound, *(e[1] for e in ends))
        axes.axvline(bound, color="black", linewidth=1.2, zorder=1)
        drawn |= {group for group, mean, _ in cells if not np.isnan(mean)}
        axes.set_title(f"{system}\nceiling {bound:.3f}", fontsize=9)
        axes.set_yticks(-np.arange(len(labels)), labels, fontsize=8)
        axes.set_xlabel("macro F1 (logit scale)", fontsize=8)
        axes.grid(axis="x", alpha=0.3, linewidth=0.5)
    for axes in all_axes:
        _logit(axes, low, high)
        axes.set_ylim(0.6 - len(labels), 0.6)
    handles = [line(color="black", linewidth=1.2, label="ceiling: greatest macro F1")]
    handles += [
        line(color=colour(k), marker=mark(k), linestyle="", label=GROUPS[group])
        for k, group in enumerate(groups)
        if group in drawn
    ]
    figure.suptitle(f"{title(results)}\n{_bars(results['trials'])}", fontsize=10)
    figure.legend(
        handles=handles, fontsize=8, ncols=min(4, len(systems) + 1), loc="outside lower center", frameon=False
    )
    return figure


def _bars(trials: int) -> str:
    return f"mean and standard deviation over {trials} trials" if trials > 1 else "one trial"


def _draw_row(axes: Axes, y: float, group: int, mean: float, std: float | None) -> tuple[float, float]:
    """Draw a dot with its bar; returns the ends of the bar."""
    if np.isnan(mean):
        return 1.0, 0.0
    low, high = np.clip([mean - (std or 0.0), mean + (std or 0.0)], LEAST, MOST)
    middle = float(np.clip(mean, LEAST, MOST))
    bar = None if std is None else [[max(middle - low, 0)], [max(high - middle, 0)]]
    axes.errorbar(middle, y, xerr=bar, marker=mark(group), color=colour(group), markersize=5, capsize=2, linestyle="")
    return float(low), float(high)


def _logit(axes: Axes, low: float, high: float) -> None:
    """A logit scale with a little room at both ends, and ticks that do not meet."""
    axes.set_xscale("logit")
    axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS], fontsize=7)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(low / (low + 1.3 * (1 - low)), high / (high + 0.75 * (1 - high)))  # ticks beyond it widen it


def confusions(trials: Trials, ceilings: dict[str, Ceiling], row: str, about: str) -> Figure:
    """Shares of each true class by predicted class: a network over all trials above the exact Bayes classifier."""
    figure, axes = panels(2, len(trials), 2.7)
    for column, (system, done) in enumerate(trials.items()):
        own = row if row in done[0]["rows"] else next(n for n, r in done[0]["rows"].items() if "reliability" in r)
        network = np.sum([trial["rows"][own]["confusion"] for trial in done], axis=0)
        rows = ((display(own), network), ("Bayes classifier, greatest accuracy", ceilings[system].bayes.confusion))
        for axis, (who, matrix) in zip(axes[:, column], rows, strict=True):
            share = matrix / matrix.sum(1, keepdims=True)
            picture = axis.imshow(share, cmap="Purples", vmin=0, vmax=1)
            for (i, j), value in np.ndenumerate(share):
                axis.text(j, i, f"{value:.3f}", ha="center", va="center", fontsize=7, color="w" if value > 0.5 else "k")
            axis.set_title(f"{who}\n{system}", fontsize=9)
            axis.set_xticks(range(len(CLASSES)), CLASSES, fontsize=7, rotation=45)
            axis.set_yticks(range(len(CLASSES)), CLASSES, fontsize=7)
    figure.colorbar(picture, ax=axes.ravel().tolist(), label="share of the true class", shrink=0.5)
    figure.suptitle(f"Confusion, {about}", fontsize=10)
    figure.supxlabel("predicted class", fontsize=9)
    figure.supylabel("true class", fontsize=9)
    return figure


def calibration(trials: Trials, rows: list[str], about: str) -> Figure:
    """A network's probability of a class against the exact posterior of that class, all test images of all trials.

    Dots: single images and classes, a few hundred a network, none where both are nearly 0 or 1. Lines: means of bins.
    """
    figure, axes = panels(1, len(trials), 2.9)
    for axis, (system, done) in zip(axes[0], trials.items(), strict=True):
        axis.plot([0, 1], [0, 1], color="black", linewidth=0.8, label="exact")
        for k, row in enumerate(rows):
            if row not in done[0]["rows"]:
                continue
            kept = [trial["rows"][row]["reliability"] for trial in done]
            pairs = np.concatenate([np.reshape(entry["pairs"], (-1, 2)) for entry in kept])
            axis.plot(*pairs.T, ".", color=colour(k), markersize=1.5, alpha=0.4)
            count, model, exact = np.sum([entry["bins"] for entry in kept], axis=0)
            there = count > 0
            means = model[there] / count[there], exact[there] / count[there]
            axis.plot(*means, marker=mark(k), color=colour(k), markersize=4, linewidth=1, label=display(row))
        axis.set_title(system, fontsize=9)
        axis.set_xlabel("network's probability of a class", fontsize=9)
    axes[0, 0].set_ylabel("exact posterior of the class", fontsize=9)
    found = [entry for axis in axes[0] for entry in zip(*axis.get_legend_handles_labels(), strict=True)]
    known = {label: handle for handle, label in found}
    figure.legend(
        list(known.values()),
        list(known),
        fontsize=8,
        ncols=min(len(known), 4),
        frameon=False,
        loc="outside lower center",
    )
    figure.suptitle(f"Calibration, {about}; dots: single images, lines: means of bins", fontsize=10)
    return figure


def training_curves(trials: Trials, row: str, about: str) -> Figure:
    """Training (dashed) and validation loss by epoch, a colour a trial."""
    figure = Figure(figsize=(2.7 * len(trials), 3.4), layout="constrained")
    axes = np.atleast_1d(figure.subplots(1, len(trials), sharey=True))
    for axis, (system, done) in zip(axes, trials.items(), strict=True):
        for k, trial in enumerate(done):
            history = trial["histories"][row]
            for key, style in (("loss", "--"), ("eval_loss", "-")):
                points = [(entry["epoch"], float(entry[key])) for entry in history if key in entry]
                axis.plot(*zip(*points, strict=True), style, color=colour(k), linewidth=1)
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_formatter("{x:g}")
        axis.tick_params(which="both", labelsize=8)
        axis.set_title(system, fontsize=9)
        axis.set_xlabel("epoch", fontsize=9)
    figure.axes[0].set_ylabel("cross-entropy in nats", fontsize=9)
    handles = [line(color="0.2", linestyle=s, label=t) for s, t in (("--", "training"), ("-", "validation"))]
    count = max(map(len, trials.values()))
    handles += [line(color=colour(k), label=f"trial {k + 1}") for k in range(count)]
    figure.legend(handles=handles, fontsize=8, ncols=min(len(handles), 7), loc="outside lower center", frameon=False)
    figure.suptitle(f"Training of {display(row)}, {about}", fontsize=10)
    return figure
