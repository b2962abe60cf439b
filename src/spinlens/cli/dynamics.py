"""How a simulation moves and where it begins: options of `sample`, and the ramps that it writes."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spinlens.cli.progress import show_progress
from spinlens.cli.reading import parse_reading
from spinlens.cli.source import describe, plural
from spinlens.errors import InputError, suggest

if TYPE_CHECKING:
    from spinlens.montecarlo.protocols import Anneal, Initial, Quench
    from spinlens.montecarlo.ramps import Ramp, RampRecord
    from spinlens.physics.systems import System

SWEEPS, STEPS = 10, 100  # at each step of a ramp, and their number
ENDINGS = (".csv", ".npz", ".png", ".gif", ".json")

Updater = Annotated[
    str | None,
    typer.Option(
        metavar="<name>",
        help="What drives a quench, an annealing or a ramp: metropolis, heat-bath, kawasaki, kawasaki-nonlocal or "
        "another that serves the system. Default: metropolis, or what the model has.",
    ),
]
StartName = Annotated[
    str | None,
    typer.Option(
        "--start",
        metavar="<name>",
        help="Where a quench, an annealing or a ramp begins: random, random:0.3 (share up), aligned, aligned-down, "
        "halves, stripes:4, cross, square-droplet:20, round-droplet, annulus, beads, grating, dots; or a file with "
        "one picture or array of states.",
    ),
]
Vary = Annotated[
    str | None, typer.Option(metavar="<name>", help="What a ramp changes: T (default), B or another parameter.")
]
From = Annotated[float | None, typer.Option("--from", help="Where a ramp begins.")]
To = Annotated[float | None, typer.Option("--to", help="Where a ramp ends, or turns back.")]
Steps = Annotated[int | None, typer.Option(help=f"Steps of a ramp from one end to the other. Default: {STEPS}.")]
Cycles = Annotated[int | None, typer.Option(help="How often a ramp goes there and back. Default: one way.")]


def read_start(
    text: str | None, system: "System", up: str, threshold: str | None, crop: str | None
) -> "Initial | None":
    """The start of that name, or the states in the file of that name; None for None.

    up, threshold, crop: how a picture is read. Raises InputError for what is no start, and for rules without a picture.
    """
    from spinlens.montecarlo.patterns import STARTS, parse_start, picture_start

    known = ("random", *STARTS)
    named = text is None or text.partition(":")[0] in known
    for field, value, default in (("up", up, "darker"), ("threshold", threshold, None), ("crop", crop, None)):
        if named and value != default:
            raise InputError(field, value, "left out without a --start that is a picture")
    if text is None or named:
        return None if text is None else parse_start(text)
    path = Path(text)
    if not path.suffix and not path.exists():
        raise InputError("start", text, f"a file, or one of {', '.join(known)}", suggest(text, known))
    from spinlens.data.formats.user_files import read_files

    found = read_files([path], system, parse_reading(up, threshold, crop, "-1,1", "spins", "temperature", False))
    if len(found) != 1:
        raise InputError("start", f"{len(found)} snapshots in {path}", "one snapshot")
    return picture_start(found[0][1])


def check_moves(protocol: Any, updater: str | None, start: str | None) -> None:
    """Raises InputError for an updater or a start where the protocol chooses its own."""
    if hasattr(protocol, "updater"):
        return
    for field, value in (("updater", updater), ("start", start)):
        if value is not None:
            hint = "--protocol quench, anneal or ramp takes it"
            raise InputError(field, value, "left out at equilibrium, which is reached in its own way", hint)


def with_moves(
    protocol: Any, system: "System", updater: str | None, start: "Initial | None"
) -> "Anneal | Quench | Ramp":
    """The protocol with an updater and a start, where they are given. Raises InputError for one that does not serve."""
    from spinlens.montecarlo.updaters.registry import driving_updater

    if updater is not None:
        driving_updater(system, updater)
    given = {"updater": updater, "initial": start}
    changes = {name: value for name, value in given.items() if value is not None}
    changed: Anneal | Quench | Ramp = replace(protocol, **changes)
    return changed


def check_ramp(protocol: str | None, options: dict[str, Any], out: Path) -> bool:
    """Whether the protocol is a ramp. Raises InputError for options that it lacks, or that are for it alone."""
    if protocol != "ramp":
        for name, value in options.items():
            if value is not None:
                raise InputError(name, value, "left out without --protocol ramp")
        return False
    for name in ("from", "to"):
        if options[name] is None:
            raise InputError(name, "nothing", "given with --protocol ramp", "such as --from 4 --to 0")
    if out.suffix.lower() not in ENDINGS:
        raise InputError("out", str(out), f"a file name that ends in {', '.join(ENDINGS)} with --protocol ramp")
    return True


def make_ramp(options: dict[str, Any], sweeps: int | None) -> "Ramp":
    """The ramp that the options describe. Raises InputError as `Ramp`."""
    from spinlens.montecarlo.ramps import Ramp, Stage

    ends = ((options["vary"] or "T", options["from"], options["to"]),)
    steps = STEPS if options["steps"] is None else options["steps"]
    return Ramp((Stage(ends, steps, SWEEPS if sweeps is None else sweeps),), options["cycles"] or 0)


def write_ramp(system: "System", ramp: "Ramp", temperature: float | None, count: int, seed: int, out: Path) -> None:
    """Simulate the ramp, write its table, arrays or figure, and sum it up on the terminal."""
    from spinlens.data.files import write_whole
    from spinlens.montecarlo.ramps import record_ramp
    from spinlens.report.ramps import loop_areas, ramp_figure, write_arrays, write_table

    with show_progress("steps") as progress:
        record = record_ramp(system, ramp, count, temperature, seed, progress)
    out.parent.mkdir(parents=True, exist_ok=True)
    kind = out.suffix.lower()
    if kind == ".png":
        write_whole(out, lambda path: ramp_figure(record, ramp).savefig(path, dpi=130, format="png"))
    else:
        write_whole(out, lambda path: {".csv": write_table, ".npz": write_arrays}[kind](record, path))
    print(f"{out}: {describe(system)}")
    _sum_up(record, ramp, count)
    areas = loop_areas(record, ramp)
    if areas is not None:
        from spinlens.cli.tables import with_error

        mean, error = float(areas.mean()), float(areas.std(ddof=1) / count**0.5) if count > 1 else float("nan")
        shown = with_error(mean, error) if count > 1 else f"{mean:.4f}"
        print(f"area of the last loop {shown} per site, the work of the field")


def _sum_up(record: "RampRecord", ramp: "Ramp", count: int) -> None:
    (name, first, last), steps = ramp.stages[0].ends[0], ramp.stages[0].steps
    back = f" and back, {plural(ramp.cycles, 'cycle')}" if ramp.cycles else ""
    fixed = "" if name == "T" else f", T = {record.values['T'][0]:g}"
    print(
        f"{name} from {first:g} to {last:g}{back}: {plural(steps, 'step')} of {plural(ramp.stages[0].sweeps, 'sweep')}"
    )
    print(f"{plural(count, 'replica')}{fixed}")
    energy, m = record.energy[-1].mean() / record.system.lattice.sites, record.magnetization[-1].mean()
    print(f"at the end: mean energy {energy:.4f} and magnetization {m:.4f} per site")
