"""The wheel without extras: small, without network libraries, and enough to simulate, measure, build and check."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LIMIT_MB = 900
COMMANDS = (
    "spinlens --version",
    "spinlens systems",
    "spinlens sample ising-periodic --size 8 --temperatures 2 --count 2 --out a.npz",
    "spinlens measure ising-periodic --size 4 --temperatures 2 --replicas 2 --sweeps 8 --out measured",
    "spinlens build small.toml --out data",
    "spinlens check data",
    "spinlens ceiling small.toml",
)
SMALL = """
[system]
name = "ising-periodic"
size = 8
[counts]
train = [4, 4, 4, 4]
validation = [2, 2, 2, 2]
test = [2, 2, 2, 2]
"""


@pytest.mark.slow
def test_the_wheel_alone(tmp_path: Path) -> None:
    """Breaks when a plain install pulls torch, exceeds 900 MB, or lacks what its commands import."""
    pip = [str(tmp_path / "venv/bin/python"), "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt")]
    subprocess.run([sys.executable, "-m", "build", "--wheel", "-o", str(tmp_path), str(ROOT)], check=True)
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True)
    subprocess.run([*pip, *map(str, tmp_path.glob("*.whl"))], check=True)
    packages = next(tmp_path.glob("venv/lib/*/site-packages"))
    assert not {"torch", "transformers", "accelerate", "sklearn"} & {path.name for path in packages.iterdir()}
    size = sum(file.stat().st_size for file in (tmp_path / "venv").rglob("*") if not file.is_symlink())
    assert size < LIMIT_MB * 1e6, f"{size / 1e6:.0f} MB"
    (tmp_path / "small.toml").write_text(SMALL)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    environment["PATH"] = f"{tmp_path / 'venv/bin'}{os.pathsep}{environment['PATH']}"
    for command in COMMANDS:
        done = subprocess.run(command.split(), cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, f"{command}: {done.stderr}"
    done = subprocess.run(["spinlens", "train", "data", "--out", "run"], cwd=tmp_path, env=environment, text=True,
                          capture_output=True)  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "pip install 'spinlens[learn]'" in done.stderr
