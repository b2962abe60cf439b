"""curve."""

import os
from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.progress import loading, show_trials
from spinlens.cli.source import Coupling, Field, Parameters, Seed, Size, Source, describe, parse_parameters, read_source
from spinlens.cli.tables import show_table, show_text
from spinlens.errors import InputError


def curve(
    source: Source,
    size: Size = None,
    J: Coupling = None,
    B: Field = None,
    parameters: Parameters = None,
    labels: Annotated[
        str, typer.Option(metavar="<list>", help="Numbers of training labels, joined by commas.")
    ] = "20,50,100,200,600,2000,5000",
    model: Annotated[
        list[str] | None,
        typer.Option(
            metavar="<name>",
            help="As in train; give it again for more. Default: spin-vit where it reads the lattice, "
            "spin-vit-scratch, resnet-small.",
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Epochs with 600 labels. Default: each network's own.")] = None,
    trials: Annotated[int, typer.Option(help="Fresh data sets.")] = 3,
    seed: Seed = None,
    workers: Annotated[int | None, typer.Option(help="Processes. Default: all cores.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder. Default: runs/curve/SOURCE, with --size, --J, --B and --seed where given."),
    ] = None,
) -> None:
    """Measure macro F1 by number of training labels, beside the ceiling. The same command resumes.

    Classes and proportions are those of the recipe, by default the paper's.
    """
    numbers = parse_labels(labels)
    folder = out or Path("runs") / "curve" / folder_name(source, size, J, B, seed, parameters)
    recipe = read_source(source, size, J, B, parameters, seed=seed)
    processes = os.cpu_count() or 1 if workers is None else workers
    from spinlens.experiments.curve_plan import MODELS, Curve, check_curve, network
    from spinlens.learning.fit import default_fits

    system = recipe.system.system()
    chosen = model or [name for name in MODELS if name != "spin-vit" or default_fits(system)]
    asked = Curve(recipe, {each: network(each, system, epochs) for each in chosen}, numbers, trials)
    check_curve(asked, folder, processes)
    if not model and len(chosen) < len(MODELS):
        typer.echo(f"spin-vit is left out: its weights do not read {describe(system)}", err=True)
    loading("the network library")
    from spinlens.experiments.curve import measure_curve
    from spinlens.report.curve_table import markdown, notes, table_rows

    with show_trials() as progress:
        results = measure_curve(asked, folder, processes, progress)
    print(markdown(results).splitlines()[0].lstrip("# "))
    show_table(table_rows(results))
    show_text(notes(results))
    print()
    print(f"{folder}: results.json, curve.md, curve.png")


def folder_name(
    source: str,
    size: str | None,
    J: float | None,
    B: float | None,
    seed: int | None,
    parameters: list[str] | None = None,
) -> str:
    """The name of a curve's folder: no two curves share it."""
    given = {"size": size and size.lower(), "J": J, "B": B, "seed": seed}
    given |= parse_parameters(parameters or [])
    changes = [f"{key}-{value}" for key, value in given.items() if value is not None]
    return "_".join([Path(source).name.removesuffix(".toml"), *changes])


def parse_labels(text: str) -> tuple[int, ...]:
    """Ascending numbers from a text such as 20,50. Raises InputError for what holds anything else."""
    try:
        return tuple(sorted({int(part) for part in text.split(",")}))
    except ValueError:
        raise InputError("labels", text, "integers joined by commas, such as 20,50,100") from None


COMMANDS = (curve,)
