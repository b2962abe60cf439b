"""export, import."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.next_steps import after_data, show_next
from spinlens.cli.progress import hold_warnings, show_wait
from spinlens.cli.reading import ArrayName, Crop, Flat, TemperatureArray, Threshold, Up, Values, parse_reading
from spinlens.cli.source import Coupling, Field, Size, plural, read_source
from spinlens.errors import InputError


def export(
    folder: Annotated[Path, typer.Argument(help="A data set folder.")],
    out: Annotated[Path, typer.Option(help="The .npz or .h5 file, or the folder of images, to write.")],
    format: Annotated[
        str | None, typer.Option(help="npz, hdf5 or images. Default: by the ending of --out, images without one.")
    ] = None,
) -> None:
    """Write a data set for other programs: one .npz, one HDF5 file, or PNG files by split and class."""
    from spinlens.data.formats.export import export as write

    with show_wait(f"writing {out}"):
        write(folder, out, format or find_format(out))
    print(f"{out}: done")


def find_format(out: Path) -> str:
    """The format of `export` that a name stands for. Raises InputError for another ending."""
    formats = {".npz": "npz", ".h5": "hdf5", ".hdf5": "hdf5", "": "images"}
    if not out.is_dir() and out.suffix not in formats:
        raise InputError("out", str(out), "a file name that ends in .npz, .h5 or .hdf5, or a folder without an ending")
    return "images" if out.is_dir() else formats[out.suffix]


def import_(
    path: Annotated[Path, typer.Argument(help=".npz or .h5 (spins, temperature), the simulator's JSON, or a folder.")],
    source: Annotated[str, typer.Argument(help="The system's name, or a recipe, FILE.toml, with system and classes.")],
    out: Annotated[Path, typer.Option(help="Folder of the data set.")],
    size: Size = None,
    J: Coupling = None,
    B: Field = None,
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
    from spinlens.data.formats.imports import import_dataset

    recipe = read_source(source, size, J, B, seed=seed, protocol="imported")
    reading = parse_reading(up, threshold, crop, values, array, temperature_array, flat)
    with hold_warnings(), show_wait(f"importing {path}"):
        import_dataset(path, recipe, out, fractions, independent, reading)
    print_summary(out)
    show_next(after_data(recipe, out))


def print_summary(folder: Path) -> None:
    """What an import found: snapshots, temperatures, classes with their sizes in each split, the rule of the split."""
    import numpy as np

    from spinlens.cli.tables import show_table, show_text
    from spinlens.data.read import read_columns, read_manifest, read_recipe
    from spinlens.data.recipe import SPLITS

    manifest, recipe, (temperature,) = read_manifest(folder), read_recipe(folder), read_columns(folder, "temperature")
    different, ends = len({f"{t:.5g}" for t in temperature}), (temperature.min(), temperature.max())
    at = f"T = {ends[0]:g}" if different == 1 else f"{different} temperatures from {ends[0]:g} to {ends[1]:g}"
    print(f"{folder}: {plural(len(temperature), 'snapshot')} at {at}")
    rows = [["class", "from T", "to T", *SPLITS]]
    counts = np.array([getattr(recipe.counts, split) for split in SPLITS])
    for k, name in enumerate(recipe.classes.names):
        edges = recipe.classes.edges[k : k + 2]
        rows.append([name, *(f"{edge:g}" for edge in edges), *map(str, counts[:, k])])
    print()
    show_table(rows)
    show_text([f"split: {manifest['imported']['split']}"])


COMMANDS = (export, import_)
