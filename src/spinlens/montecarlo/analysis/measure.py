"""Observables with errors: measured at each temperature, and reweighted to the temperatures between."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.analysis.autocorrelation import Estimate, estimate, split_r_hat
from spinlens.montecarlo.analysis.histograms import histograms
from spinlens.montecarlo.analysis.reweighting import log_partition as reweighted_log_partition
from spinlens.montecarlo.analysis.reweighting import reweight
from spinlens.montecarlo.analysis.series import (
    MAX_SAMPLES,
    MAX_SPINS,
    Progress,
    Record,
    check_run,
    record,
    reduce_system,
)
from spinlens.montecarlo.checks import check_temperatures
from spinlens.physics import quantum
from spinlens.physics.masks import along_pole
from spinlens.physics.models.transverse_ising import is_quantum, require_classical
from spinlens.physics.observables import Observable, explain, listed, present
from spinlens.physics.states import log_volume, trial_states
from spinlens.physics.systems import System, find_system, pair_table

Array = NDArray[np.float64]
Table = dict[str, Array]
POINTS = 8  # reweighted temperatures for each measured one
MIN_SAMPLES = 100  # effective, of a reweighted point
OVERLAP = 0.7  # steps of 1 / T in units of 1 / (standard deviation of E at infinite temperature)


def _power(of: str, power: int = 1) -> Callable[[Record, float], Array]:
    def series(rows: Record, reference: float) -> Array:
        values: Array = getattr(rows, of)
        return values**power

    return series


def _own(name: str) -> Callable[[Record, float], Array]:
    return lambda rows, reference: rows.own[name]


# What means are taken of: name to a function of the rows of a record and an energy near their mean.
SERIES: dict[str, Callable[[Record, float], Array]] = {
    "E": lambda rows, reference: rows.energy,
    "e": lambda rows, reference: rows.energy - reference,
    "e2": lambda rows, reference: (rows.energy - reference) ** 2,
    "m": _power("magnetization"),
    "m2": _power("magnetization", 2),
    **{f"|m|{k if k > 1 else ''}": _power("modulus", k) for k in (1, 2, 4)},
    "m_s": _power("staggered"),
    "m_s2": _power("staggered", 2),
    **{f"|m_s|{k if k > 1 else ''}": _power("staggered_modulus", k) for k in (1, 2, 4)},
    "s": _power("structure"),
    "|q|": lambda rows, reference: np.abs(rows.overlap),
    "q2": _power("overlap", 2),
    "q4": _power("overlap", 4),
    **{name: _own(name) for name in quantum.SERIES},
}


def series_of(name: str, rows: Record, reference: float) -> Array:
    """A series by name: one of the record's own, or of SERIES."""
    return rows.own[name] if name in rows.own else SERIES[name](rows, reference)


@dataclass(frozen=True)
class Measurement:
    """Two tables, columns by name, rows by ascending temperature.

    observables: temperature; for every observable of the system its value, name_error and name_tau (in measurements),
    NaN where it is not defined; r_hat, the largest of the energy's and of both magnetizations'. reweighted:
    temperature, values, name_error, and `samples`, how many are effectively behind a row (values are NaN below 100).
    """

    system: System
    observables: Table
    reweighted: Table

    @property
    def notes(self) -> list[str]:
        """Why columns or cells are empty, a line each."""
        return explain(self.system, self.observables) + explain_gaps(self.reweighted)


def explain_gaps(table: Table) -> list[str]:
    """Why rows of a reweighted table, temperature and samples (n,), are empty and what fills them: a line each."""
    t, samples = table["temperature"], table["samples"]
    if not t.size:
        return []
    if not samples.any():
        return ["reweighted: no curve, the histograms of these temperatures do not overlap; take closer temperatures"]
    enough, lines = samples >= MIN_SAMPLES, []
    if few := [f"{value:g}" for value in t[::POINTS][~enough[::POINTS]]]:
        lines.append(
            f"reweighted: fewer than {MIN_SAMPLES} measurements count at T = {', '.join(few)} and near; "
            "take more replicas or sweeps"
        )
    ends = range(0, len(t) - 1, POINTS)
    apart = [k for k in ends if enough[[k, k + POINTS]].all() and not enough[k : k + POINTS].all()]
    if gaps := [f"{t[k]:g} and {t[k + POINTS]:g}" for k in apart]:
        lines.append(
            f"reweighted: empty between T = {', '.join(gaps)}, where the histograms of neighbouring temperatures "
            "hardly overlap; take closer temperatures"
        )
    return lines


def measure(
    system: System | str,
    temperatures: ArrayLike,
    replicas: int = 32,
    sweeps: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
) -> Measurement:
    """Simulate at equilibrium and estimate every observable; a function of its arguments alone.

    system: its name stands for 100 x 100.
    temperatures: from 0 to infinity. replicas: independent chains a temperature. sweeps: measurements of each, two
    cluster sweeps apart. Errors by the Gamma method, in the reweighted table by jackknife over the replicas. T = 0 and
    infinity are measured but not reweighted to. An event too rare to be seen once adds no error.
    progress(done, total, note). Raises InputError as `record` does.
    """
    return analyse(record(find_system(system), temperatures, replicas, sweeps, seed, progress))


def analyse(series: Record) -> Measurement:
    """Both tables of a record."""
    return Measurement(series.system, measured(series), reweighted(series))


def measured(series: Record) -> Table:
    """The table of observables at the simulated temperatures."""
    table = {"temperature": series.temperatures}
    for what in listed(series.system):
        columns = np.full((3, len(series.temperatures)), np.nan)
        if not what.absent(series.system):
            for k in np.flatnonzero(what.defined(series.system, series.temperatures)):
                t = float(series.temperatures[k])
                found = _estimate(what, _rows(series, k), t)
                if not what.unseen(series.system, t, found.value, found.error):
                    columns[:, k] = found.value, found.error, found.tau
        table |= dict(zip((what.name, f"{what.name}_error", f"{what.name}_tau"), columns, strict=True))
    return table | {"r_hat": np.array([_r_hat(_rows(series, k)) for k in range(len(series.temperatures))])}


def _rows(series: Record, chosen: Any) -> Record:
    """The record at one temperature or some."""
    names = [field.name for field in fields(Record) if field.name not in ("system", "own")]
    parts: dict[str, Any] = {name: getattr(series, name)[chosen] for name in names}
    return replace(series, **parts, own={name: values[chosen] for name, values in series.own.items()})


def _estimate(what: Observable, rows: Record, t: float) -> Estimate:
    def function(*means: float) -> float:
        return float(what.function(rows.system, t, *means))

    reference = float(rows.energy.flat[0])
    return estimate(function, *(series_of(name, rows, reference) for name in what.means))


def _r_hat(rows: Record) -> float:
    """The largest of E, m and |m|, and of the staggered ones: m alone shows chains that never turn over."""
    chains = [rows.energy]
    for m in (rows.magnetization, rows.modulus, rows.staggered, rows.staggered_modulus):
        chains += [m] if np.isfinite(m).all() else []
    return max(split_r_hat(one) for one in chains)


def reweighted(series: Record) -> Table:
    """The table at the simulated temperatures above 0 and below infinity, and at POINTS - 1 between two of them."""
    t, unit = series.temperatures, series.system.model.scale
    names = {one.name: one for one in listed(series.system) if one.reweights}
    usable = (t > 1e-4 * unit) & (
        not is_quantum(series.system.model)
    )  # below lie ground states alone, and 1 / T without bound
    inner = t[usable & np.isfinite(t)]
    if not inner.size:
        errors = [f"{name}_error" for name in names]
        return {name: np.empty(0) for name in ("temperature", *names, *errors, "samples")}
    grid = np.interp(np.arange(len(inner) * POINTS - POINTS + 1) / POINTS, np.arange(len(inner)), inner)
    rows, here = _rows(series, usable), [one for one in present(series.system) if one.reweights]
    reference = float(rows.energy.mean())
    values = {name: series_of(name, rows, reference) for what in here for name in what.means}

    @np.errstate(divide="ignore", invalid="ignore")
    def derive(means: Mapping[str, Array], at: Array) -> Table:
        found = {what: what.function(series.system, at, *(means[n] for n in what.means)) for what in here}
        return {what.name: np.where(what.defined(series.system, at), column, np.nan) for what, column in found.items()}

    above = rows.energy - rows.energy.min()  # weights know energies up to a constant, and numbers are finest near 0
    found: Table = {}
    spreads, samples = found, np.zeros(len(grid))
    with contextlib.suppress(ArithmeticError):  # histograms too far apart to be joined leave the rows empty
        found, spreads, samples = reweight(histograms(t[usable], above, values), grid, derive)
    table = {"temperature": grid}
    nothing = np.full(len(grid), np.nan)
    for name, what in names.items():
        value, error = found.get(name, nothing), spreads.get(name, nothing)
        known = (samples >= MIN_SAMPLES) & ~what.unseen(series.system, grid, value, error)
        table |= {name: np.where(known, value, np.nan), f"{name}_error": np.where(known, error, np.nan)}
    return table | {"samples": samples}


def log_partition(
    system: System, temperatures: ArrayLike, replicas: int = 32, sweeps: int = 200, seed: int = 0
) -> tuple[Array, Array]:
    """(ln Z, standard error) at temperatures (n,) above 0, by simulation.

    A ladder of temperatures from infinity, where Z is the number of states (2 pi to the number of angles), to the
    lowest one, joined by the multi-histogram equations: their ln Z uses whole histograms, so no step of an integral
    over 1 / T enters. Raises InputError as `record` does, and for T = 0.
    """
    require_classical(system.model)
    target = check_temperatures(temperatures)
    check_run(system, target, replicas, sweeps, seed)
    if not (target > 0).all():
        raise InputError("temperature", float(target[~(target > 0)][0]), "a number above 0")
    reduced = reduce_system(system)
    model = reduced.model
    bonds, sites = (system.bonds.strength**2).sum() / 2, system.lattice.sites
    spread = bonds * pair_table(model).var() + sites * model.site_energy(trial_states(model.space)).var()
    if reduced.pull is not None:
        spread += (reduced.pull**2).sum() * along_pole(model.space).var()
    width = system.model.scale * np.sqrt(spread)
    lowest, most = float(target.min()), min(MAX_SAMPLES // sweeps, MAX_SPINS // system.lattice.sites) // replicas
    if lowest * OVERLAP * (most - 2) < width:
        reach = (
            f"at least {width / OVERLAP / max(most - 2, 1):.2g}, so that a ladder of {most} reaches it from infinity"
        )
        raise InputError("temperature", lowest, reach)
    with np.errstate(divide="ignore"):
        ladder = 1 / np.linspace(0.0, 1 / lowest, 2 + int(width / lowest / OVERLAP))
    series = record(system, ladder, replicas, sweeps, seed)
    found = histograms(series.temperatures, series.energy, {})
    return reweighted_log_partition(found, target, system.free_sites.size * log_volume(model.space))
