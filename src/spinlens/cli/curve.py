"""curve."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.progress import show_trials
from spinlens.cli.tables import show_table, show_text


def curve(
    name: Annotated[str, typer.Argument(help="A name that `spinlens systems` lists.")],
    labels: Annotated[
        str, typer.Option(help="Numbers of training labels, joined by commas.")
    ] = "20,50,100,200,600,2000,5000",
    model: Annotated[
        list[str] | None,
        typer.Option(help="As in train; give it again for more. spin-vit, spin-vit-scratch, resnet-small by default."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs with 600 labels; each network's own by default.")] = None,
    trials: Annotated[int, typer.Option(help="Fresh data sets.")] = 3,
    size: Annotated[int, typer.Option(help="Side of the square lattice.")] = 100,
    workers: Annotated[int | None, typer.Option(help="Processes; all cores by default.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder; runs/curve/NAME by default.")] = None,
) -> None:
    """Sample efficiency: macro F1 by number of training labels, below the ceiling. The same command resumes."""
    import os

    from spinlens.report.curve import MODELS, measure_curve, network
    from spinlens.report.curve_points import Curve
    from spinlens.report.curve_table import markdown, notes, table_rows

    numbers, folder = parse_labels(labels), out or Path("runs") / "curve" / name
    networks = {each: network(each, name, epochs) for each in model or MODELS}
    chosen = Curve(name, networks, numbers, trials, size)
    with show_trials() as progress:
        results = measure_curve(chosen, folder, workers if workers is not None else os.cpu_count() or 1, progress)
    print(markdown(results).splitlines()[0].lstrip("# "))
    show_table(table_rows(results))
    show_text(notes(results))
    print()
    print(f"{folder}: results.json, curve.md, curve.png")


def parse_labels(text: str) -> tuple[int, ...]:
    """Ascending numbers from a text such as 20,50. Raises InputError for what holds anything else."""
    from spinlens.errors import InputError

    try:
        return tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise InputError("labels", text, "integers joined by commas, such as 20,50,100") from None


COMMANDS = (curve,)
