"""Observables with errors: measured at each temperature, and reweighted to the temperatures between."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from spinlens.errors import InputError
from spinlens.montecarlo.autocorrelation import estimate, split_r_hat
from spinlens.montecarlo.histograms import histograms
from spinlens.montecarlo.record import Progress, Record, record
from spinlens.montecarlo.replicas import check_temperatures
from spinlens.montecarlo.reweighting import log_partition as reweighted_log_partition
from spinlens.montecarlo.reweighting import reweight
from spinlens.physics.systems import System

Array = NDArray[np.float64]
Table = dict[str, Array]
POINTS = 8  # reweighted temperatures for each measured one
MIN_SAMPLES = 100  # effective, of a reweighted point
OVERLAP = 0.7  # steps of 1 / T in units of 1 / (standard deviation of E at infinite temperature)


@dataclass(frozen=True)
class Observable:
    """What is computed: a function of means of powers of the series, temperature T and system, and how it is called.

    means: which ones, of E (total energy), e and e2 (energy from a reference, and its square), m, m2, m4 (|m| per site
    and its powers) and s (structure factor at the smallest wave vector).
    """

    label: str
    means: tuple[str, ...]
    function: Callable[..., Any]


def _over(x: Any, t: Any) -> Any:
    """x / t, and at t = 0 the limit: 0 for nothing, infinity for anything."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((np.asarray(t) == 0) & (np.asarray(x) == 0), 0.0, np.divide(x, t))


def _correlation_length(system: System, m2: Any, s: Any) -> Any:
    """Second moment: sqrt(S(0) / S(k) - 1) / (2 sin(k / 2)), in lattice constants, with S(0) = N <m^2>.

    NaN where noise lets S(k) exceed S(0). Cooper, Freedman and Preston, Nucl. Phys. B 210, 210 (1982).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = np.sqrt(np.divide(system.lattice.sites * m2, s) - 1)
    return excess / (2 * np.sin(np.pi / max(system.lattice.shape)))


# function(system, T, *means); N sites; k_B = 1.
OBSERVABLES: dict[str, Observable] = {
    "energy": Observable("E / N", ("E",), lambda s, t, e: e / s.lattice.sites),
    "specific_heat": Observable("C / N", ("e", "e2"), lambda s, t, e, e2: _over((e2 - e**2) / s.lattice.sites, t**2)),
    "magnetization": Observable("|m|", ("m",), lambda s, t, m: m),
    "susceptibility": Observable("χ", ("m", "m2"), lambda s, t, m, m2: _over(s.lattice.sites * (m2 - m**2), t)),
    "binder": Observable("U", ("m2", "m4"), lambda s, t, m2, m4: 1 - m4 / (3 * m2**2)),
    "correlation_length": Observable("ξ", ("m2", "s"), lambda s, t, m2, k: _correlation_length(s, m2, k)),
}


@dataclass(frozen=True)
class Measurement:
    """Two tables, columns by name, rows by ascending temperature.

    observables: temperature; for every name in OBSERVABLES the value, name_error and name_tau (in measurements);
    r_hat, the larger of the energy's and of |m|'s. reweighted: temperature, values, name_error, and `samples`, how many
    are effectively behind a row (values are NaN below 100).
    """

    system: System
    observables: Table
    reweighted: Table


def measure(
    system: System,
    temperatures: ArrayLike,
    replicas: int = 32,
    sweeps: int = 200,
    seed: int = 0,
    progress: Progress | None = None,
) -> Measurement:
    """Simulate at equilibrium and estimate every observable; a function of its arguments alone.

    temperatures: from 0 to infinity. replicas: independent chains a temperature. sweeps: measurements of each, two
    cluster sweeps apart. Errors by the Gamma method, in the reweighted table by jackknife over the replicas. T = 0 and
    infinity are measured but not reweighted to. An event too rare to be seen once adds no error.
    progress(done, total, note). Raises InputError as `record` does.
    """
    series = record(system, temperatures, replicas, sweeps, seed, progress)
    return Measurement(system, measured(series), reweighted(series))


def measured(series: Record) -> Table:
    """The table of observables at the simulated temperatures."""
    rows = []
    for k, t in enumerate(series.temperatures):
        energy, order = series.energy[k], series.order[k]
        means = _powers(energy, order, series.structure[k], energy.flat[0])
        row = {"temperature": float(t)}
        for name, what in OBSERVABLES.items():
            if np.isnan([means[n][0, 0] for n in what.means]).any():
                row |= {name: np.nan, f"{name}_error": np.nan, f"{name}_tau": np.nan}
                continue

            def function(*values: float, t: float = t, what: Observable = what) -> float:
                return float(what.function(series.system, t, *values))

            found = estimate(function, *(means[n] for n in what.means))
            row |= {name: found.value, f"{name}_error": found.error, f"{name}_tau": found.tau}
        rows.append(row | {"r_hat": max(split_r_hat(energy), split_r_hat(order))})
    return {name: np.array([row[name] for row in rows]) for name in rows[0]}


def reweighted(series: Record) -> Table:
    """The table at the simulated temperatures above 0 and below infinity, and at POINTS - 1 between two of them."""
    t, unit = series.temperatures, abs(series.system.model.J)
    usable = t > 1e-4 * unit  # below lie ground states alone, and 1 / T without bound
    inner = t[usable & np.isfinite(t)]
    if not inner.size:
        errors = [f"{name}_error" for name in OBSERVABLES]
        return {name: np.empty(0) for name in ("temperature", *OBSERVABLES, *errors, "samples")}
    grid = np.interp(np.arange(len(inner) * POINTS - POINTS + 1) / POINTS, np.arange(len(inner)), inner)
    energy, order = series.energy[usable], series.order[usable]
    powers = _powers(energy, order, series.structure[usable], energy.mean())

    def derive(means: Mapping[str, Array], at: Array) -> Table:
        return {
            name: what.function(series.system, at, *(means[n] for n in what.means))
            for name, what in OBSERVABLES.items()
        }

    values, spreads, samples = reweight(histograms(t[usable], energy, powers), grid, derive)
    reached = samples >= MIN_SAMPLES
    columns = values | {f"{name}_error": spread for name, spread in spreads.items()}
    table = {name: np.where(reached, column, np.nan) for name, column in columns.items()}
    return {"temperature": grid} | table | {"samples": samples}


def log_partition(
    system: System, temperatures: ArrayLike, replicas: int = 32, sweeps: int = 200, seed: int = 0
) -> tuple[Array, Array]:
    """(ln Z, standard error) at temperatures (n,) above 0, by simulation.

    A ladder of temperatures from infinity, where Z = 2^(free spins) exactly, to the lowest one, joined by the
    multi-histogram equations: their ln Z uses whole histograms, so no step of an integral over 1 / T enters. Raises
    InputError as `record` does, and for T = 0.
    """
    target = check_temperatures(temperatures)
    if not (target > 0).all():
        raise InputError("temperature", float(target[~(target > 0)][0]), "a number above 0")
    model, (_, sign) = system.model, system.bonds
    width = np.sqrt(model.J**2 * np.abs(sign).sum() / 2 + model.B**2 * system.lattice.sites)
    deepest = 1 / target.min()
    rungs = 2 + int(min(deepest * width / OVERLAP, 1e6))
    with np.errstate(divide="ignore"):
        ladder = 1 / np.linspace(0.0, deepest, rungs)
    series = record(system, ladder, replicas, sweeps, seed)
    found = histograms(series.temperatures, series.energy, {})
    return reweighted_log_partition(found, target, system.free_sites.size * np.log(2))


def to_parquet(table: Table, path: Path, **about: object) -> None:
    """Write a table; about: what else the file says of itself, in its schema's metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = pa.table(table)
    pq.write_table(columns.replace_schema_metadata({key: str(value) for key, value in about.items()}), path)


def _powers(energy: Array, order: Array, structure: Array, reference: float) -> dict[str, Array]:
    """The series whose means the observables are functions of."""
    e = energy - reference
    return {
        "E": energy, "e": e, "e2": e**2, "m": order, "m2": order**2, "m4": order**4, "s": structure
    }  # fmt: skip
