"""build, check."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spinlens.cli.progress import show_progress, show_wait
from spinlens.errors import InputError

if TYPE_CHECKING:
    from spinlens.data.recipe import Recipe

INTERRUPTED = 130
NAMED = 8  # missing shards that one message names


def build(
    source: Annotated[str, typer.Argument(help="A system's name or a recipe, FILE.toml.")],
    out: Annotated[Path, typer.Option(help="Folder of the data set.")],
    protocol: Annotated[str | None, typer.Option(help="equilibrium (default), anneal or quench.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed, 0 by default.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of the lattice, 100 by default.")] = None,
    sweeps: Annotated[int | None, typer.Option(help="Sweeps of the protocol; its default where left out.")] = None,
    workers: Annotated[int, typer.Option(help="Processes; the files do not depend on it.")] = 1,
    scheduler: Annotated[str | None, typer.Option(help="Run on the dask cluster at this address, HOST:PORT.")] = None,
    shard: Annotated[str | None, typer.Option(help="Build part k/K alone, such as 2/8; then --merge.")] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Finish a data set whose parts are all built.")] = False,
) -> None:
    """Build a labelled data set, by default with the paper's classes and counts. Run again to resume.

    In a Slurm array (sbatch --array=1-8): spinlens build ... --shard $SLURM_ARRAY_TASK_ID/8, then --merge once.
    """
    from spinlens.data import build as library

    if (scheduler is not None) + (shard is not None) + merge > 1:
        raise InputError("scheduler, shard, merge", "several", "given one at a time")
    part = _part(shard)
    recipe = _recipe(source, protocol, seed, size, sweeps)
    if merge:
        _refuse_missing(recipe, out)
    shards = ""
    try:
        with show_progress("images") as show:

            def progress(done: int, total: int, note: str) -> None:
                nonlocal shards
                shards = note.partition(",")[0]
                show(done, total, note)

            if not merge:
                library.build_part(recipe, out, part, workers, progress, scheduler)
        if shard is None:
            library.merge(recipe, out)
    except KeyboardInterrupt:
        done = f"{shards} are done" if shards else "nothing is lost"
        typer.echo(f"error: interrupted; {done}; give the same command again to go on", err=True)
        raise SystemExit(INTERRUPTED) from None
    if shard is None:
        print(f"{out}: done. Next: spinlens check {out}; spinlens train {out} --out runs/first")
    else:
        print(f"{out}: part {shard} is done. Once all parts are: {_again('--merge', 'shard')}")


def _part(shard: str | None) -> tuple[int, int]:
    if shard is None:
        return 1, 1
    try:
        k, of = (int(number) for number in shard.split("/"))
        if 1 <= k <= of:
            return k, of
    except ValueError:
        pass
    raise InputError("shard", shard, "k/K with integers 1 <= k <= K, such as 2/8")


def _recipe(source: str, protocol: str | None, seed: int | None, size: int | None, sweeps: int | None) -> "Recipe":
    from spinlens.data.recipe import load_recipe, parse_recipe

    values: dict[str, Any] = load_recipe(Path(source)) if source.endswith(".toml") else {"system": {"name": source}}
    given = {"protocol": protocol, "seed": seed, "sweeps": sweeps}
    values |= {key: value for key, value in given.items() if value is not None}
    if size is not None:
        system = values.get("system", {})
        named = {"name": system} if isinstance(system, str) else system
        values["system"] = {**named, "size": size} if isinstance(named, dict) else named
    return parse_recipe(values)


def _refuse_missing(recipe: "Recipe", out: Path) -> None:
    """Raises InputError where shards are missing, with the command that builds each."""
    from spinlens.data.build import missing_shards

    missing, of = missing_shards(recipe, out)
    if missing:
        names = ", ".join(f"{k + 1}/{of}" for k in missing[:NAMED]) + (", ..." if len(missing) > NAMED else "")
        hint = f"{len(missing)} of {of} are missing or damaged: {names}; build the first by "
        hint += _again(f"--shard {missing[0] + 1}/{of}", "merge")
        raise InputError("out", str(out), "a folder with all of its shards", hint)


def _again(option: str, instead_of: str) -> str:
    """The command line as given, with one option in place of another."""
    import re
    import shlex
    import sys

    line = shlex.join(["spinlens", *sys.argv[1:]])
    return re.sub(rf" --{instead_of}(?:[= ]\d+/\d+)?", "", line) + f" {option}"


def check(folder: Annotated[Path, typer.Argument(help="A data set folder.")]) -> int:
    """Verify a data set: files, labels, equilibrium. Exit code 1 where a check fails."""
    from rich.console import Console

    from spinlens.data.check import check as findings

    console, failed = Console(highlight=False, soft_wrap=True), False
    marks = {True: "[green]ok[/]  ", False: "[red]FAIL[/]", None: "    "}
    with show_wait("checking"):
        for finding in findings(folder):
            console.print(f"{marks[finding.ok]} {finding.name}: {finding.detail}")
            failed |= finding.ok is False
    return int(failed)


COMMANDS = (build, check)
