"""Files that `import` cannot take as they are: the line says what to do, and doing it works."""

import sys
from pathlib import Path

import numpy as np
import pytest

from calls import run
from spinlens import get_system, sample

TEMPERATURES = np.array([0.5, 1.5, 2.2, 3.0])


@pytest.fixture(scope="module")
def spins() -> np.ndarray:
    return sample(get_system("ising-periodic", 8), np.repeat(TEMPERATURES, 6), seed=1).spins


def imported(capsys: pytest.CaptureFixture[str], path: Path) -> tuple[int, str, str]:
    return run(capsys, "import", path, "ising-periodic", "--size", 8, "--out", path.with_name("data"))


def test_arrays_without_temperatures(spins: np.ndarray, tmp_path: Path, capsys) -> None:
    """Breaks when a .npy is told to have an array temperature, which it cannot, or other files get no way out."""
    np.save(tmp_path / "a.npy", spins)
    (tmp_path / "a.txt").write_text("1 -1")
    remedy = 'np.savez("a.npz", spins=spins, temperature=temperature)'
    for name in ("a.npy", "a.txt"):
        code, _, err = imported(capsys, tmp_path / name)
        assert code == 2
        assert err.count("\n") == 1
        assert remedy in err
    np.savez(tmp_path / "a.npz", spins=spins, temperature=np.repeat(TEMPERATURES, 6))
    assert imported(capsys, tmp_path / "a.npz")[0] == 0


def test_one_temperature_for_many_snapshots(spins: np.ndarray, tmp_path: Path, capsys) -> None:
    """Breaks when four temperatures beside 24 snapshots are refused without the two ways to repeat them."""
    np.savez(tmp_path / "a.npz", spins=spins, temperature=TEMPERATURES)
    err = imported(capsys, tmp_path / "a.npz")[2]
    assert "np.repeat(temperature, 6) where 6 snapshots follow each other at each temperature" in err
    assert "np.tile(temperature, 6) where all temperatures take turns" in err
    np.savez(tmp_path / "a.npz", spins=spins, temperature=np.ones(7))
    assert "save one number for each of the 24 snapshots" in imported(capsys, tmp_path / "a.npz")[2]
    np.savez(tmp_path / "a.npz", spins=spins, temperature=np.repeat(TEMPERATURES, 6))
    assert imported(capsys, tmp_path / "a.npz")[0] == 0


def test_hdf5_names_its_extra(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a file that needs a package is called damaged, or the extra is not named."""
    (tmp_path / "a.h5").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert imported(capsys, tmp_path / "a.h5")[2] == (
        "error: HDF5 files must be read and written by the package h5py, got no such package; "
        "pip install 'spinlens[hdf5]'\n"
    )


def test_every_line_of_a_check_has_its_verdict(spins: np.ndarray, tmp_path: Path, capsys) -> None:
    """Breaks when what is not judged, such as the independence of an import, begins with nothing at all."""
    np.savez(tmp_path / "a.npz", spins=spins, temperature=np.repeat(TEMPERATURES, 6))
    assert imported(capsys, tmp_path / "a.npz")[0] == 0
    lines = run(capsys, "check", tmp_path / "data")[1].splitlines()
    first = [line for line in lines if not line.startswith(" " * 7)]
    assert {line[:5] for line in first} <= {"ok   ", "FAIL ", "-    "}
    assert any(line.startswith("-    independence: not judged") for line in first)
