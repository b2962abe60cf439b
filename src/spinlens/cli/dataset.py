"""build, check."""

import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spinlens.cli.next_steps import after_data, show_next
from spinlens.cli.progress import make_console, show_progress, show_wait
from spinlens.cli.source import (
    Coupling,
    Field,
    Parameters,
    ProtocolName,
    Seed,
    Size,
    Source,
    Sweeps,
    check_protocol,
    read_source,
)
from spinlens.cli.tables import terminal_width
from spinlens.errors import InputError

if TYPE_CHECKING:
    from spinlens.data.recipe import Recipe

INDENT = " " * 7  # of what is folded, below the name of a finding
NAMED = 8  # missing shards that one message names


def build(
    source: Source,
    out: Annotated[Path, typer.Option(help="Folder of the data set: new, or begun by the same command.")],
    size: Size = None,
    J: Coupling = None,
    B: Field = None,
    parameters: Parameters = None,
    protocol: ProtocolName = None,
    sweeps: Sweeps = None,
    seed: Seed = None,
    workers: Annotated[int, typer.Option(help="Processes; the files do not depend on it.")] = 1,
    scheduler: Annotated[str | None, typer.Option(help="Run on the dask cluster at this address, HOST:PORT.")] = None,
    shard: Annotated[str | None, typer.Option(help="Build part k/K alone, such as 2/8; then --merge.")] = None,
    merge: Annotated[bool, typer.Option("--merge", help="Finish a data set whose parts are all built.")] = False,
) -> None:
    """Build a labelled data set, by default with the paper's classes and counts. The same command resumes.

    In a Slurm array (sbatch --array=1-8): spinlens build ... --shard $SLURM_ARRAY_TASK_ID/8, then --merge once.
    """
    if (scheduler is not None) + (shard is not None) + merge > 1:
        raise InputError("scheduler, shard, merge", "several", "given one at a time")
    part = _part(shard)
    check_protocol(protocol)
    recipe = read_source(source, size, J, B, parameters, protocol=protocol, seed=seed, sweeps=sweeps)
    from spinlens.data import build as library
    from spinlens.data.files import check_writable

    check_writable(out)
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
        raise KeyboardInterrupt(f"{shards} are done; the same command resumes" if shards else "") from None
    if shard is None:
        print(f"{out}: done")
        show_next(after_data(recipe, out))
    else:
        print(f"{out}: part {shard} is done. Once all parts are:\n  {_again('--merge', 'shard')}")


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
    """Verify a data set: files, labels, energies, equilibrium. Exit code 1 where a check fails.

    Each line begins with ok, FAIL, or - where nothing is judged."""
    from rich.text import Text

    from spinlens.data.checks.check import check as findings

    console, failed = make_console(), False
    marks = {True: Text("ok  ", "green"), False: Text("FAIL", "red"), None: Text("-   ")}
    with show_wait("checking"):
        for finding in findings(folder):
            lines = textwrap.wrap(f"{finding.name}: {finding.detail}", terminal_width() - len(INDENT))
            console.print(marks[finding.ok] + " " + f"\n{INDENT}".join(lines), soft_wrap=True)
            failed |= finding.ok is False
    return int(failed)


COMMANDS = (build, check)
