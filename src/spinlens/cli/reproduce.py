"""reproduce."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.progress import show_trials


def reproduce(
    profile: Annotated[str, typer.Option(help="quick, tiers, ablations, resnets, standard or paper.")] = "quick",
    out: Annotated[Path | None, typer.Option(help="Folder; runs/PROFILE by default.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; all cores by default.")] = None,
    size: Annotated[int, typer.Option(help="Side of the lattice.")] = 100,
    system: Annotated[
        list[str] | None, typer.Option(help="Give it again for more; the paper's four where left out.")
    ] = None,
    trials: Annotated[int | None, typer.Option(help="Fresh data sets a system; the profile's where left out.")] = None,
) -> None:
    """The paper's experiment: simulate, prove, train, compare. Run again to go on after an interruption."""
    import os

    from rich.console import Console
    from rich.markdown import Markdown

    from spinlens.report.profiles import SYSTEMS, get_profile
    from spinlens.report.reproduce import reproduce as run
    from spinlens.report.table import markdown

    chosen = get_profile(profile, trials)
    folder, names = out or Path("runs") / profile, tuple(system or SYSTEMS)
    with show_trials() as progress:
        results = run(chosen, folder, workers if workers is not None else os.cpu_count() or 1, size, names, progress)
    console = Console()
    console.width = max(console.width, 120)  # the table does not fold in a log file
    console.print(Markdown(markdown(results)))
    print(f"report: {folder / 'report.html'}")


COMMANDS = (reproduce,)
