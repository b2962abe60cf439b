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
