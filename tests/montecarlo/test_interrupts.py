"""Work that stops soon when asked, in slices that change no result."""

import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from spinlens import System, get_system, sample
from spinlens.montecarlo import interrupts
from spinlens.montecarlo.interrupts import StoppablePool, StoppedError, pause, slices
from spinlens.montecarlo.kernels import simd
from spinlens.montecarlo.protocols import Quench
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters import bits as singlespin
from spinlens.montecarlo.updaters.bits import update_heat_bath, update_metropolis
from spinlens.montecarlo.updaters.clusters import update_clusters, update_wolff
from spinlens.montecarlo.updaters.shifts import update_shifts

UPDATERS = (update_metropolis, update_heat_bath, update_clusters, update_wolff, update_shifts)


@pytest.mark.parametrize("update", UPDATERS)
def test_slices_change_no_result(update, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a slice draws other random numbers, leaves a sweep out or does one twice."""
    system, temperature = get_system("ising-skewed", (7, 9)), np.linspace(0.5, 4.0, 300)

    def final() -> np.ndarray:
        spins = random_start(system, 300, np.random.default_rng(0))
        update(system, spins, temperature, 11, np.random.default_rng(1))
        return spins

    whole = final()
    for visits in (1, 63, 64 * 4, 63 * 300 * 2):
        monkeypatch.setattr(interrupts, "VISITS", visits)
        monkeypatch.setattr(singlespin, "MAX_VISITS", visits)
        monkeypatch.setattr(singlespin, "MAX_CELLS", visits)
        np.testing.assert_array_equal(final(), whole)


@pytest.mark.parametrize(("replicas", "sweeps", "sites"), [(7, 5, 1 << 22), (3, 2, 1 << 26), (1000, 9, 100), (0, 3, 4)])
def test_slices_cover_every_sweep_once(replicas: int, sweeps: int, sites: int) -> None:
    """Breaks when a sweep is lost, or a slice of more than one sweep is longer than VISITS."""
    done = np.zeros(replicas, int)
    for some, turns in slices(replicas, sweeps, sites):
        done[some] += turns
        assert done[some].size * turns == 1 or done[some].size * turns * sites <= interrupts.VISITS
    assert (done == sweeps).all()


def test_workers_stop_at_their_next_pause() -> None:
    """Breaks when workers run on after the block is left by an exception, or queued work still starts."""
    running, ended, started = threading.Event(), threading.Event(), []

    def work(number: int) -> None:
        started.append(number)
        running.set()
        try:
            while True:
                pause()
                time.sleep(0.001)
        except StoppedError:
            ended.set()
            raise

    def interrupted() -> None:
        with StoppablePool(1) as pool:
            for number in range(3):
                pool.submit(work, number)
            assert running.wait(60)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert ended.is_set()
    assert started == [0]
    pause()  # asks nobody else to stop


@pytest.mark.parametrize("failing", [0, 1])
def test_a_block_that_fails_ends_the_others(failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when `sample` waits for blocks in their order, or its workers finish whole blocks: either block fails,
    and the other, of 10^9 sweeps, stops at its next pause."""
    stopped, both = threading.Event(), threading.Barrier(2, timeout=60)

    @dataclass(frozen=True)
    class Fails:
        def run(self, system: System, temperature: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            both.wait()
            if temperature[0] == failing:
                raise MemoryError
            try:
                return Quench(sweeps=10**9).run(system, temperature, rng)
            except StoppedError:
                stopped.set()
                raise

    temperatures = np.repeat([0.0, 1.0], simd.LANES)
    with pytest.raises(MemoryError):
        sample(get_system("ising-periodic", 8), temperatures, Fails(), threads=2)
    assert stopped.is_set()


def test_ctrl_c_ends_a_command(tmp_path: Path) -> None:
    """Breaks when Ctrl-C waits for compiled code: weeks of sweeps of 64 lattices of 1024 x 1024 end in one line."""
    options = ["--size", "1024", "--count", "64", "--protocol", "quench", "--sweeps", "1000000"]
    command = [sys.executable, "-c", STARTED, "sample", "ising-periodic", *options, "--out", str(tmp_path / "x.npz")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "under way\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)  # the compiled sweeps alone would take a week
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("error: interrupted")
    assert "Traceback" not in errors
    assert not list(tmp_path.iterdir())


STARTED = """
import spinlens.montecarlo.updaters.bits as singlespin
from spinlens.cli import main

kernel = singlespin.Lanes.visit

def visit(self, order):
    kernel(self, order)
    print("under way", flush=True)

singlespin.Lanes.visit = visit
main()
"""
