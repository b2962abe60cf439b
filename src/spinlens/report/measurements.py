"""The picture of a measurement: every observable against temperature, beside what is known exactly."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from spinlens.montecarlo.measure import OBSERVABLES, Measurement
from spinlens.physics import exact
from spinlens.physics.systems import System

TITLES = {
    "energy": "energy per site",
    "specific_heat": "specific heat per site",
    "magnetization": "|m|",
    "susceptibility": "susceptibility per site",
    "binder": "Binder cumulant",
    "correlation_length": "second-moment correlation length",
}
CURVE_POINTS = 400
DATA, KNOWN = "C0", "C1"


def observables_figure(measurement: Measurement) -> Figure:
    """Six panels: points with standard errors, thin reweighted lines, broad exact curves behind them.

    Exact: E and C where the system is solved (up to 128 x 128); |m| of the infinite lattice (Yang 1952) on tori
    without a field. T = 0 is drawn, infinity is not.
    """
    system, table = measurement.system, measurement.observables
    finite = np.isfinite(table["temperature"])
    figure = Figure(figsize=(11, 6.4), layout="constrained")
    panels = dict(zip(OBSERVABLES, figure.subplots(2, 3, sharex=True).flat, strict=True))
    for name, axes in panels.items():
        rows = finite & np.isfinite(table[name])
        errors = np.nan_to_num(table[f"{name}_error"][rows])
        axes.plot(
            measurement.reweighted["temperature"],
            measurement.reweighted[name],
            color=DATA,
            linewidth=0.9,
            label="reweighted",
        )
        axes.errorbar(
            table["temperature"][rows],
            table[name][rows],
            errors,
            fmt="o",
            markersize=3,
            capsize=2,
            color=DATA,
            label="simulated",
        )
        unit = "" if OBSERVABLES[name].label == TITLES[name] else f", {OBSERVABLES[name].label}"
        prefix = "staggered " if system.staggered and name == "magnetization" else ""
        axes.set_title(f"{prefix}{TITLES[name]}{unit}", fontsize=10)
        axes.grid(alpha=0.25, linewidth=0.5)
        if not rows.any():
            axes.text(0.5, 0.5, "not defined here", transform=axes.transAxes, ha="center", color="0.5")
            axes.set_yticks([])
    lengths = table["correlation_length"][finite]
    if np.isfinite(lengths).any():
        panels["correlation_length"].set_yscale("log")
    shown = table["temperature"][finite]
    if shown.size:
        _draw_exact(system, panels, float(shown.min()), float(shown.max()))
    for axes in figure.axes[3:]:
        axes.set_xlabel("T")
    handles = {
        text: handle for axes in figure.axes for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    figure.legend(handles.values(), handles, loc="outside lower center", ncols=4, fontsize=9, frameon=False)
    figure.suptitle(f"{system.name}, {system.lattice.rows} x {system.lattice.columns}", fontsize=11)
    return figure


def _draw_exact(system: System, panels: dict[str, Axes], low: float, high: float) -> None:
    temperatures = np.linspace(low, high, CURVE_POINTS)
    if exact.is_solved(system):
        for name, curve in zip(("energy", "specific_heat"), exact_curves(system, temperatures), strict=True):
            panels[name].plot(
                temperatures, curve, color=KNOWN, linewidth=5, alpha=0.5, zorder=1, label="exact, this lattice"
            )
    if is_torus(system) and system.model.B == 0:
        reduced = np.maximum(temperatures / abs(system.model.J), 1e-9)
        infinite = exact.onsager_magnetization(reduced)
        panels["magnetization"].plot(
            temperatures, infinite, "--", color=KNOWN, zorder=1, label="exact, infinite lattice"
        )


def exact_curves(system: System, temperatures: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(E / N, C / N) at temperatures (n,), C = 0 at T = 0. Raises InputError for systems that are not solved."""
    levels, log_counts = exact.density_of_states(system)
    energy, heat = np.empty(len(temperatures)), np.zeros(len(temperatures))
    for k, t in enumerate(temperatures):
        p = exact.boltzmann(levels, float(t), log_counts)
        mean = p @ levels
        energy[k] = mean / system.lattice.sites
        if t > 0:
            heat[k] = p @ (levels - mean) ** 2 / (system.lattice.sites * t**2)
    return energy, heat


def is_torus(system: System) -> bool:
    """Whether both directions are periodic and, for J < 0, a checkerboard fits."""
    (m, n), edges = system.lattice.shape, (system.boundary.vertical, system.boundary.horizontal)
    return all(e.seam == 1 and not e.shift for e in edges) and (not system.staggered or m % 2 == n % 2 == 0)
