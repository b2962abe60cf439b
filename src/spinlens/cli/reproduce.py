"""reproduce."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.progress import loading, show_trials
from spinlens.cli.tables import show_table, show_text


def reproduce(
    profile: Annotated[str, typer.Option(help="quick, tiers, ablations, resnets, standard or paper.")] = "quick",
    out: Annotated[Path | None, typer.Option(help="Folder; runs/PROFILE by default.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; all cores by default.")] = None,
    size: Annotated[
        int | None, typer.Option(help="Side of the lattices; 100 by default, 32 with a quantum system.")
    ] = None,
    system: Annotated[
        list[str] | None, typer.Option(help="Give it again for more; the paper's four where left out.")
    ] = None,
    trials: Annotated[int | None, typer.Option(help="Fresh data sets a system; the profile's where left out.")] = None,
) -> None:
    """The paper's experiment: simulate, prove, train, compare. The same command resumes an interrupted run."""
    import os

    from spinlens.data.quantum import default_size
    from spinlens.experiments.profiles import check_profile, get_profile
    from spinlens.report.paper import SYSTEMS

    chosen, folder, names = get_profile(profile, trials), out or Path("runs") / profile, tuple(system or SYSTEMS)
    processes = workers if workers is not None else os.cpu_count() or 1
    side = size if size is not None else min(map(default_size, names))
    check_profile(chosen, folder, processes, side, names)
    loading("the network library")
    from spinlens.experiments.reproduce import reproduce as run
    from spinlens.report.table import closeness_notes, closeness_rows, notes, table_rows, title

    with show_trials() as progress:
        results = run(chosen, folder, processes, side, names, progress)
    print(title(results))
    show_table(table_rows(results))
    show_text(notes(results))
    show_text(["How close to the exact posterior:"])
    for rows in split_by_system(closeness_rows(results)):
        print()
        show_table(rows)
    show_text(closeness_notes(results))
    print()
    print(f"report: {folder / 'report.html'}")


def split_by_system(rows: list[list[str]]) -> list[list[list[str]]]:
    """A table whose first column is the system as one table a system, its name in the corner."""
    header, *body = rows
    names = dict.fromkeys(row[0] for row in body)
    return [[[name, *header[2:]], *(row[1:] for row in body if row[0] == name)] for name in names]


COMMANDS = (reproduce,)
