"""The pictures of the report: micro-states, relaxation, attention. Spin up is dark, as in Kara et al. (2021)."""

from pathlib import Path

import numpy as np
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from spinlens.data.classes import ISING, ising_unit
from spinlens.data.quantum import default_temperature
from spinlens.data.recipe import Recipe
from spinlens.insight.attention import rollout
from spinlens.learning.classifier import Classifier
from spinlens.metrics.ceiling import Ceiling
from spinlens.montecarlo.analysis.equilibrium_tests import relaxation
from spinlens.montecarlo.controlled import sample_values
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.sample import Batch, sample
from spinlens.montecarlo.updaters.registry import quench_updater
from spinlens.physics.catalogue import get_system
from spinlens.physics.models.transverse_ising import critical_gamma, is_quantum
from spinlens.physics.order import known_transition
from spinlens.physics.systems import System
from spinlens.physics.transverse_field import TransverseField
from spinlens.report.score_figures import panels
from spinlens.report.style import add_spin_key, colour, line, show_spins

CLASSES = Recipe().classes.names
SHOWN = (0.5, 1.6, 2.2, 3.2)  # one temperature a class, of the Ising model
SERIES = (0.6, 1.2, 1.8, 2.1, 2.2, 2.3, 2.6, 3.6)
CORNER = 20


def about(system: System) -> str:
    """System and size, for titles."""
    return f"{system.name}, {system.lattice.rows} x {system.lattice.columns}"


def stretched(system: System, temperatures: tuple[float, ...]) -> list[float]:
    """Temperatures of the Ising model with J = 1 as far from the transition of this system, to three digits.

    Of a quantum system values of gamma, as far from the critical one.
    """
    unit = ising_unit(system.model)
    if is_quantum(system.model):
        unit = (critical_gamma(system) or system.model.scale) / ISING
    return [float(f"{unit * t:.3g}") for t in temperatures]


def draw_snapshots(system: System, values: list[float], seed: int) -> tuple[Batch, list[str]]:
    """A snapshot at each value of `stretched`, and the value in words."""
    if not is_quantum(system.model):
        return sample(system, values, seed=seed), [f"T = {value:g}" for value in values]
    control = TransverseField(system, default_temperature(system), tuple(sorted(values)))
    batch = sample_values(control, np.array(values), Equilibrium(), seed)
    return batch, [f"gamma = {value:g}" for value in values]


def ground_states(size: int, seed: int) -> Figure:
    """Ground states and disorder of both signs of J (the paper's figure 1)."""
    figure, axes = panels(2, 2, 2.8)
    side = min(CORNER, size)  # a checkerboard of 100 x 100 would look grey
    for row, (name, sign) in enumerate((("ising-periodic", 1), ("ising-antiferro", -1))):
        system = get_system(name, size)
        batch = sample(system, [0.0, np.inf], seed=seed)
        for column, text in enumerate(("T = 0", "T = ∞")):
            corner, title = batch.spins[column, :side, :side], f"{name}\nJ = {sign:+g}, {text}"
            show_spins(axes[row, column], system.model.space, corner, title)
    figure.suptitle(f"{side} x {side} corners of {size} x {size}", fontsize=10)
    add_spin_key(figure, system.model.space)
    return figure


def class_states(system: System, seed: int) -> Figure:
    """One micro-state a class, by energy between the ground state's and zero (the paper's figure 2)."""
    shown = stretched(system, SHOWN)
    batch, labels = draw_snapshots(system, shown, seed)
    figure, axes = panels(1, len(SHOWN), 2.3)
    for k, axis in enumerate(axes[0]):
        per_site = batch.energy[k] / system.lattice.spins
        title = f"{CLASSES[k]}: {labels[k]}\nE/N = {per_site:.3f}, m = {batch.magnetization[k]:+.2f}"
        show_spins(axis, system.model.space, batch.spins[k], title)
    figure.suptitle(f"{about(system)}; energy and magnetization per site", fontsize=10)
    add_spin_key(figure, system.model.space)
    return figure


def micro_states(system: System, seed: int) -> Figure:
    """Micro-states over the whole range of temperatures (the paper's figures 4 to 6)."""
    series = stretched(system, SERIES)
    batch, labels = draw_snapshots(system, series, seed)
    figure, axes = panels(2, len(SERIES) // 2, 2.3)
    for k, axis in enumerate(axes.flat):
        show_spins(axis, system.model.space, batch.spins[k], labels[k])
    figure.suptitle(about(system), fontsize=10)
    add_spin_key(figure, system.model.space)
    return figure


def relaxation_curves(system: System, seed: int) -> Figure:
    """|m| against Metropolis sweeps from both starts: the paper's proxy for equilibrium, and what it hides."""
    shown = stretched(system, SHOWN)
    sweeps = (0, 10, 25, 50, 100, 200, 350, 500, 750, 1000, 1500)
    curves = relaxation(system, shown, sweeps, replicas=64, seed=seed)
    figure = Figure(figsize=(8.5, 4.2), layout="constrained")
    axes = figure.subplots()
    for k, temperature in enumerate(shown):
        axes.plot(sweeps, curves["ordered"][k], color=colour(k), label=f"{CLASSES[k]}, T = {temperature:g}")
        axes.plot(sweeps, curves["random"][k], color=colour(k), linestyle="--")
    axes.axvline(750, color="0.2", linewidth=0.8, linestyle=":")
    order = "mean staggered |m|" if system.staggered else "mean |m|"
    axes.set(xlabel=f"sweeps ({quench_updater(system).name})", ylabel=f"{order} per site, 64 replicas", ylim=(0, 1.03))
    handles, _ = axes.get_legend_handles_labels()
    starts = (("-", "ordered start"), ("--", "random start"), (":", "the paper's 750 sweeps"))
    handles += [line(color="0.2", linestyle=style, label=text) for style, text in starts]
    figure.legend(handles=handles, fontsize=8, loc="outside right upper", frameon=False)
    figure.suptitle(about(system), fontsize=10)
    return figure


def class_energies(system: System, ceiling: Ceiling) -> Figure:
    """p(E | class) of every class: where two of them overlap no model tells them apart; of kinks where these decide."""
    figure = Figure(figsize=(7, 3.6), layout="constrained")
    axes = figure.subplots()
    per_site, bins = ceiling.levels / system.lattice.spins, 200
    name = "kinks per spin" if ceiling.is_bound else "energy per site"
    for k, joint in enumerate(ceiling.joint):
        share, edges = np.histogram(per_site, bins, weights=joint / joint.sum())
        axes.stairs(share, edges, color=colour(k), label=CLASSES[k] if len(CLASSES) == len(ceiling.joint) else str(k))
    axes.set(xlabel=name, ylabel=f"share of the class in one of {bins} bins", yscale="log", ylim=(1e-5, 1))
    axes.legend(fontsize=8, frameon=False)
    known = known_transition(system)
    figure.suptitle(about(system) + (f"; transition: {known.kind}" if known else ""), fontsize=10)
    return figure


def attention_maps(classifier: Classifier, seed: int) -> Figure:
    """Attention rollout over one micro-state a class: 1 is a patch's fair share. A first look, without controls."""
    system = classifier.system
    shown = stretched(system, SHOWN)
    batch, labels = draw_snapshots(system, shown, seed)
    maps = rollout(classifier, batch.spins)
    maps = maps * maps[0].size
    figure, axes = panels(2, len(SHOWN), 2.3)
    norm = TwoSlopeNorm(1.0, 0.0, max(float(maps.max()), 2.0))
    for k, label in enumerate(labels):
        show_spins(axes[0, k], system.model.space, batch.spins[k], f"{CLASSES[k]}: {label}")
        picture = axes[1, k].imshow(maps[k], cmap="RdBu_r", norm=norm)
        axes[1, k].set_xticks([])
        axes[1, k].set_yticks([])
    figure.colorbar(picture, ax=axes[1, :].tolist(), label="attention / fair share", shrink=0.9)
    figure.suptitle(f"Attention rollout, {about(system)}: spins above, shares of the patches below", fontsize=10)
    add_spin_key(figure, system.model.space)
    return figure


def save(figure: Figure, path: Path) -> Path:
    """Write a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    return path
