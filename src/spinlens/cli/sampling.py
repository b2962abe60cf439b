"""sample."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spinlens.cli.dynamics import (
    Cycles,
    From,
    StartName,
    Steps,
    To,
    Updater,
    Vary,
    check_moves,
    check_ramp,
    make_ramp,
    read_start,
    with_moves,
    write_ramp,
)
from spinlens.cli.masks import Fields, Held, Strength, mask_system
from spinlens.cli.progress import show_progress, show_wait
from spinlens.cli.reading import Crop, Threshold, Up
from spinlens.cli.source import (
    TEMPERATURES_HELP,
    Coupling,
    Field,
    Parameters,
    Seed,
    Size,
    Source,
    Sweeps,
    check_protocol,
    describe,
    parse_temperatures,
    plural,
    quantum_temperature,
    read_source,
    repeated_temperatures,
)
from spinlens.errors import InputError

if TYPE_CHECKING:
    from spinlens.montecarlo.sample import Batch
    from spinlens.physics.systems import System

MAX_SPINS = 1 << 29  # of one `sample`, which is held in memory as a whole
COUNT, TEMPERATURE = 16, 2.27  # of the Ising model


def sample(
    source: Source,
    out: Annotated[
        Path, typer.Option(help="snapshots.npz, sheet.png, run.gif, data.json, loop.csv, or a folder for PNG files.")
    ],
    size: Size = None,
    J: Coupling = None,
    B: Field = None,
    parameters: Parameters = None,
    temperatures: Annotated[
        str | None,
        typer.Option(
            metavar="<list>",
            help=f"{TEMPERATURES_HELP} Default: 2.27 times |J|, or as near to the transition; quantum: 0.1 |J|.",
        ),
    ] = None,
    count: Annotated[
        int | None, typer.Option(help="Snapshots at each temperature, 16 by default; frames of a GIF, 100 by default.")
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            metavar="<name>", help="equilibrium, anneal, quench or ramp. Default: the recipe's, else equilibrium."
        ),
    ] = None,
    sweeps: Sweeps = None,
    seed: Seed = None,
    updater: Updater = None,
    start: StartName = None,
    vary: Vary = None,
    from_: From = None,
    to: To = None,
    steps: Steps = None,
    cycles: Cycles = None,
    up: Up = "darker",
    threshold: Threshold = None,
    crop: Crop = None,
    fields: Fields = None,
    field_strength: Strength = None,
    held: Held = None,
) -> None:
    """Simulate independent snapshots, one run as a GIF, or a ramp.

    The ending of --out decides: .npz, the arrays spins (n, rows, columns), temperature, energy (total) and
    magnetization (per site); .png, all snapshots on one sheet, a row a temperature; .json, the form of the authors'
    simulator, a row a snapshot; none, a folder with a PNG file of each snapshot and metadata.csv. Dark is spin up;
    other states have colours of their own.

    .gif: one replica at one temperature. A quench or an annealing runs from its start to its end; equilibrium shows a
    state at equilibrium and then one sweep a frame (Metropolis; heat bath where that does not serve the model).

    --protocol ramp takes T, or the parameter that --vary names, in steps --from one value --to another, with --cycles
    there and back, and measures --count replicas after the sweeps of every step: .csv, a row a step; .npz, the arrays
    of all replicas; .png, a figure; .gif and .json, one replica. A cycle of B is a loop of hysteresis; its area is
    printed.

    --up, --threshold and --crop say how the picture of a --start is read.
    """
    import numpy as np

    from spinlens.data.classes import ising_unit
    from spinlens.data.files import check_new
    from spinlens.data.plan import run_protocol

    options = {"vary": vary, "from": from_, "to": to, "steps": steps, "cycles": cycles}
    ramped = check_ramp(protocol, options, out)
    given = {"J": J, "B": B} | dict(each.partition("=")[::2] for each in parameters or ())
    if ramped and vary and given.get(vary) is not None:
        raise InputError(vary, given[vary], "left out where the ramp changes it")
    kind = out.suffix.lower() if ramped else _kind(out)
    check_new(out, (out.suffix,) if kind != "folder" else ())
    grid = None if temperatures is None else parse_temperatures(temperatures)
    if count is not None and count < 1:
        raise InputError("count", count, "an integer from 1")
    if (kind == ".gif" or ramped) and grid is not None and len(grid) != 1:
        raise InputError("temperatures", temperatures, f"one temperature for {'a ramp' if ramped else 'a GIF'}")
    check_protocol(protocol, ("ramp",))
    named = None if ramped else protocol
    recipe = read_source(source, size, J, B, parameters, labelled=False, protocol=named, sweeps=sweeps, seed=seed)
    system = mask_system(recipe.system.system(), fields, field_strength, held)
    way: Any = make_ramp(options, recipe.sweeps) if ramped else run_protocol(recipe)
    if ramped:
        updater, start = updater or recipe.updater, start or recipe.start
    check_moves(way, updater, start)
    way = with_moves(way, system, updater, read_start(start, system, up, threshold, crop))
    if ramped and "T" in way.varied and grid is not None:
        raise InputError("temperatures", temperatures, "left out where the ramp changes T")
    if grid is None:
        cold = quantum_temperature(system)
        grid = np.array([float(f"{TEMPERATURE * ising_unit(system.model):.6g}") if cold is None else cold])
    if kind == ".gif" or (ramped and kind == ".json"):
        _film(system, way, float(grid[0]), count, recipe.seed, out)
    elif ramped:
        write_ramp(system, way, float(grid[0]), COUNT if count is None else count, recipe.seed, out)
    else:
        _snapshots(system, way, grid, COUNT if count is None else count, recipe.seed, kind, out)
    if temperatures is not None and (twice := repeated_temperatures(temperatures)):
        typer.echo(f"note: temperatures given more than once count once: {', '.join(twice)}", err=True)


def _kind(out: Path) -> str:
    """.npz, .png, .gif or .json by the ending, "folder" without one or for a folder that is there."""
    if out.is_dir() or not out.suffix:
        return "folder"
    if out.suffix.lower() not in (".npz", ".png", ".gif", ".json"):
        endings = ".npz, .png, .gif or .json"
        raise InputError("out", str(out), f"a file name that ends in {endings}, or a folder without an ending")
    return out.suffix.lower()


def _snapshots(system: "System", protocol: Any, grid: Any, count: int, seed: int, kind: str, out: Path) -> None:
    import numpy as np

    from spinlens.data.drawing import check_sheet, write_folder, write_sheet
    from spinlens.montecarlo.sample import sample as simulate

    if count * len(grid) * system.lattice.sites > MAX_SPINS:
        most = MAX_SPINS // system.lattice.sites // len(grid)
        if most == 0:
            expected = f"at most {MAX_SPINS // system.lattice.sites} in number for this size"
            raise InputError("temperatures", len(grid), expected)
        raise InputError("count", count, f"at most {most} for this size and {len(grid)} temperatures")
    if kind == ".png":
        check_sheet(system, len(grid), count)
    with show_wait(f"{describe(system)}: simulating {plural(count * len(grid), 'snapshot')}"):
        batch = simulate(system, np.repeat(grid, count), protocol, seed=seed)
        out.parent.mkdir(parents=True, exist_ok=True)
        {".npz": _write_npz, ".png": write_sheet, ".json": _write_json, "folder": write_folder}[kind](batch, out)
    at = f"T = {grid[0]:g}" if len(grid) == 1 else f"each of {len(grid)} temperatures from {grid[0]:g} to {grid[-1]:g}"
    energy = batch.energy / system.lattice.spins
    mean = f"{energy.mean():.4f}" if len(grid) == 1 else f"{energy[:count].mean():.4f} to {energy[-count:].mean():.4f}"
    print(f"{out}: {describe(system)}")
    print(f"{plural(count, 'snapshot')} at {at}")
    print(f"mean energy {mean} per site")


def _write_npz(batch: "Batch", out: Path) -> None:
    import numpy as np

    from spinlens.data.files import write_whole

    def write(path: Path) -> None:
        names = ("spins", "temperature", "energy", "magnetization")
        with open(path, "wb") as file:
            np.savez_compressed(file, **{name: getattr(batch, name) for name in names})

    write_whole(out, write)


def _write_json(batch: "Batch", out: Path) -> None:
    import numpy as np

    from spinlens.data.formats.simulator import write_simulator

    write_simulator(out, batch.system, batch.spins, batch.temperature, np.arange(len(batch.spins)))


def _film(system: "System", protocol: Any, temperature: float, count: int | None, seed: int, out: Path) -> None:
    from spinlens.data.drawing import write_gif
    from spinlens.data.formats.simulator import write_simulator
    from spinlens.montecarlo.film import film

    with show_progress("frames") as progress:
        result = film(system, temperature, protocol, count, seed, progress)
        out.parent.mkdir(parents=True, exist_ok=True)
        if out.suffix.lower() == ".gif":
            write_gif(result, out)
        else:
            write_simulator(out, system, result.spins, result.temperature, result.sweep, result.values)
    sweeps = plural(int(result.sweep[-1]), "sweep")
    print(f"{out}: {describe(system)}")
    print(f"{plural(len(result.spins), 'frame')} over {sweeps} to T = {result.temperature[-1]:g}")


COMMANDS = (sample,)
