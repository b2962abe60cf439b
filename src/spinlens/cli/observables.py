"""measure."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.progress import show_progress, show_wait
from spinlens.cli.source import parse_temperatures


def measure(
    name: Annotated[str, typer.Argument(help="A name that `spinlens systems` lists.")],
    out: Annotated[Path, typer.Option(help="Folder for the two tables and the picture.")],
    temperatures: Annotated[
        str, typer.Option(help="Such as 1.5:3.5:0.05 (both ends included), or 1,2,inf, or both.")
    ] = "1.5:3.5:0.1",
    size: Annotated[int, typer.Option(help="Side of the square lattice.")] = 32,
    replicas: Annotated[int, typer.Option(help="Independent chains a temperature.")] = 32,
    sweeps: Annotated[int, typer.Option(help="Measurements of each chain, two cluster sweeps apart.")] = 200,
    seed: Annotated[int, typer.Option(help="Seed; the result is a function of it and the other options.")] = 0,
) -> None:
    """Energy, specific heat, |m|, susceptibility, Binder cumulant and correlation length, each with its error."""
    from rich.console import Console
    from rich.table import Table

    from spinlens.data.files import write_whole
    from spinlens.errors import InputError
    from spinlens.montecarlo.measure import OBSERVABLES, to_parquet
    from spinlens.montecarlo.measure import measure as simulate
    from spinlens.physics.systems import get_system

    system, grid = get_system(name, size), parse_temperatures(temperatures)
    if out.exists() and not out.is_dir():
        raise InputError("out", str(out), "a folder, new or not")
    with show_progress("sweeps") as progress:

        def news(done: int, total: int, note: str) -> None:
            if done:  # the pace counts from the first measurement on
                progress(done, total, note)
            else:
                typer.echo(f"{name}, {size} x {size}: {note}", err=True)

        result = simulate(system, grid, replicas, sweeps, seed, news)
    about = {"system": name, "size": size, "replicas": replicas, "sweeps": sweeps, "seed": seed}
    out.mkdir(parents=True, exist_ok=True)
    write_whole(out / "observables.parquet", lambda path: to_parquet(result.observables, path, **about))
    write_whole(out / "reweighted.parquet", lambda path: to_parquet(result.reweighted, path, **about))
    with show_wait("drawing, with the exact curves where there are any"):
        from spinlens.report.measurements import observables_figure

        figure = observables_figure(result)
        write_whole(out / "observables.png", lambda path: figure.savefig(path, dpi=130, format="png"))
    table = Table("T", *(what.label for what in OBSERVABLES.values()), "τ of E", "R-hat")
    rows = result.observables
    for k, t in enumerate(rows["temperature"]):
        cells = (with_error(rows[n][k], rows[f"{n}_error"][k]) for n in OBSERVABLES)
        table.add_row(f"{t:g}", *cells, f"{rows['energy_tau'][k]:.1f}", f"{rows['r_hat'][k]:.3f}")
    console = Console()
    console.width = max(console.width, 120)  # the table does not fold in a log file
    console.print(table)
    print(
        f"{out}: observables.parquet, reweighted.parquet, observables.png; brackets: standard error of the last digits"
    )


def with_error(value: float, error: float) -> str:
    """A value to the two leading digits of its error, such as 1.4040(27); nothing for NaN."""
    import math

    if math.isnan(value):
        return ""
    if not error > 0 or math.isinf(error):
        return f"{value:.6g}"
    digits = max(1 - math.floor(math.log10(error)), 0)
    shown = round(error * 10**digits)
    if shown >= 100 and digits:  # 0.0996 is 0.10
        digits -= 1
        shown = round(error * 10**digits)
    return f"{value:.{digits}f}({shown})"


COMMANDS = (measure,)
