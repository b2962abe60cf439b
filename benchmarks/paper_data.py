"""The paper's whole data, four systems of 1300 images, timed and checked: `python benchmarks/paper_data.py [PROTOCOL]`.

Prints the wall-clock time on so many processes (one a core by default), and for equilibrium the p-value of each data
set's energies against their exact distributions.
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import joblib

from spinlens.data.build import build
from spinlens.data.checks.equilibrium import equilibrium
from spinlens.data.recipe import parse_recipe

SYSTEMS = ("ising-antiperiodic", "ising-skewed", "ising-periodic", "ising-antiferro")  # the longest first


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("protocol", nargs="?", default="equilibrium", choices=("equilibrium", "anneal", "quench"))
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        begin = time.perf_counter()
        jobs = (
            joblib.delayed(build)(parse_recipe({"system": name, "protocol": arguments.protocol}), Path(folder) / name)
            for name in SYSTEMS
        )
        finished = joblib.Parallel(arguments.workers, batch_size=1, pre_dispatch=arguments.workers)(jobs)
        seconds = time.perf_counter() - begin
        print(f"{arguments.protocol}: {len(SYSTEMS)} x 1300 images in {seconds:.1f} s on {arguments.workers} processes")
        if arguments.protocol == "equilibrium":
            for path in finished:
                print(f"{path.name}: {equilibrium(path).detail}")


if __name__ == "__main__":
    main()
