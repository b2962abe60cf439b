"""The pictures of the report. Spin up is dark, spin down is yellow (Kara et al. 2021)."""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from numpy.typing import NDArray

from spinlens.data.recipe import Recipe
from spinlens.insight.attention import rollout
from spinlens.learning.ceiling import Ceiling
from spinlens.learning.classifier import Classifier
from spinlens.montecarlo.replicas import sample
from spinlens.montecarlo.statistics import relaxation
from spinlens.physics.systems import System, get_system
from spinlens.report.profiles import PAPER_TABLE, SYSTEMS
from spinlens.report.table import display, row_names

CLASSES = Recipe().classes.names
SHOWN = (0.5, 1.6, 2.2, 3.2)  # one temperature a class
SERIES = (0.6, 1.2, 1.8, 2.1, 2.2, 2.3, 2.6, 3.6)


def show(axes: Axes, spins: NDArray[Any], title: str = "") -> None:
    """One micro-state."""
    axes.imshow(-spins, cmap="viridis", vmin=-1, vmax=1, interpolation="nearest")
    axes.set_title(title, fontsize=10)
    axes.set_xticks([])
    axes.set_yticks([])


def _panel(rows: int, columns: int, side: float = 2.3) -> tuple[Figure, NDArray[Any]]:
    figure = Figure(figsize=(side * columns, side * rows + 0.2), layout="constrained")
    return figure, np.atleast_2d(figure.subplots(rows, columns, squeeze=False))


def ground_states(size: int, seed: int) -> Figure:
    """Ground states and disorder of both signs of J (the paper's figure 1)."""
    figure, axes = _panel(2, 2, 2.8)
    for row, name in enumerate(("ising-periodic", "ising-antiferro")):
        system = get_system(name, size)
        batch = sample(system, [0.0, np.inf], seed=seed)
        corner = slice(0, 20)  # a checkerboard of 100 x 100 would look grey
        for column, text in enumerate(("T = 0", "T = ∞")):
            spins = batch.spins[column, corner, corner]
            show(axes[row, column], spins, f"J = {system.model.J:+g}, {text}")
    figure.suptitle("20 x 20 corners", fontsize=9)
    return figure


def class_states(system: System, seed: int) -> Figure:
    """One micro-state a class, by energy between the ground state's and zero (the paper's figure 2)."""
    batch = sample(system, SHOWN, seed=seed)
    figure, axes = _panel(1, len(SHOWN))
    for k, axis in enumerate(axes[0]):
        per_site = batch.energy[k] / system.lattice.sites
        show(
            axis,
            batch.spins[k],
            f"{CLASSES[k]}: T = {SHOWN[k]:g}\nE/N = {per_site:.3f}, m = {batch.magnetization[k]:+.2f}",
        )
    return figure


def micro_states(system: System, seed: int) -> Figure:
    """Micro-states over the whole range of temperatures (the paper's figures 4 to 6)."""
    batch = sample(system, SERIES, seed=seed)
    figure, axes = _panel(2, len(SERIES) // 2)
    for k, axis in enumerate(axes.flat):
        show(axis, batch.spins[k], f"T = {SERIES[k]:g}")
    return figure


def relaxation_curves(system: System, seed: int) -> Figure:
    """|m| against Metropolis sweeps from both starts: the paper's proxy for equilibrium, and what it hides."""
    sweeps = (0, 10, 25, 50, 100, 200, 350, 500, 750, 1000, 1500)
    curves = relaxation(system, SHOWN, sweeps, replicas=64, seed=seed)
    figure = Figure(figsize=(8.5, 4), layout="constrained")
    axes = figure.subplots()
    for k, temperature in enumerate(SHOWN):
        axes.plot(sweeps, curves["ordered"][k], color=f"C{k}", label=f"{CLASSES[k]}, T = {temperature:g}")
        axes.plot(sweeps, curves["random"][k], color=f"C{k}", linestyle="--")
    axes.axvline(750, color="grey", linewidth=0.8)
    axes.text(760, 0.93, "the paper's wait", color="grey", fontsize=8)
    axes.set(xlabel="Metropolis sweeps", ylabel="mean |m|", ylim=(0, 1.03))
    axes.legend(title="solid: ordered start\ndashed: random start", fontsize=8, title_fontsize=8, loc=(1.02, 0.6))
    return figure


def scores(results: dict[str, Any]) -> Figure:
    """Macro F1 of every row and system, the ceiling as a line, the paper's ViT beside it."""
    systems = results["systems"]
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    networks, others = row_names(results)
    names = [n for n in (*networks, *others) if n != "magnetization-thresholds"]
    labels = [*map(display, names), "paper: ViT"]
    step = min(0.13, 0.84 / len(labels))
    for x, (system, entry) in enumerate(systems.items()):
        axes.plot([x - 0.42, x + 0.42], [entry["ceiling"]["macro_f1"]] * 2, color="black", linewidth=1.5, zorder=1)
        cells = [(entry["rows"][n]["mean"], entry["rows"][n]["std"]) for n in names]
        if system in SYSTEMS:
            cells.append(PAPER_TABLE["ViT"][SYSTEMS.index(system)])
        for k, (mean, std) in enumerate(cells):
            position = x + (k - (len(cells) - 1) / 2) * step
            axes.errorbar(
                position, mean, std, fmt="os"[k > 9], color=f"C{k}", capsize=2, label=labels[k] if x == 0 else None
            )
    axes.plot([], [], color="black", label="ceiling: exact Bayes classifier")
    axes.set_xticks(range(len(systems)), list(systems))
    axes.set_ylabel("macro F1")
    figure.legend(*axes.get_legend_handles_labels(), fontsize=8, ncol=3, loc="outside lower center")
    return figure


def confusions(trials: dict[str, list[dict[str, Any]]], ceilings: dict[str, Ceiling], row: str) -> Figure:
    """Shares of each true class by predicted class: a network over all trials above the exact Bayes classifier."""
    figure, axes = _panel(2, len(trials), 2.7)
    for column, (system, done) in enumerate(trials.items()):
        network = np.sum([trial["rows"][row]["confusion"] for trial in done], axis=0)
        for line, (who, matrix) in enumerate(((display(row), network), ("Bayes", ceilings[system].scores.confusion))):
            share = matrix / matrix.sum(1, keepdims=True)
            axis = axes[line, column]
            axis.imshow(share, cmap="Purples", vmin=0, vmax=1)
            for (i, j), value in np.ndenumerate(share):
                axis.text(j, i, f"{value:.3f}", ha="center", va="center", fontsize=7, color="w" if value > 0.5 else "k")
            axis.set_title(f"{who}\n{system}", fontsize=9)
            axis.set_xticks(range(len(CLASSES)), CLASSES, fontsize=7, rotation=45)
            axis.set_yticks(range(len(CLASSES)), CLASSES, fontsize=7)
    figure.supxlabel("predicted class", fontsize=9)
    figure.supylabel("true class", fontsize=9)
    return figure


def calibration(trials: dict[str, list[dict[str, Any]]], rows: list[str]) -> Figure:
    """A network's probability of a class against the exact posterior of that class, all test images of all trials.

    Dots: single images and classes, a few hundred a network, none where both are nearly 0 or 1. Lines: means of bins.
    """
    figure, axes = _panel(1, len(trials), 2.9)
    for axis, (system, done) in zip(axes[0], trials.items(), strict=True):
        axis.plot([0, 1], [0, 1], color="grey", linewidth=0.8)
        for k, row in enumerate(rows):
            kept = [trial["rows"][row]["reliability"] for trial in done]
            pairs = np.concatenate([np.reshape(entry["pairs"], (-1, 2)) for entry in kept])
            axis.plot(*pairs.T, ".", color=f"C{k}", markersize=1.5, alpha=0.4)
            count, model, exact = np.sum([entry["bins"] for entry in kept], axis=0)
            there = count > 0
            means = model[there] / count[there], exact[there] / count[there]
            axis.plot(*means, "o-", color=f"C{k}", markersize=3.5, linewidth=1, label=display(row))
        axis.set_title(system, fontsize=9)
        axis.set_xlabel("network's probability", fontsize=9)
    axes[0, 0].set_ylabel("exact posterior", fontsize=9)
    axes[0, 0].legend(fontsize=7, loc="upper left")
    return figure


def training_curves(trials: dict[str, list[dict[str, Any]]], row: str) -> Figure:
    """Training (dashed) and validation loss by epoch, a colour a trial."""
    figure = Figure(figsize=(2.7 * len(trials), 2.9), layout="constrained")
    for axis, (system, done) in zip(
        np.atleast_1d(figure.subplots(1, len(trials), sharey=True)), trials.items(), strict=True
    ):
        for k, trial in enumerate(done):
            history = trial["histories"][row]
            for key, style in (("loss", "--"), ("eval_loss", "-")):
                points = [(entry["epoch"], float(entry[key])) for entry in history if key in entry]
                axis.plot(*zip(*points, strict=True), style, color=f"C{k}", linewidth=1)
        axis.set_yscale("log")
        axis.set_title(system, fontsize=9)
        axis.set_xlabel("epoch", fontsize=9)
    figure.axes[0].set_ylabel("cross-entropy", fontsize=9)
    return figure


def attention_maps(classifier: Classifier, seed: int) -> Figure:
    """Attention rollout over one micro-state a class: 1 is a patch's fair share. A first look, without controls."""
    batch = sample(classifier.system, SHOWN, seed=seed)
    maps = rollout(classifier, batch.spins)
    maps = maps * maps[0].size
    figure, axes = _panel(2, len(SHOWN))
    norm = TwoSlopeNorm(1.0, 0.0, max(float(maps.max()), 2.0))
    for k, temperature in enumerate(SHOWN):
        show(axes[0, k], batch.spins[k], f"{CLASSES[k]}: T = {temperature:g}")
        picture = axes[1, k].imshow(maps[k], cmap="RdBu_r", norm=norm)
        axes[1, k].set_xticks([])
        axes[1, k].set_yticks([])
    figure.colorbar(picture, ax=axes[1, :].tolist(), label="attention / fair share", shrink=0.9)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    return path
