"""export, import."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.next_steps import after_data
from spinlens.cli.progress import hold_warnings, show_wait
from spinlens.cli.reading import ArrayName, Crop, Flat, TemperatureArray, Threshold, Up, Values, parse_reading
from spinlens.cli.source import Size, read_source


def export(
    folder: Annotated[Path, typer.Argument(help="A data set folder.")],
    out: Annotated[Path, typer.Option(help="The .npz or .h5 file, or the folder of images, to write.")],
    format: Annotated[str, typer.Option(help="npz, hdf5 or images.")] = "npz",
) -> None:
    """Write a data set for other programs: one .npz, one HDF5 file, or PNG files by split and class."""
    from spinlens.data.export import export as write

    with show_wait(f"writing {out}"):
        write(folder, out, format)
    print(f"{out}: done")


def import_(
    path: Annotated[Path, typer.Argument(help=".npz or .h5 (spins, temperature), the simulator's JSON, or a folder.")],
    source: Annotated[str, typer.Argument(help="The system's name, or a recipe, FILE.toml, with system and classes.")],
    out: Annotated[Path, typer.Option(help="Folder of the data set.")],
    size: Size = None,
    fractions: Annotated[
        tuple[float, float, float] | None,
        typer.Option(help="Shares of train, validation and test, by default 0.6 0.2 0.2, or an export's own splits."),
    ] = None,
    independent: Annotated[
        bool, typer.Option("--independent", help="The snapshots share no chain: split them at random.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Seed of the random split, 0 by default.")] = None,
    up: Up = "darker",
    threshold: Threshold = None,
    crop: Crop = None,
    values: Values = "-1,1",
    array: ArrayName = "spins",
    temperature_array: TemperatureArray = "temperature",
    flat: Flat = False,
) -> None:
    """Make a data set of snapshots with temperatures; what `export` wrote keeps its splits and chains.

    The rows of a file are taken for one chain: whole cycles through all temperatures, or parts of every run of one
    temperature, go to train, validation and test, so that each holds every temperature.
    """
    from spinlens.data.imports import import_dataset

    recipe = read_source(source, size, seed=seed, protocol="imported")
    reading = parse_reading(up, threshold, crop, values, array, temperature_array, flat)
    with hold_warnings(), show_wait(f"importing {path}"):
        import_dataset(path, recipe, out, fractions, independent, reading)
    print(f"{out}: done. Next: {after_data(recipe, out)}")


COMMANDS = (export, import_)
