"""Without the extra `learn`: what simulates and measures works, what needs networks says what to install."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from calls import SOURCE, run
from spinlens.cli.frame import NEEDS_LEARN

BLOCK = """
import sys
LEARN = {"torch", "transformers", "accelerate", "safetensors", "sklearn"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LEARN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""
CALLS = """
import json
from spinlens.cli import main
for line in json.load(sys.stdin):
    sys.argv = ["spinlens", *line.split()]
    try:
        main()
    except SystemExit as ended:
        assert not ended.code, f"{line}: {ended.code}"
assert not LEARN & {name.partition(".")[0] for name in sys.modules}, "imported"
"""
RECIPE = """
[system]
name = "ising-periodic"
size = 4
[counts]
train = [9, 9, 9, 9]
validation = [3, 3, 3, 3]
test = [3, 3, 3, 3]
"""
WORKING = (
    "--version",
    "--help",
    "systems",
    "sample r.toml --temperatures 2 --count 2 --out a.npz",
    "sample r.toml --temperatures 1.5,3 --count 2 --out a.png",
    "sample r.toml --temperatures 2 --count 3 --out a.gif",
    "measure ising-periodic --size 4 --temperatures 2 --replicas 2 --sweeps 8 --out measured",
    "ceiling r.toml",
    "build r.toml --out data",
    "check data",
    "export data --format images --out images",
    "sample ising-periodic --size 4 --temperatures 0.5:3.5:0.5,1.5,2.2,3 --count 6 --out b.npz",
    "import b.npz ising-periodic --size 4 --independent --out mine",
)


def test_the_numerical_half_works_alone(tmp_path: Path) -> None:
    """Breaks when a command that needs no network imports a package of the extra."""
    (tmp_path / "r.toml").write_text(RECIPE)
    environment = {"PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1", "HOME": str(tmp_path), "COLUMNS": "80"}
    done = subprocess.run(
        [sys.executable, "-c", BLOCK + CALLS], input=json.dumps(WORKING), cwd=tmp_path, env=environment,
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", NEEDS_LEARN)
@pytest.mark.parametrize("absent", ["torch", "transformers", "accelerate", "safetensors"])
def test_one_line_says_what_to_install(name: str, absent: str, capsys: Any, monkeypatch: Any) -> None:
    """Breaks when a missing package is a ModuleNotFoundError, or is found out after something else."""
    arguments = {
        "train": "none --out x",
        "evaluate": "none none",
        "predict": "none none",
        "pretrain": "none --out x",
        "curve": "none",
        "reproduce": "--profile none",
    }[name]
    monkeypatch.setitem(sys.modules, absent, None)  # what import then finds
    code, out, err = run(capsys, name, *arguments.split())
    expected = f"error: {name} needs {absent}, which is not installed; pip install 'spinlens[learn]'\n"
    assert (code, out, err) == (2, "", expected)
    assert run(capsys, name, "--help")[0] == 0
