"""Throughput of every updater beside a plain Numba loop, mcising and peapods in the same run: `make bench`.

Spins visited a nanosecond of process time on one core, the best of 3 runs after one that warms up, L x L periodic at
T = 2.27 from equilibrated states. Batches are what the updaters are made for: 256 replicas a call.
"""

import argparse
import os
import platform
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from packages import theirs
from spinlens import Ising, Square, System, get_boundary, get_system
from spinlens.montecarlo.kernels.simd import LANES
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.bits import Lanes, heat_bath, metropolis
from spinlens.montecarlo.updaters.clusters import update_clusters, update_wolff
from spinlens.montecarlo.updaters.exchange import update_exchange
from spinlens.montecarlo.updaters.registry import UPDATERS, local_updater
from spinlens.physics.couplings import Gaussian, PlusMinus
from spinlens.physics.models.blume_capel import BlumeCapel
from spinlens.physics.models.potts import Potts
from timing import TEMPERATURE, Work, plain_metropolis, processor, rate

HEAD = """# Speed

Written by `make bench`. Spins visited a nanosecond of process time on one core, the best of 3 runs after one that warms
up; L x L, T = 2.27 or as said, from equilibrated states. Ratios are to mcising's sampler of the same kind in the same
run (Metropolis for single-spin updates), to that of Ising for Potts too.

mcising and peapods sweep Metropolis in order, which is not ergodic (on 3 x 3 it never reaches 8 of the 512 states).
Ours visits random sites, or uses heat bath where it goes in order; of three Potts colours and more Metropolis in order
is ergodic. Every updater has passed the state counts of `tests/montecarlo/test_state_counts.py` or `test_planes.py`.
peapods' row with clusters is a Metropolis and a cluster sweep together. Rows called table are what a discrete model of
your own gets.

spinmc of ALPS (pyalps 3.0.0) is not here: it runs until its own scheduler looks, at intervals longer than these runs,
and measures in every sweep, so that its times are no multiples of its sweeps.
"""


def lanes(system: System, rule: Callable, sweeps: int, rng: np.random.Generator) -> Work:
    """Single-spin sweeps of a full batch, packed as the protocols keep it."""
    temperature = np.full(LANES, TEMPERATURE)
    batch = Lanes(system, random_start(system, LANES, rng), temperature, rule, rng)
    free = system.free_sites.astype(np.uint32)
    if rule is metropolis:
        return lambda: batch.visit(free[rng.integers(free.size, size=sweeps * free.size, dtype=np.uint32)])
    order = np.tile(free, sweeps)
    return lambda: batch.visit(order)


def replicas(
    system: System,
    update: Callable,
    count: int,
    sweeps: int,
    rng: np.random.Generator,
    temperature: float = TEMPERATURE,
) -> Work:
    """An updater of unpacked replicas, brought to equilibrium first."""
    spins, temperature = random_start(system, count, rng), np.full(count, temperature)
    update_clusters(system, spins, temperature, 30, rng)
    return lambda: update(system, spins, temperature, sweeps, rng)


def ours(size: int, rng: np.random.Generator) -> list[tuple[str, str, float]]:
    """(updater, kind, rate)."""
    system, sites = get_system("ising-periodic", size), size**2
    field = System(Ising(B=0.1), Square(size, size), get_boundary("open", "open"))
    sweeps = max(3 * 10**6 // sites, 1)
    glass = System(Ising(), Square(size, size), get_boundary("periodic", "periodic"), couplings=PlusMinus(0.5))
    rows = [
        ("heat bath in order", "single", rate(LANES * sweeps * sites, lanes(system, heat_bath, sweeps, rng))),
        ("Metropolis at random sites", "single", rate(LANES * sweeps * sites, lanes(system, metropolis, sweeps, rng))),
        ("heat bath, open edges, field", "single", rate(LANES * sweeps * sites, lanes(field, heat_bath, sweeps, rng))),
        ("heat bath, shared +-J", "single", rate(LANES * sweeps * sites, lanes(glass, heat_bath, sweeps, rng))),
    ]
    few, rounds = (4, 3) if size > 500 else (64, 10)
    for model in (Ising(), Potts(3), Potts(4), Potts(10)):
        torus = System(model, Square(size, size), get_boundary("periodic", "periodic"))
        for share in (1.0,) if size != 100 else (1.0, 0.7, 1.3):
            assert torus.model.transition
            work = replicas(torus, update_clusters, few, rounds, rng, share * torus.model.transition.temperature)
            name = "Ising" if isinstance(model, Ising) else f"Potts-{model.q}"
            label = f"Swendsen-Wang, {name}, {share:g} T_c"
            rows.append((label, "clusters", rate(few * rounds * sites, work)))
    glass, few_sweeps = System(glass.model, glass.lattice, glass.boundary, couplings=Gaussian()), max(10**5 // sites, 1)
    spins, temperature = random_start(glass, 64, rng), np.full(64, TEMPERATURE)
    work = partial(local_updater(glass).update, glass, spins, temperature, few_sweeps, rng)
    rows.append(("heat bath, Gaussian couplings", "single", rate(64 * few_sweeps * sites, work)))
    if size <= 500:
        visits = LANES * 20 * sites
        rows.append(
            ("heat bath with exchange", "single", rate(visits, replicas(system, update_exchange, LANES, 20, rng)))
        )
        clusters = 200
        work = replicas(system, update_wolff, few, clusters, rng)
        rows.append(("Wolff", "wolff", rate(int(few * clusters * mean_cluster(system, rng)), work)))
    return rows


def models(size: int, rng: np.random.Generator) -> list[tuple[str, str, float]]:
    """(updater, kind, rate) of models with more states, a temperature a lane from 0.7 to 1.3 T_c; packing included."""
    rows, sites = [], size**2
    for model, label in (
        (Potts(3), "Potts-3"),
        (Potts(4), "Potts-4"),
        (Potts(5), "Potts-5"),
        (Potts(8), "Potts-8"),
        (Potts(10), "Potts-10"),
        (BlumeCapel(), "Blume-Capel"),
        (BlumeCapel(B=0.1), "Blume-Capel, field"),
    ):
        system = System(model, Square(size, size), get_boundary("periodic", "periodic"))
        temperature = np.linspace(0.7, 1.3, LANES) * model.transition.temperature
        spins, local = random_start(system, LANES, rng), local_updater(system)
        for updater in (local, UPDATERS["table"]):
            sweeps = (100 if updater is local else 10) * 100**2 // sites
            updater.update(system, spins, temperature, sweeps, rng)
            work = partial(updater.update, system, spins, temperature, sweeps, rng)
            name = f"{label}, {'bit planes' if updater is local else 'table'}"
            rows.append((name, "single", rate(LANES * sweeps * sites, work)))
    return rows


def mean_cluster(system: System, rng: np.random.Generator) -> float:
    """Spins in a Wolff cluster: N <sum over clusters of (size / N)^2> = N <m^2> by the cluster estimator."""
    spins, temperature = random_start(system, 256, rng), np.full(256, TEMPERATURE)
    update_clusters(system, spins, temperature, 60, rng)
    return float(system.lattice.sites * (spins.mean(1) ** 2).mean())


def scaling(rng: np.random.Generator, threads: int = 2) -> float:
    """How many times faster two threads sweep two batches than one does, in wall-clock time."""
    works = [lanes(get_system("ising-periodic", 100), heat_bath, 300, rng) for _ in range(2 * threads)]

    def run(count: int) -> Work:
        def work() -> None:
            with ThreadPoolExecutor(count) as pool:
                list(pool.map(lambda w: w(), works))

        return work

    return rate(1, run(threads), time.perf_counter_ns) / rate(1, run(1), time.perf_counter_ns)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="also write the page here")
    parser.add_argument("--sizes", type=int, nargs="+", default=[32, 100, 1024])
    arguments = parser.parse_args()
    lines, rng = [HEAD], np.random.default_rng(0)
    for size in arguments.sizes:
        others, missing = theirs(size)
        visits = 200 * 100**2
        plain = rate(visits, lambda s=size, v=visits: plain_metropolis(np.ones((s, s), np.int8), TEMPERATURE, v, rng))
        rows = [*ours(size, rng), *(models(size, rng) if size <= 500 else []), *others]
        rows.append(("plain Numba loop, Metropolis at random sites", "single", plain))
        reference = {kind: value for name, kind, value in reversed(others) if name.startswith("mcising")}
        lines.append(f"\n## {size} x {size}\n\n| updater | spins/ns/core | times mcising | times the plain loop |")
        lines.append("|---|---|---|---|")
        for name, kind, value in rows:
            ratio = f"{value / reference[kind]:.1f}" if kind in reference else ""
            lines.append(f"| {name} | {value:.3f} | {ratio} | {value / plain:.1f} |")
        if missing:
            lines.append(f"\nNot installed, so not timed: {', '.join(missing)}.")
        print("\n".join(lines[-len(rows) - 3 :]), flush=True)
    packages = []
    for name in ("spinlens", "numba", "numpy", "mcising", "peapods"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            packages.append(f"{name} not installed")
    lines.append(
        f"\n## Threads and memory\n\nTwo threads over one, 1024 replicas of 100 x 100: {scaling(rng):.2f} times."
    )
    lines.append(f"Largest size of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB.")
    lines.append(f"\n## Machine\n\n{processor()}, {os.cpu_count()} cores; Python {platform.python_version()}.")
    lines.append(f"Packages: {', '.join(packages)}.")
    print("\n".join(lines[-5:]))
    if arguments.out:
        arguments.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
