"""How the benchmarks take the time, and the plain loop that they compare with."""

import platform
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np

TEMPERATURE = 2.27
Work = Callable[[], object]


@numba.njit
def plain_metropolis(spins: np.ndarray, temperature: float, visits: int, rng: np.random.Generator) -> None:
    size = len(spins)
    for _ in range(visits):
        i, j = int(rng.random() * size), int(rng.random() * size)
        near = spins[(i + 1) % size, j] + spins[i - 1, j] + spins[i, (j + 1) % size] + spins[i, j - 1]
        change = 2 * spins[i, j] * near
        if change <= 0 or rng.random() < np.exp(-change / temperature):
            spins[i, j] = -spins[i, j]


def rate(visits: int, work: Work, clock: Callable[[], int] = time.process_time_ns) -> float:
    """Visits a nanosecond."""
    work()
    times = []
    for _ in range(3):
        begin = clock()
        work()
        times.append(clock() - begin)
    return visits / min(times)


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
