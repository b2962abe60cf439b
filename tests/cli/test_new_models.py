"""What the commands refuse of angles and of quantum systems: one line each, before anything is written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calls import run


@pytest.mark.parametrize("protocol", ["quench", "ramp"])
def test_moves_that_keep_the_energy_drive_nothing(protocol: str, tmp_path: Path, capsys: Any) -> None:
    """Breaks when overrelaxation alone, which conserves the energy, is taken for a simulation at a temperature."""
    out = tmp_path / ("a.csv" if protocol == "ramp" else "a.npz")
    ends = ("--from", "3", "--to", "1") if protocol == "ramp" else ()
    options = ("--size", "8", "--protocol", protocol, "--updater", "overrelaxation", "--out", out)
    code, _, err = run(capsys, "sample", "xy", *options, *ends)
    assert code == 2
    assert "updater must be one that changes the energy: rotors, rotor-metropolis, clusters" in err
    assert not out.exists()


@pytest.mark.parametrize("option", [("--B", "1"), ("--set", "B=1")])
def test_what_a_ramp_changes_is_not_given(option: tuple[str, str], tmp_path: Path, capsys: Any) -> None:
    """Breaks when a value that the ramp replaces is accepted, and named in the output."""
    ramp = ("--protocol", "ramp", "--vary", "B", "--from", "2", "--to", "-2", "--out", tmp_path / "a.csv")
    code, _, err = run(capsys, "sample", "ising-periodic", "--size", "8", *ramp, *option)
    assert code == 2
    assert "B must be left out where the ramp changes it, got 1" in err


def test_quantum_pictures_are_not_imported(tmp_path: Path, capsys: Any) -> None:
    """Breaks when an import writes -J sum sz sz for the energy of a state in a transverse field."""
    np.savez(tmp_path / "a.npz", spins=np.ones((8, 12, 12), np.int8), temperature=np.full(8, 0.5))
    (tmp_path / "r.toml").write_text(
        '[system]\nname = "tfim-square"\nsize = 12\n[classes]\nnames = ["a", "b"]\n'
        "edges = [0.1, 0.9, 2.0]\nstep = 0.1\n"
    )
    code, _, err = run(capsys, "import", tmp_path / "a.npz", tmp_path / "r.toml", "--out", tmp_path / "d")
    assert code == 2
    assert "quantum system, got imported" in err
    assert not (tmp_path / "d").exists()


@pytest.mark.parametrize("name", ["xy", "clock-4"])
def test_included_weights_name_the_states_that_they_read(name: str, tmp_path: Path, capsys: Any) -> None:
    """Breaks when weights for other states are called damaged."""
    assert run(capsys, "sample", name, "--size", "50", "--count", "1", "--out", tmp_path / "a.npz")[0] == 0
    code, _, err = run(capsys, "predict", "spin-vit", tmp_path / "a.npz", "--system", name, "--size", "50")
    assert code == 2
    assert f"system must be one whose states spin-vit reads, got {name}" in err
