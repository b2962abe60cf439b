"""Builds spread over processes, parts and clusters: the same bytes, and one clear line when it goes wrong."""

import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builds import LONG, MANY, ended, hashes, spinlens, toml, wait_for

from conftest import small_recipe
from spinlens.cli.progress import Pace, show_progress
from spinlens.data.build import build, build_part, claim, merge
from spinlens.data.read import verify
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError

RECIPE = parse_recipe(small_recipe(counts=MANY))
Cluster = tuple[str, "subprocess.Popen[bytes]"]


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(RECIPE, tmp_path_factory.mktemp("reference") / "data")


@pytest.fixture
def recipe_file(tmp_path: Path) -> Path:
    """RECIPE as a file."""
    path = tmp_path / "recipe.toml"
    path.write_text(toml(MANY))
    return path


def test_four_parts_in_any_order_and_merge(reference: Path, tmp_path: Path) -> None:
    """Breaks when a part builds other shards than its own, or merging depends on their order."""
    out, parts = tmp_path / "data", [1, 2, 3, 4]
    random.Random(0).shuffle(parts)
    for k in parts:
        with pytest.raises(InputError, match="missing"):
            merge(RECIPE, out)
        assert not (out / "manifest.json").exists()
        build_part(RECIPE, out, (k, 4))
    assert hashes(merge(RECIPE, out)) == hashes(reference)


def test_parts_that_start_at_once_and_a_merge_that_names_what_is_missing(
    reference: Path, recipe_file: Path, tmp_path: Path
) -> None:
    """Breaks when processes that claim a new folder together get into each other's way, or --merge certifies a gap."""
    out = tmp_path / "data"
    arguments = ("build", recipe_file, "--out", out)
    started = [subprocess.Popen(spinlens(*arguments, "--shard", f"{k}/4")) for k in (1, 2, 3, 4)]
    assert [process.wait() for process in started] == [0, 0, 0, 0]
    lost = next((out / "data").glob("validation-00003*.parquet"))
    lost.write_bytes(lost.read_bytes()[:-1])
    done = ended(*arguments, "--merge")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    command = done.stderr.strip().split("build the first by ")[1].split()
    assert command == ["spinlens", *map(str, arguments), "--shard", "4/5"]
    assert ended(*command[1:]).returncode == 0
    assert ended(*arguments, "--merge").returncode == 0
    assert hashes(out) == hashes(reference)


@pytest.mark.parametrize("shard", ["0/4", "5/4", "1", "a/b", "1/0", "-1/4"])
def test_bad_parts_are_refused(shard: str, recipe_file: Path, tmp_path: Path) -> None:
    """Breaks when a part that cannot be is built, or leaves a folder behind."""
    done = ended("build", recipe_file, "--out", tmp_path / "data", f"--shard={shard}")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "shard" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_folder_is_claimed_by_one_recipe_alone(tmp_path: Path) -> None:
    """Breaks when two recipes that claim a new folder at the same moment both get it."""
    recipes = [parse_recipe(small_recipe(seed=seed)) for seed in range(8)]

    def outcome(folder: Path, k: int) -> int | None:
        try:
            claim(recipes[k], folder)
        except InputError:
            return None
        return k

    for trial in range(30):
        folder = tmp_path / str(trial)
        with ThreadPoolExecutor(8) as pool:
            winners = [k for k in pool.map(lambda k, f=folder: outcome(f, k), range(8)) if k is not None]
        assert len(winners) == 1
        assert (folder / "recipe.json").read_text() == recipes[winners[0]].model_dump_json(indent=2) + "\n"
        assert sorted(p.name for p in folder.iterdir()) == ["data", "recipe.json"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """(address, process) of a dask scheduler with two workers, each a process in a folder of its own."""
    pytest.importorskip("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    python, options = [sys.executable, "-m"], ["--no-dashboard"]
    host, port = address.split(":")
    commands = [[*python, "distributed.cli.dask_scheduler", "--host", host, "--port", port, *options]]
    commands += [[*python, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", *options]] * 2
    processes = []
    try:
        for k, command in enumerate(commands):
            (folder := tmp_path / f"dask{k}").mkdir()
            processes.append(
                subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            )
        wait_for(lambda: answers(host, int(port)))
        yield address, processes[0]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((host, port)) == 0


def test_dask_writes_the_same_bytes(cluster: Cluster, reference: Path, recipe_file: Path, tmp_path: Path) -> None:
    """Breaks when a shard depends on where it runs, or a relative folder is taken from the worker's."""
    command = spinlens("build", recipe_file, "--out", "relative", "--scheduler", cluster[0])
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert hashes(tmp_path / "relative") == hashes(reference)


def test_a_scheduler_that_goes_away_is_one_line(cluster: Cluster, tmp_path: Path) -> None:
    """Breaks when the build hangs or shows a traceback once nobody answers any more."""
    (tmp_path / "long.toml").write_text(LONG)
    command = spinlens("build", tmp_path / "long.toml", "--out", tmp_path / "data", "--scheduler", cluster[0])
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: list((tmp_path / "data").glob("data/test-*.sha256")))
    cluster[1].kill()
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert [line for line in err.splitlines() if " images, " not in line] == [
        "error: the dask scheduler went away; finished shards are kept: the same command resumes"
    ]


def test_a_scheduler_out_of_reach_is_one_line(recipe_file: Path, tmp_path: Path) -> None:
    """Breaks when it takes long, leaves a folder, or shows a traceback."""
    pytest.importorskip("distributed")
    begin = time.monotonic()
    done = ended("build", recipe_file, "--out", tmp_path / "data", "--scheduler", "127.0.0.1:1")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert done.stderr.startswith("error: scheduler must be the address")
    assert time.monotonic() - begin < 20
    assert not (tmp_path / "data").exists()


def test_without_dask_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when dask is needed to run without it, or its absence is a traceback."""
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"spinlens\[cluster\]"):
        build(RECIPE, tmp_path / "data", scheduler="127.0.0.1:1")
    assert not list(tmp_path.iterdir())


def test_submitit_runs_the_parts(reference: Path, tmp_path: Path) -> None:
    """Breaks when the README's array of jobs does not fit `build_part`; run by submitit's local processes."""
    submitit = pytest.importorskip("submitit")
    executor = submitit.AutoExecutor(tmp_path / "logs", cluster="local")
    executor.update_parameters(timeout_min=5)
    parts = [(k, 2) for k in (1, 2)]
    for job in executor.map_array(build_part, [RECIPE] * 2, [tmp_path / "data"] * 2, parts):
        job.result()
    assert hashes(merge(RECIPE, tmp_path / "data")) == hashes(reference)


def test_progress_in_a_log_file(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a batch log shows nothing or a line for every step, or the rate counts what was there before."""
    now = [0.0]
    monkeypatch.setattr("spinlens.cli.progress.time.monotonic", lambda: now[0])
    with show_progress("images") as progress:
        for step in range(61):
            now[0] = step
            progress(1000 + 10 * step, 1600, f"{step} of 60 shards")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "1000 of 1600 images, 0 of 60 shards"
    assert lines[1] == "1100 of 1600 images, 10 of 60 shards, 10.0 images/s, 0:00:50 left"
    assert lines[-1] == "1600 of 1600 images, 60 of 60 shards, 10.0 images/s"
    assert len(lines) == 7
    pace = Pace("steps")
    assert pace(5, 10) == ""


def test_a_finished_data_set_is_left_as_it_is(reference: Path, tmp_path: Path) -> None:
    """Breaks when a further build, part or merge of a finished data set changes it."""
    data = Path(shutil.copytree(reference, tmp_path / "data"))
    build(RECIPE, data)
    build_part(RECIPE, data, (1, 4))
    assert hashes(merge(RECIPE, data)) == hashes(reference)
    assert verify(data) == 18  # five shards of three files, recipe, card and proof
