"""Builds that are killed, interrupted or out of room: no half file, one clear line, and the next run goes on."""

import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from builds import LONG, MANY, alone, children, ended, hashes, spinlens, toml, wait_for

from conftest import small_recipe
from spinlens.data.build import build, missing_shards
from spinlens.data.files import HOST, sha256, sweep, write_text
from spinlens.data.read import verify
from spinlens.data.recipe import parse_recipe


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(parse_recipe(small_recipe(counts=MANY)), tmp_path_factory.mktemp("reference") / "data")


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    """The reference's recipe as a file."""
    path = tmp_path / "recipe.toml"
    path.write_text(toml(MANY))
    return path


@pytest.mark.parametrize("kills", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_build_resumes_to_the_same_bytes(
    kills: int, reference: Path, recipe_file: Path, tmp_path: Path
) -> None:
    """Breaks when half a shard is taken for a whole one, or a stray file stays; SIGKILL to the whole group.

    Each kill is aimed at a random moment of a whole build and not of start-up alone: what is left to build grows
    again by one shard before each.
    """
    out = tmp_path / "killed"
    command, begin = spinlens("build", recipe_file, "--workers", 2, "--out"), time.monotonic()
    subprocess.run([*command, tmp_path / "timed"], check=True, capture_output=True)
    command, seconds = [*command, str(out)], time.monotonic() - begin
    rng = np.random.default_rng(0)
    killed = 0
    for _ in range(kills):
        shards = sorted((out / "data").glob("*.parquet"))
        if len(shards) > 6:
            shards[int(rng.integers(len(shards)))].unlink()
        process = subprocess.Popen(
            command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(float(rng.uniform(0.2, 1.0)) * seconds)
        killed += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
        process.wait()
        for path in (out / "data").glob("*.parquet"):
            assert sha256(path) == sha256(reference / "data" / path.name)  # never half a shard under its name
    assert killed > kills / 3
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert hashes(out) == hashes(reference)


@pytest.fixture
def long_build(tmp_path: Path) -> Iterator[tuple[Path, "subprocess.Popen[str]"]]:
    """(folder, process) of a build in two processes that has finished its first shard; a process group of its own."""
    (tmp_path / "long.toml").write_text(LONG)
    command = spinlens("build", tmp_path / "long.toml", "--out", tmp_path / "data", "--workers", 2)
    hears = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # also where the tests run in a shell's background
    process = subprocess.Popen(command, start_new_session=True, stderr=subprocess.PIPE, text=True, preexec_fn=hears)
    wait_for(lambda: list((tmp_path / "data").glob("data/test-*.sha256")) or process.poll() is not None)
    assert process.poll() is None
    yield tmp_path / "data", process
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_ctrl_c_leaves_a_build_that_goes_on(long_build: tuple[Path, "subprocess.Popen[str]"], tmp_path: Path) -> None:
    """Breaks when Ctrl-C shows a traceback, leaves workers running or stray files, or does not say how to go on."""
    out, process = long_build
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("error: interrupted; ")
    assert " of 5 shards are done; the same command resumes" in err
    wait_for(lambda: alone(process.pid), 5)
    assert not list(out.rglob("*.tmp"))
    assert len(missing_shards(parse_recipe(tomllib.loads(LONG)), out)[0]) < 5


def test_a_dead_worker_is_said_and_the_next_run_finishes(
    long_build: tuple[Path, "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    """Breaks when the loss of a worker (out of memory) is a traceback or a hang, or spoils the data set."""
    out, process = long_build
    os.kill(children(process.pid)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "Traceback" not in err
    last = err.splitlines()[-1]
    assert last.startswith("error: a worker process died (killed by SIGKILL; out of memory?)")
    assert "give the same command again" in last
    wait_for(lambda: alone(process.pid), 5)
    assert not list(out.rglob("*.tmp"))
    for folder in (out, tmp_path / "undisturbed"):
        done = ended("build", tmp_path / "long.toml", "--out", folder, "--workers", 2)
        assert done.returncode == 0, done.stderr
    assert hashes(out) == hashes(tmp_path / "undisturbed")


def test_a_full_disk_of_64_kib(recipe_file: Path, tmp_path: Path) -> None:
    """Breaks when "no space left" is a traceback, a success, or leaves half a file."""
    (disk := tmp_path / "disk").mkdir()
    mount = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=64k none {disk} && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*mount, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespaces for users here")
    for workers in (1, 2):
        build_it = spinlens("build", recipe_file, "--out", disk / "data", "--workers", workers)
        look = ["sh", "-c", f'"$@"; echo $?; find {disk} -name "*.tmp"; cd {disk}/data/data; sha256sum *.parquet', "sh"]
        done = subprocess.run([*mount, *look, *build_it], capture_output=True, text=True, check=False)
        code, *left = done.stdout.splitlines()
        assert code == "2"
        assert "Traceback" not in done.stderr
        error = next(line for line in done.stderr.splitlines() if line.startswith("error: "))
        assert "No space left on device" in error
        assert not [line for line in left if line.endswith(".tmp")]
        assert all(len(line.split()[0]) == 64 for line in left)


def test_only_the_files_of_dead_writers_are_swept(tmp_path: Path) -> None:
    """Breaks when the temporary file of a living process is removed, or that of a dead one stays."""
    code = (
        "import pathlib, sys, time; from spinlens.data.files import write_whole\n"
        "write_whole(pathlib.Path(sys.argv[1]), lambda t: (t.write_text('x'), print(flush=True), time.sleep(60)))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "a")], stdout=subprocess.PIPE)
    assert process.stdout
    process.stdout.readline()
    (elsewhere := tmp_path / f"b.other{HOST}-1-1.tmp").write_text("x")
    sweep(tmp_path)
    assert len(list(tmp_path.glob("a.*.tmp"))) == 1
    process.kill()
    process.wait()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == [elsewhere]
    sweep(tmp_path, other_hosts=True)
    assert not list(tmp_path.iterdir())
    write_text(tmp_path / "c", "whole", new=True)
    with pytest.raises(FileExistsError):
        write_text(tmp_path / "c", "other", new=True)
    assert hashes(tmp_path) == {"c": sha256(tmp_path / "c")}


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    """Breaks when a failed write leaves a stray file or a traceback; the kernel refuses files above 4 KiB."""
    import resource

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))

    out = tmp_path / "data"
    command = [sys.executable, "-m", "spinlens", "build", "ising-periodic", "--size", "8", "--out", str(out)]
    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "error:" in done.stderr.splitlines()[-1]
    assert not [p for p in out.rglob("*") if p.suffix in (".tmp", ".parquet")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert verify(out) > 0
