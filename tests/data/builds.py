"""Shared by the tests of builds: recipes, commands and hashes."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from spinlens.data.files import sha256

MANY = {"train": (700, 700, 700, 700), "validation": (200,) * 4, "test": (200,) * 4}  # five shards
LONG = """protocol = "quench"
sweeps = 8000
[system]
name = "ising-periodic"
size = 16
[counts]
train = [700, 700, 700, 700]
validation = [200, 200, 200, 200]
test = [200, 200, 200, 200]
"""


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file by its name in the folder."""
    return {str(p.relative_to(folder)): sha256(p) for p in sorted(folder.rglob("*")) if p.is_file()}


def toml(counts: dict[str, tuple[int, ...]]) -> str:
    """small_recipe with other counts, as a file."""
    lines = "\n".join(f"{split} = {list(numbers)}" for split, numbers in counts.items())
    return f'seed = 3\n[system]\nname = "ising-periodic"\nsize = 8\n[counts]\n{lines}\n'


def spinlens(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "spinlens", *map(str, arguments)]


def ended(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(spinlens(*arguments), capture_output=True, text=True, check=False)


def wait_for(what: Callable[[], object], seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    """Worker processes, loky's resource tracker left out."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rsplit(")", 1)[1].split()[1])
            if parent == pid and "popen_loky" in (path / "cmdline").read_text():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def alone(group: int) -> bool:
    """Whether no process of the group runs; one that only waits to be collected does not."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = path.read_text().rsplit(")", 1)[1].split()[:3]
        except OSError:
            continue
        if int(of) == group and state != "Z":
            return False
    return True
