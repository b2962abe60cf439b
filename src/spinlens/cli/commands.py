"""systems, sample, ceiling."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.progress import show_progress, show_wait

MAX_SPINS = 1 << 29  # of one `sample`, which is held in memory as a whole

Name = Annotated[str, typer.Argument(help="A name that `spinlens systems` lists.")]
Size = Annotated[int, typer.Option(help="Side of the square lattice.")]
Seed = Annotated[int, typer.Option(help="Seed; the result is a function of it and the other options.")]
ProtocolName = Annotated[str, typer.Option(help="equilibrium, anneal or quench.")]
Sweeps = Annotated[int | None, typer.Option(help="Sweeps of the protocol; its default where left out.")]


def systems() -> None:
    """List the named systems."""
    from rich.console import Console
    from rich.table import Table

    from spinlens.physics.exact import is_solved
    from spinlens.physics.systems import SYSTEMS, get_system

    table = Table("name", "what it is", "exact p(E | T)")
    for name, (description, *_) in SYSTEMS.items():
        table.add_row(name, description, "yes" if is_solved(get_system(name)) else "no")
    Console().print(table)


def sample(
    name: Name,
    out: Annotated[Path, typer.Option(help="The .npz file to write.")],
    size: Size = 100,
    temperature: Annotated[float, typer.Option(help="Temperature, from 0 to inf.")] = 2.27,
    count: Annotated[int, typer.Option(help="Independent snapshots.")] = 16,
    protocol: ProtocolName = "equilibrium",
    sweeps: Sweeps = None,
    seed: Seed = 0,
) -> None:
    """Simulate snapshots at one temperature: arrays spins, temperature, energy, magnetization."""
    import numpy as np

    from spinlens.data.files import write_whole
    from spinlens.errors import InputError
    from spinlens.montecarlo.replicas import check_temperatures
    from spinlens.montecarlo.replicas import sample as simulate
    from spinlens.physics.systems import get_system

    system = get_system(name, size)
    limit = MAX_SPINS // system.lattice.sites
    if not 1 <= count <= limit:
        raise InputError("count", count, f"an integer from 1 to {limit} for this size")
    if out.suffix != ".npz" or not out.parent.is_dir():
        raise InputError("out", str(out), "a file name that ends in .npz, in a folder that exists")
    temperatures = np.full(count, check_temperatures([temperature])[0])
    with show_wait(f"simulating {count} snapshots of {name}, {size} x {size}"):
        batch = simulate(system, temperatures, protocol, sweeps, seed)

    def write(path: Path) -> None:
        with open(path, "wb") as file:
            np.savez_compressed(
                file,
                spins=batch.spins,
                temperature=batch.temperature,
                energy=batch.energy,
                magnetization=batch.magnetization,
            )

    write_whole(out, write)
    per_site = batch.energy.mean() / system.lattice.sites
    print(f"{out}: {count} snapshots, mean energy per site {per_site:.4f}")


def ceiling(name: Name, size: Size = 100, seed: Seed = 0) -> None:
    """The Bayes classifier's scores on the paper's classes: no model is more accurate."""
    from spinlens.learning.ceiling import ceiling as bound
    from spinlens.physics.systems import get_system

    with show_progress("steps") as progress:
        result = bound(get_system(name, size), seed=seed, progress=progress)
    print(f"{name}: macro F1 {result.macro_f1:.4f} ± {result.error:.4f}, accuracy {result.accuracy:.4f}")
    print("per class: " + ", ".join(f"{label} {value:.4f}" for label, value in result.f1.items()))
    print(f"method: the Bayes classifier's macro F1, {result.method}")


COMMANDS = (systems, sample, ceiling)
