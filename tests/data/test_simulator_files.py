"""The simulator's data.json, written and read back to the same numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calls import run
from spinlens import get_system
from spinlens.data.formats.simulator import write_simulator
from spinlens.data.formats.user_files import read_snapshots
from spinlens.montecarlo.film import film
from spinlens.montecarlo.ramps import Ramp, Stage


@pytest.mark.parametrize("name", ["ising-skewed", "potts-3", "blume-capel-open"])
def test_what_is_written_reads_back(name: str, tmp_path: Path) -> None:
    """Breaks when a state, a temperature (to its last digit, infinity included) or the order of the rows changes."""
    system, rng = get_system(name, (4, 6)), np.random.default_rng(0)
    spins = np.where(system.held, system.pinned, rng.choice(system.model.space.states, (5, 4, 6))).astype(np.int8)
    temperature = np.array([0.0, 0.1 + 0.2, 2.269185314213022, 1e-300, np.inf])
    write_simulator(tmp_path / "data.json", system, spins, temperature, np.arange(5))
    found = read_snapshots(tmp_path / "data.json", system)
    assert (found.spins == spins).all()
    assert found.temperature is not None
    assert found.temperature.tolist() == temperature.tolist()
    content = json.loads((tmp_path / "data.json").read_text())
    assert set(content["data"][0]) == {"temp", "timestamp", "spinArray"}
    assert content["settings"]["columns"] == 6


def test_sample_writes_it(capsys: Any, tmp_path: Path) -> None:
    """Breaks when the rows are not the snapshots of the same command as .npz, or an import cannot take them."""
    line = "sample ising-periodic --size 8 --temperatures 1,2.2,inf --count 3 --seed 2 --out"
    for name in ("data.json", "a.npz"):
        assert run(capsys, *line.split(), tmp_path / name)[0] == 0
    found = read_snapshots(tmp_path / "data.json", get_system("ising-periodic", 8))
    with np.load(tmp_path / "a.npz") as arrays:
        assert (found.spins == arrays["spins"]).all()
        assert found.temperature is not None
        assert found.temperature.tolist() == arrays["temperature"].tolist()


def test_a_ramp_writes_its_frames(capsys: Any, tmp_path: Path) -> None:
    """Breaks when a ramp's rows are not the frames of its film in the order of time, with their field."""
    line = "sample ising-periodic --size 8 --temperature 1.5 --protocol ramp --vary B --from -2 --to 2"
    options = "--steps 4 --sweeps 3 --out"
    code, out, _ = run(capsys, *line.split(), *options.split(), tmp_path / "data.json")
    assert (code, "6 frames" in out) == (0, True)
    shown = film(get_system("ising-periodic", 8), 1.5, Ramp((Stage((("B", -2.0, 2.0),), 4, 3),)))
    found = read_snapshots(tmp_path / "data.json", get_system("ising-periodic", 8))
    assert (found.spins == shown.spins).all()
    rows = json.loads((tmp_path / "data.json").read_text())["data"]
    assert [row["B"] for row in rows] == shown.values["B"].tolist()
    assert [row["timestamp"] for row in rows] == shown.sweep.tolist()
