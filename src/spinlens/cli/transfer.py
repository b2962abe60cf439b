"""export, import."""

from pathlib import Path
from typing import Annotated, Any

import typer

from spinlens.cli.progress import show_wait


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
    path: Annotated[Path, typer.Argument(help=".npz (spins, temperature), the simulator's data.json, or a folder.")],
    source: Annotated[
        str, typer.Argument(help="The system's name, or a recipe, FILE.toml, with system, classes and counts.")
    ],
    out: Annotated[Path, typer.Option(help="Folder of the data set.")],
    size: Annotated[int | None, typer.Option(help="Side of the lattice, 100 by default.")] = None,
    fractions: Annotated[
        tuple[float, float, float], typer.Option(help="Shares of train, validation and test; they add up to 1.")
    ] = (0.6, 0.2, 0.2),
    independent: Annotated[
        bool, typer.Option("--independent", help="The snapshots share no chain: split them at random.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Seed of the random split, 0 by default.")] = None,
) -> None:
    """Make a data set of snapshots with temperatures; rows are taken for one chain and split in time order."""
    from spinlens.data.imports import import_dataset
    from spinlens.data.recipe import load_recipe, parse_recipe

    values: dict[str, Any] = load_recipe(Path(source)) if source.endswith(".toml") else {"system": {"name": source}}
    values |= {} if seed is None else {"seed": seed}
    if size is not None:
        system = values.get("system", {})
        values["system"] = {**({"name": system} if isinstance(system, str) else system), "size": size}
    recipe = parse_recipe(values)
    with show_wait(f"importing {path}"):
        import_dataset(path, recipe, out, fractions, independent)
    print(f"{out}: done. Next: spinlens check {out}; spinlens train {out} --out runs/first")


COMMANDS = (export, import_)
