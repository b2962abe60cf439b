"""The samplers of mcising and peapods, timed as ours are."""

import time

import numpy as np

from timing import TEMPERATURE, rate

Row = tuple[str, str, float]


def mcising(size: int) -> list[Row]:
    """(updater, kind, rate). Raises ImportError where it is not installed."""
    from mcising import IsingSimulation

    sites, rows = size**2, []
    sweeps = max(2 * 10**6 // sites, 1)
    for kind, algorithm in (("single", "metropolis"), ("clusters", "swendsen_wang"), ("wolff", "wolff")):
        simulation = IsingSimulation(size, 1.0, 0.0, 0.0, 0.0, 1, algorithm, "square")
        if algorithm == "wolff":
            if size > 500:
                continue
            simulation.sweep(3000, temperature=TEMPERATURE)
            begin = time.process_time_ns()
            flips = simulation.sweep(2000, temperature=TEMPERATURE)[0]
            rows.append(("mcising Wolff", kind, flips / (time.process_time_ns() - begin)))
            continue
        simulation.sweep(30 if size > 500 else 200, temperature=TEMPERATURE)
        work = lambda s=simulation, k=sweeps: s.sweep(k, temperature=TEMPERATURE)  # noqa: E731
        rows.append((f"mcising {algorithm.replace('_', '-')}", kind, rate(sweeps * sites, work)))
    return rows


def peapods(size: int) -> list[Row]:
    """As `mcising`."""
    from peapods import Ising

    sites, rows = size**2, []
    sweeps = max(2 * 10**6 // sites, 1)
    clusters = {"sweep_mode": "metropolis", "cluster_update_interval": 1, "cluster_mode": "sw"}
    if size > 500:
        return []
    for label, options in (("metropolis", {"sweep_mode": "metropolis"}), ("metropolis and clusters", clusters)):
        model = Ising((size, size), temperatures=np.array([TEMPERATURE]), n_replicas=1)
        work = lambda m=model, o=options: m.sample(n_sweeps=sweeps, **o)  # noqa: E731
        rows.append((f"peapods {label}", "single", rate(sweeps * sites, work)))
    return rows


def theirs(size: int) -> tuple[list[Row], list[str]]:
    """(rows of the packages that are installed, the names of the others)."""
    rows: list[Row] = []
    missing = []
    for package in (mcising, peapods):
        try:
            rows += package(size)
        except ImportError:
            missing.append(package.__name__)
    return rows, missing
