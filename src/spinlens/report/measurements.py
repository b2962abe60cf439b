"""The picture of measurements: every observable against temperature, a curve a size, beside what is known exactly."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from spinlens.montecarlo.analysis.measure import Measurement
from spinlens.physics.defined import has_waves
from spinlens.physics.exact import density as exact
from spinlens.physics.models.ising import Ising
from spinlens.physics.models.protocol import describe_parameters
from spinlens.physics.observables import Observable, present
from spinlens.report.style import colour, mark

Array = NDArray[np.float64]
CURVE_POINTS = 400
HOTTEST = 1e6  # times |J|: what is hotter is drawn as little as infinity
LOG_RANGE = 50  # of temperatures: a longer one gets a logarithmic axis
LONGEST = 1e4  # a longer one begins with a linear part
LOWEST_BINDER = -1.0  # below is the noise of an order that hardly fluctuates
INFINITE, THEORY = "exact, infinite lattice", "0.3"


def observables_figure(*results: Measurement) -> Figure:
    """A panel an observable: points with standard errors, thin reweighted lines, broad pale exact curves behind them.

    results: of one system on lattices of different sizes. Exact: E and C where the system is solved (up to 128 x 128);
    |m| of the infinite lattice (Yang 1952) on tori without a field. Staggered panels are drawn for J < 0 only;
    T = 0 is drawn, T above 1e6 |J| is not.
    """
    system = results[0].system
    panels = {
        one.name: one
        for result in results
        for one in present(result.system)
        if not one.staggered or result.system.staggered
    }
    columns = 4 if len(panels) > 6 else 3
    rows = -(-len(panels) // columns)
    figure = Figure(figsize=(3.4 * columns, 2.7 * rows + 1.1), layout="constrained")
    grid = list(figure.subplots(rows, columns, sharex=True).flat)
    axes = dict(zip(panels, grid, strict=False))
    for unused in grid[len(panels) :]:
        unused.set_axis_off()
    kinds: dict[str, Line2D] = {}
    for number, result in enumerate(results):
        shade, marker = colour(number), mark(number)
        for name, panel in axes.items():
            kinds |= _draw(panel, result, name, shade, marker)
        kinds |= _draw_exact(axes, result, shade)
    for name, panel in axes.items():
        _finish(panel, panels[name], _range(results))
    sizes = {
        "{} x {}".format(*result.system.lattice.shape): Line2D(
            [], [], color=colour(k), marker=mark(k), linestyle="", markersize=5
        )
        for k, result in enumerate(results)
    }
    legend = sizes | kinds
    figure.legend(list(legend.values()), list(legend), loc="outside lower center", ncols=5, fontsize=9, frameon=False)
    name = system.name.partition("(")[0]  # without the parameters, which follow
    figure.suptitle(f"{name}: {describe_parameters(system.model)}", fontsize=11, parse_math=False)
    return figure


def _drawn(result: Measurement, table: dict[str, Array]) -> NDArray[np.bool_]:
    return np.asarray(table["temperature"] <= HOTTEST * result.system.model.scale)


def _range(results: Sequence[Measurement]) -> tuple[float, float] | None:
    """Smallest temperature above 0 and largest one drawn."""
    found = [one.observables["temperature"][_drawn(one, one.observables)] for one in results]
    t = np.concatenate(found)
    return (float(t[t > 0].min()), float(t.max())) if (t > 0).any() else None


def _draw(axes: Axes, result: Measurement, name: str, colour: str, marker: str) -> dict[str, Line2D]:
    """Points and the reweighted line of one observable; returns what the legend says of them."""
    between, table = result.reweighted, result.observables
    rows = _drawn(result, table) & np.isfinite(table[name])
    errors = np.nan_to_num(table[f"{name}_error"][rows])
    span = np.ptp(table[name][rows]) + errors.max(initial=0.0) if rows.any() else 0.0
    if name in between:
        chosen = _drawn(result, between) & ~(between[f"{name}_error"] > span)  # a curve of noise would hide the points
        axes.plot(between["temperature"], np.where(chosen, between[name], np.nan), color=colour, linewidth=0.9)
    axes.errorbar(
        table["temperature"][rows], table[name][rows], errors,
        fmt=marker, markersize=3.5, capsize=2, elinewidth=0.9, color=colour,
    )  # fmt: skip
    return {
        "simulated, standard errors": Line2D([], [], color=THEORY, marker="o", markersize=3.5, linestyle=""),
        "reweighted": Line2D([], [], color=THEORY, linewidth=0.9),
    }


def _draw_exact(panels: dict[str, Axes], result: Measurement, colour: str) -> dict[str, Line2D]:
    system, t = result.system, result.observables["temperature"][_drawn(result, result.observables)]
    kinds: dict[str, Line2D] = {}
    if not t.size:
        return kinds
    fine = np.linspace(t.min(), t.max(), CURVE_POINTS)
    if (t > 0).any():  # for a logarithmic axis too
        fine = np.union1d(fine, np.geomspace(t[t > 0].min(), t.max(), CURVE_POINTS))
    style: dict[str, Any] = {"linewidth": 5, "alpha": 0.3, "zorder": 1}
    if exact.is_solved(system):
        for name, curve in (("energy", exact.mean_energy), ("specific_heat", exact.heat_capacity)):
            panels[name].plot(fine, curve(system, fine) / system.lattice.sites, color=colour, **style)
        kinds["exact, this lattice"] = Line2D([], [], color=THEORY, **style)
    if has_waves(system) and isinstance(system.model, Ising) and not system.is_disordered:
        order = "staggered_abs_magnetization" if system.staggered else "abs_magnetization"
        infinite = exact.onsager_magnetization(np.maximum(fine / system.model.scale, 1e-9))
        (kinds[INFINITE],) = panels[order].plot(fine, infinite, "--", color=THEORY, linewidth=1, zorder=1)
    return kinds


def _finish(axes: Axes, what: Observable, drawn: tuple[float, float] | None) -> None:
    """Titles, units and scales; a word where there is nothing to see."""
    axes.set_title(what.title, fontsize=9)
    unit = "" if what.unit == "no unit" else f"\n{what.unit}"
    axes.set_ylabel(f"{what.symbol}{unit}", fontsize=8, parse_math=False)
    axes.set_xlabel("T, in the same unit as J", fontsize=8)
    axes.tick_params(labelsize=8, labelbottom=True)
    axes.grid(alpha=0.25, linewidth=0.5)
    if drawn and drawn[1] > LOG_RANGE * drawn[0]:
        axes.set_xscale("symlog", linthresh=max(drawn[0], drawn[1] / LONGEST))
    heights = [y for line in axes.lines for y in np.asarray(line.get_ydata(), np.float64) if np.isfinite(y)]
    if not heights:
        axes.text(0.5, 0.5, "not defined here", transform=axes.transAxes, ha="center", color="0.4", fontsize=9)
        axes.set_yticks([])
    elif "binder" in what.name and min(heights) < LOWEST_BINDER:
        axes.set_ylim(LOWEST_BINDER, 0.75)
        axes.set_ylabel(f"{what.symbol}, cut at {LOWEST_BINDER:g}", fontsize=8, parse_math=False)
    elif "correlation_length" in what.name and min(heights) > 0:
        axes.set_yscale("log")
        axes.tick_params(which="minor", labelsize=6)
