"""Throughput of the updaters beside a plain Numba loop in the same run: `make bench`.

Flips (site visits) per nanosecond of process time, one core, 1024 replicas of L x L at T = 2.27. The reference does one
random-site Metropolis flip at a time on an int8 lattice, the way most packages do.
"""

import time
from collections.abc import Callable

import numba
import numpy as np
from rich.console import Console
from rich.table import Table

from spinlens import get_system
from spinlens.montecarlo.clusters import update_clusters
from spinlens.montecarlo.singlespin import update_heat_bath, update_metropolis
from spinlens.montecarlo.starts import ordered_start

TEMPERATURE = 2.27


@numba.njit
def plain_metropolis(spins: np.ndarray, temperature: float, visits: int, rng: np.random.Generator) -> None:
    size = len(spins)
    for _ in range(visits):
        i, j = int(rng.random() * size), int(rng.random() * size)
        near = spins[(i + 1) % size, j] + spins[i - 1, j] + spins[i, (j + 1) % size] + spins[i, j - 1]
        change = 2 * spins[i, j] * near
        if change <= 0 or rng.random() < np.exp(-change / temperature):
            spins[i, j] = -spins[i, j]


def best_rate(visits: int, work: Callable[..., None], *arguments: object) -> float:
    """Visits a nanosecond of process time, the best of 3 runs after one to warm up."""
    work(*arguments)
    times = []
    for _ in range(3):
        begin = time.process_time_ns()
        work(*arguments)
        times.append(time.process_time_ns() - begin)
    return visits / min(times)


def main(size: int = 100) -> None:
    system, rng = get_system("ising-periodic", size), np.random.default_rng(0)
    visits = 200 * size**2
    reference = best_rate(visits, plain_metropolis, np.ones((size, size), np.int8), TEMPERATURE, visits, rng)
    table = Table("updater", "flips/ns/core", "times the plain loop", title=f"{size} x {size}, T = {TEMPERATURE}")
    table.add_row("plain Numba loop, random-site Metropolis", f"{reference:.3f}", "1")
    cases = (
        ("Metropolis at random sites, 1024 replicas", update_metropolis, 1024, 400),
        ("heat bath in order, 1024 replicas", update_heat_bath, 1024, 200),
        ("Swendsen-Wang, 64 replicas", update_clusters, 64, 5),
    )
    for name, update, replicas, sweeps in cases:
        spins, lanes = ordered_start(system, replicas, rng), np.full(replicas, TEMPERATURE)
        update(system, spins, lanes, 20, rng)
        rate = best_rate(replicas * sweeps * size**2, update, system, spins, lanes, sweeps, rng)
        table.add_row(name, f"{rate:.3f}", f"{rate / reference:.0f}")
    console = Console()
    console.width = max(console.width, 100)
    console.print(table)


if __name__ == "__main__":
    main()
