"""sample."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spinlens.cli.progress import show_progress, show_wait
from spinlens.cli.source import (
    TEMPERATURES_HELP,
    Coupling,
    Field,
    Parameters,
    ProtocolName,
    Seed,
    Size,
    Source,
    Sweeps,
    check_protocol,
    describe,
    ising_unit,
    parse_temperatures,
    plural,
    quantum_temperature,
    read_source,
    repeated_temperatures,
)
from spinlens.errors import InputError

if TYPE_CHECKING:
    from spinlens.data.recipe import Recipe
    from spinlens.montecarlo.sample import Batch

MAX_SPINS = 1 << 29  # of one `sample`, which is held in memory as a whole
COUNT, TEMPERATURE = 16, 2.27  # of the Ising model


def sample(
    source: Source,
    out: Annotated[Path, typer.Option(help="snapshots.npz, sheet.png, run.gif, or a folder for PNG files.")],
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
    protocol: ProtocolName = None,
    sweeps: Sweeps = None,
    seed: Seed = None,
) -> None:
    """Simulate independent snapshots, or one run as a GIF.

    The ending of --out decides: .npz, the arrays spins (n, rows, columns), temperature, energy (total) and
    magnetization (per site); .png, all snapshots on one sheet, a row a temperature; none, a folder with a PNG file of
    each snapshot and metadata.csv. Dark is spin up; other states have colours of their own.

    .gif: one replica at one temperature. A quench or an annealing runs from its random start to its end; equilibrium
    shows a state at equilibrium and then one sweep a frame (Metropolis; heat bath where that does not serve the model).
    """
    import numpy as np

    from spinlens.data.files import check_new

    kind = _kind(out)
    check_new(out, (out.suffix,) if kind != "folder" else ())
    grid = None if temperatures is None else parse_temperatures(temperatures)
    if count is not None and count < 1:
        raise InputError("count", count, "an integer from 1")
    if kind == ".gif" and grid is not None and len(grid) != 1:
        raise InputError("temperatures", temperatures, "one temperature for a GIF")
    check_protocol(protocol)
    recipe = read_source(source, size, J, B, parameters, labelled=False, protocol=protocol, sweeps=sweeps, seed=seed)
    if grid is None:
        system = recipe.system.system()
        cold = quantum_temperature(system)
        grid = np.array([float(f"{TEMPERATURE * ising_unit(system):.6g}") if cold is None else cold])
    if kind == ".gif":
        _film(recipe, float(grid[0]), count, out)
    else:
        _snapshots(recipe, grid, COUNT if count is None else count, kind, out)
    if temperatures is not None and (twice := repeated_temperatures(temperatures)):
        typer.echo(f"note: temperatures given more than once count once: {', '.join(twice)}", err=True)


def _kind(out: Path) -> str:
    """.npz, .png or .gif by the ending, "folder" without one or for a folder that is there."""
    if out.is_dir() or not out.suffix:
        return "folder"
    if out.suffix.lower() not in (".npz", ".png", ".gif"):
        raise InputError("out", str(out), "a file name that ends in .npz, .png or .gif, or a folder without an ending")
    return out.suffix.lower()


def _snapshots(recipe: "Recipe", grid: Any, count: int, kind: str, out: Path) -> None:
    import numpy as np

    from spinlens.data.drawing import check_sheet, write_folder, write_sheet
    from spinlens.data.plan import run_protocol
    from spinlens.montecarlo.sample import sample as simulate

    system, protocol = recipe.system.system(), run_protocol(recipe)
    if count * len(grid) * system.lattice.sites > MAX_SPINS:
        most = MAX_SPINS // system.lattice.sites // len(grid)
        if most == 0:
            expected = f"at most {MAX_SPINS // system.lattice.sites} in number for this size"
            raise InputError("temperatures", len(grid), expected)
        raise InputError("count", count, f"at most {most} for this size and {len(grid)} temperatures")
    if kind == ".png":
        check_sheet(system, len(grid), count)
    with show_wait(f"{describe(system)}: simulating {plural(count * len(grid), 'snapshot')}"):
        batch = simulate(system, np.repeat(grid, count), protocol, seed=recipe.seed)
        out.parent.mkdir(parents=True, exist_ok=True)
        {".npz": _write_npz, ".png": write_sheet, "folder": write_folder}[kind](batch, out)
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


def _film(recipe: "Recipe", temperature: float, count: int | None, out: Path) -> None:
    from spinlens.data.drawing import write_gif
    from spinlens.data.plan import run_protocol
    from spinlens.montecarlo.film import film

    system = recipe.system.system()
    with show_progress("frames") as progress:
        result = film(system, temperature, run_protocol(recipe), count, recipe.seed, progress)
        out.parent.mkdir(parents=True, exist_ok=True)
        write_gif(result, out)
    sweeps = plural(int(result.sweep[-1]), "sweep")
    print(f"{out}: {describe(system)}")
    print(f"{plural(len(result.spins), 'frame')} over {sweeps} to T = {temperature:g}")


COMMANDS = (sample,)
