"""Workers end with their parent, and a shard is written only beside its own recipe."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from builds import MANY, alone, children, hashes, spinlens, toml, wait_for

from conftest import small_recipe
from spinlens.data.build import build, claim
from spinlens.data.checks.proofs import write_proof
from spinlens.data.recipe import parse_recipe
from spinlens.data.shards import build_shard
from spinlens.errors import InputError


@pytest.mark.parametrize("kills", [3, pytest.param(15, marks=pytest.mark.slow)])
def test_workers_end_with_a_killed_parent(kills: int, tmp_path: Path) -> None:
    """Breaks when a worker, running or stopped, outlives the build that was killed, and writes into a finished set."""
    (tmp_path / "recipe.toml").write_text(toml(MANY))
    reference = build(parse_recipe(small_recipe(counts=MANY)), tmp_path / "reference")
    out, rng = tmp_path / "data", np.random.default_rng(kills)
    command = spinlens("build", tmp_path / "recipe.toml", "--out", out, "--workers", 2)
    for _ in range(kills):
        for path in (out / "data").glob("*.parquet"):
            path.unlink()
        process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wait_for(lambda p=process: len(children(p.pid)) == 2 or p.poll() is not None)
        time.sleep(float(rng.uniform(0, 1.5)))
        stopped = children(process.pid)[:1]
        for worker in stopped:
            os.kill(worker, signal.SIGSTOP)
        process.kill()  # the parent alone
        process.wait()
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
        assert finished.returncode == 0, finished.stderr
        for worker in stopped:
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker, signal.SIGCONT)
        wait_for(lambda p=process: alone(p.pid), 10)
        assert hashes(out) == hashes(reference)


def test_a_shard_is_written_only_beside_its_own_recipe(tmp_path: Path) -> None:
    """Breaks when a late worker of another build puts its shard into a folder that has a new recipe by now."""
    old, new = (parse_recipe(small_recipe(seed=seed)) for seed in (3, 4))
    claim(new, tmp_path / "data")
    with pytest.raises(InputError, match=r"recipe\.json must be the recipe"):
        build_shard(old, old.system.system(), tmp_path / "data", 0)
    with pytest.raises(InputError, match=r"recipe\.json must be the recipe"):
        write_proof(old, old.system.system(), tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").rglob("*") if path.is_file()] == ["recipe.json"]


def test_jobs_end_with_a_killed_parent() -> None:
    """Breaks when the processes of a reproduction, a stopped one among them, outlive it, or that of their news does."""
    code = (
        "import time; from spinlens.experiments.jobs import run_jobs\n"
        "run_jobs({k: lambda note: time.sleep(600) for k in (1, 2)}, 2, lambda *_: None)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    wait_for(lambda: len(children(process.pid)) == 2 or process.poll() is not None)
    time.sleep(2)  # any moment will do: while they start, or once they work
    os.kill(children(process.pid)[0], signal.SIGSTOP)
    process.kill()
    process.wait()
    os.kill(children(process.pid)[0], signal.SIGCONT) if children(process.pid) else None
    wait_for(lambda: alone(process.pid), 30)
