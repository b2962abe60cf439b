"""What a ramp gives: its table, its arrays, and the figure of magnetization and energy along it."""

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from spinlens.montecarlo.ramps import Ramp, RampRecord, loop_area
from spinlens.report.style import colour

MAX_LINES = 8  # cycles drawn one by one


def write_table(record: RampRecord, path: Path) -> None:
    """A CSV file, a row a step: sweep, T and other variables, energy and magnetization per site with standard errors.

    The errors are those of the mean over the replicas, empty for one replica.
    """
    sites, count = record.system.lattice.sites, record.energy.shape[1]
    columns: dict[str, NDArray[np.float64]] = dict(record.values)
    for name, values in (("energy", record.energy / sites), ("magnetization", record.magnetization)):
        columns[name] = values.mean(1)
        columns[f"{name}_error"] = values.std(1, ddof=1) / count**0.5 if count > 1 else np.full(len(values), np.nan)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("sweep", *columns))
        for sweep, *row in zip(record.sweep.tolist(), *(values.tolist() for values in columns.values()), strict=True):
            writer.writerow((sweep, *("" if value != value else value for value in row)))


def write_arrays(record: RampRecord, path: Path) -> None:
    """An .npz: sweep and each variable (n,), energy (total) and magnetization (per site) (n, replicas), and at the end
    spins (replicas, rows, columns).
    """
    arrays = {"sweep": record.sweep, "energy": record.energy, "magnetization": record.magnetization}
    with open(path, "wb") as file:
        np.savez_compressed(file, **arrays, **record.values, spins=record.spins)  # type: ignore[arg-type]


def loop_areas(record: RampRecord, ramp: Ramp) -> NDArray[np.float64] | None:
    """(replicas,): the area of the last loop of a cycle of B; None for other ramps."""
    if not ramp.cycles or ramp.varied != ("B",):
        return None
    loop = slice(-1 - (len(record.sweep) - 1) // ramp.cycles, None)
    return loop_area(record.values["B"][loop], record.magnetization[loop])


def ramp_figure(record: RampRecord, ramp: Ramp) -> Figure:
    """Magnetization and energy per site, the mean over the replicas, against what the ramp changes."""
    name = ramp.varied[0]
    x, (rows, columns) = record.values[name], record.system.lattice.shape
    figure = Figure(figsize=(8.5, 3.8), layout="constrained")
    parts = max(2 * ramp.cycles, 1)
    ends = np.linspace(0, len(x) - 1, parts + 1).astype(int)
    shown = [("magnetization", record.magnetization), ("energy", record.energy / record.system.lattice.sites)]
    for axes, (title, values) in zip(figure.subplots(1, 2), shown, strict=True):
        mean = values.mean(1)
        for k, (first, last) in enumerate(pairwise(ends)):
            if k < MAX_LINES or k >= parts - MAX_LINES:
                label = ("there", "back")[k % 2] if k < 2 and ramp.cycles else None
                axes.plot(x[first : last + 1], mean[first : last + 1], color=colour(k % 2), label=label)
        axes.set(xlabel=name, ylabel=f"mean {title} per site")
        if ramp.cycles:
            axes.legend(fontsize=8, frameon=False)
    fixed = "" if name == "T" else f", T = {record.values['T'][0]:g}"
    title = f"{record.system.name}, {rows} x {columns}{fixed}; {values.shape[1]} replicas"
    figure.suptitle(title, fontsize=10)
    return figure
