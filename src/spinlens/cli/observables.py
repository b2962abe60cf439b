"""measure."""

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spinlens.cli.masks import Fields, Held, Strength, mask_system
from spinlens.cli.progress import show_progress, show_wait
from spinlens.cli.source import (
    TEMPERATURES_HELP,
    Coupling,
    Field,
    Parameters,
    Seed,
    Source,
    describe,
    parse_temperatures,
    quantum_temperature,
    read_source,
    repeated_temperatures,
)
from spinlens.cli.tables import table_lines, with_error
from spinlens.errors import InputError
from spinlens.physics.observables import OBSERVABLES, listed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spinlens.data.recipe import Recipe
    from spinlens.montecarlo.analysis.measure import Measurement
    from spinlens.physics.systems import System

DEFAULT_SIZE, DEFAULT_TEMPERATURES = "32", "1.5:3.5:0.1"
WIDTH = 80  # columns of tables and notes
FILES = (".csv", ".tsv", ".txt", ".json", ".parquet", ".npz", ".npy", ".h5", ".xlsx", ".png", ".pdf", ".svg")
AGREEMENT = 1.1  # of R-hat: beyond, chains disagree


def measure(
    source: Source,
    out: Annotated[Path, typer.Option(help="New or empty folder for the tables (.parquet, .csv) and the picture.")],
    size: Annotated[
        list[str] | None,
        typer.Option(
            metavar="<size>",
            help="Lattice, 64 or 64x96; give it again for more sizes. Default: the recipe's, else 32.",
        ),
    ] = None,
    J: Coupling = None,
    B: Field = None,
    parameters: Parameters = None,
    temperatures: Annotated[
        str | None,
        typer.Option(
            metavar="<list>",
            help=f"{TEMPERATURES_HELP} Default: 1.5 to 3.5 times |J|, or as near to the transition; quantum: 0.1 |J|.",
        ),
    ] = None,
    replicas: Annotated[int, typer.Option(help="Independent chains at each temperature.")] = 32,
    sweeps: Annotated[int, typer.Option(help="Measurements of each chain, two cluster sweeps apart.")] = 200,
    seed: Seed = None,
    series: Annotated[bool, typer.Option("--series", help="Write every measurement too: series.parquet.")] = False,
    fields: Fields = None,
    field_strength: Strength = None,
    held: Held = None,
) -> None:
    _check_folder(out)
    recipes = [read_source(source, each, J, B, parameters, labelled=False, seed=seed) for each in _sizes(source, size)]
    systems = list({recipe.system.system().lattice.shape: recipe.system.system() for recipe in recipes}.values())
    systems = [mask_system(system, fields, field_strength, held) for system in systems]
    grid = _temperatures(temperatures, systems[0])
    from spinlens.data.files import check_new, fill_folder
    from spinlens.montecarlo.analysis.series import check_run

    check_new(out)
    for system in systems:
        check_run(system, grid, replicas, sweeps, recipes[0].seed)
    run = {"replicas": replicas, "sweeps": sweeps, "seed": recipes[0].seed}
    with fill_folder(out) as folder:
        results, files = _simulate(systems, grid, run, folder, series)
    for result in results:
        print(f"{describe(result.system)}\n{tabulate(result)}\n")
    print("Brackets: standard error of the last digits.")
    print("Definitions: spinlens measure --help")
    twice = repeated_temperatures(temperatures) if temperatures is not None else []
    repeats = [f"note: temperatures given more than once count once: {', '.join(twice)}"] if twice else []
    for line in [*repeats, *_remarks(results, recipes[0])]:
        typer.echo(_folded(line), err=True)
    print(_folded(f"{out}: {', '.join(files)}"))


def _folded(line: str) -> str:
    return fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)


def _check_folder(out: Path) -> None:
    """Raises InputError for the name of a file: several tables and a picture are written."""
    if out.suffix.lower() in FILES and not out.is_dir():
        folder = out.with_suffix("")
        hint = f"--out {folder} writes {folder / 'observables.csv'} and more"
        raise InputError("out", str(out), "a folder, as measure writes several files", hint)


def _define() -> str:
    """The help: every observable with its definition, the same as in docs/measure.md and in the files."""
    intro = """Simulate a system at equilibrium and estimate observables, each with its error.

    Columns of the tables, with <> the thermal mean, N the number of sites and k_B = 1; cells are empty where an
    observable is not defined, and a note says why. NAME_error: standard error, by the Gamma method (reweighted.csv:
    jackknife). NAME_tau: integrated autocorrelation time in measurements. r_hat: near 1 where the chains agree."""
    return "\n\n".join([intro, *(one.sentence for one in OBSERVABLES.values())])


measure.__doc__ = _define()


def _sizes(source: str, given: list[str] | None) -> list[str | None]:
    if given:
        return list(given)
    return [None if source.endswith(".toml") else DEFAULT_SIZE]


def _temperatures(text: str | None, system: "System") -> "NDArray[Any]":
    if text is not None:
        return parse_temperatures(text)
    import numpy as np

    from spinlens.data.classes import ising_unit

    if (cold := quantum_temperature(system)) is not None:
        return np.array([cold])
    grid = parse_temperatures(DEFAULT_TEMPERATURES) * ising_unit(system.model)
    return np.array([float(f"{t:.6g}") for t in grid])


def _simulate(
    systems: "list[System]", grid: "NDArray[Any]", run: dict[str, int], folder: Path, series: bool
) -> "tuple[list[Measurement], list[str]]":
    """Measure and write every file into the folder; returns the measurements and the names of the files."""
    from contextlib import ExitStack

    from spinlens import __version__
    from spinlens.montecarlo.analysis.measure import analyse
    from spinlens.montecarlo.analysis.series import record
    from spinlens.physics.models.protocol import parameters
    from spinlens.report.measurement_files import SeriesFile, gather_notes, write_tables

    first, results, files = systems[0], [], []
    about = {"system": first.name, **{k: repr(v) for k, v in parameters(first.model).items()}}
    about |= {f"{way}_edges": getattr(first.boundary, way).name for way in ("vertical", "horizontal")}
    about |= {} if first.masks is None else {"masks": first.masks.digest}
    about |= {name: str(value) for name, value in run.items()} | {"spinlens": __version__}
    with ExitStack() as stack:
        raw = stack.enter_context(SeriesFile(folder / "series.parquet", about)) if series else None
        for system in systems:
            with show_progress("steps") as progress:
                found = record(system, grid, **run, progress=progress)
            if raw:
                raw.write(found)
            with show_wait(f"{describe(system)}: errors and curves between {len(grid)} temperatures"):
                results.append(analyse(found))
        about["notes"] = "\n".join(gather_notes(results))
        if raw:
            raw.note(about["notes"])
    files += write_tables(folder, results, about)
    with show_wait("drawing, with the exact curves where there are any"):
        from spinlens.report.measurements import observables_figure

        observables_figure(*results).savefig(folder / "observables.png", dpi=130, format="png")
    return results, [*files, "observables.png", *(["series.parquet"] if series else [])]


def tabulate(result: "Measurement") -> str:
    """The values with their errors at every temperature, in parts of 80 columns; empty columns are left out."""
    rows = result.observables
    columns = [["T", *(f"{t:g}" for t in rows["temperature"])]]
    for one in listed(result.system):
        pairs = zip(rows[one.name], rows[f"{one.name}_error"], strict=True)
        cells = [with_error(float(value), float(error)) for value, error in pairs]
        if any(cells):
            columns.append([one.symbol, *cells])
    columns.insert(3, ["tau of E", *(f"{tau:.1f}" for tau in rows["energy_tau"])])
    columns.insert(4, ["R-hat", *(f"{r:.3f}" for r in rows["r_hat"])])
    return "\n".join(table_lines([list(row) for row in zip(*columns, strict=True)], WIDTH, right=True))


def _remarks(results: "list[Measurement]", recipe: "Recipe") -> list[str]:
    """Notes on what is empty, and warnings of chains that disagree."""
    from spinlens.report.measurement_files import gather_notes

    lines = [f"note: {line}" for line in gather_notes(results)]
    if recipe.protocol != "equilibrium" or recipe.sweeps is not None:
        lines.append("note: protocol and sweeps of the recipe are for build; measure simulates at equilibrium")
    for result in results:
        r_hat, t = result.observables["r_hat"], result.observables["temperature"]
        bad = r_hat > AGREEMENT
        if bad.any():
            at = ", ".join(f"{value:g}" for value in t[bad])
            lines.append(
                f"warning: {describe(result.system)}: chains disagree (R-hat up to {r_hat.max():.2f}) at T = {at}; "
                "their errors are too small, take more --sweeps"
            )
    return lines


COMMANDS = (measure,)
