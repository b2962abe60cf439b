"""Disks that are full: one line, exit code 2, and the run is resumed to the same weights once there is room."""

import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from conftest import small_training
from spinlens.learning.training import train

RECIPE = small_training().model_copy(update={"epochs": 2, "labels": 8})


@pytest.fixture(scope="module")
def whole(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "run"
    train(RECIPE, small_data, out)
    return out


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """The kernel writes no file of this process above that size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@pytest.mark.parametrize("size", [200, 100_000, 700_000])
def test_files_that_cannot_be_written(size: int, whole: Path, small_data: Path, tmp_path: Path) -> None:
    """Breaks when a failed write of the recipe, the weights or the optimizer is a success or an error of another kind,
    leaves a run that passes for finished, or one that is not resumed to the same bytes."""
    out = tmp_path / "run"
    with no_file_above(size), pytest.raises(OSError, match=r"File too large|Input/output error"):
        train(RECIPE, small_data, out)
    assert not (out / "training.json").exists()
    train(RECIPE, small_data, out, resume=(out / "recipe.json").exists())
    names = sorted(path.name for path in whole.iterdir())
    assert names == sorted(path.name for path in out.iterdir())
    assert all((out / name).read_bytes() == (whole / name).read_bytes() for name in names)


def test_a_full_disk(small_data: Path, tmp_path: Path) -> None:
    """Breaks when "no space left" is a traceback or a success; 700 KiB are enough for some files of a checkpoint."""
    (disk := tmp_path / "disk").mkdir()
    mount = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs -o size=700k none {disk} && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*mount, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no mount namespaces for users here")
    command = [sys.executable, "-m", "spinlens", "train", small_data, "--out", disk / "run"]
    command += ["--model", "spin-vit-scratch", "--epochs", 1, "--labels", 8]
    done = subprocess.run([*mount, *map(str, command)], capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr.splitlines()[-1]
