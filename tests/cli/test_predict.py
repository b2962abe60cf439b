"""`predict` on the terminal: what is known exactly stands beside what is predicted, and doubts are said."""

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from spinlens import energy, get_system, magnetization, order_parameter, sample
from spinlens.cli import main

PREDICTED = ("energy_per_site", "order_parameter")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, list[dict], list[str]]:
    """(exit code, JSON lines, lines of stderr) of the command in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["spinlens", "predict", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), [json.loads(line) for line in out.splitlines()], _told(err)


def _told(err: str) -> list[str]:
    """The lines of stderr, less the one that the first test of a process may cause."""
    return [line for line in err.splitlines() if line != "loading the network library"]


def test_measured_numbers_stand_in_every_line(capsys, tmp_path: Path) -> None:
    """Breaks when energy or order of the spins is missing, a total, of another snapshot or under another name than the
    prediction, or good ones get a warning."""
    system = get_system("ising-antiferro", 50)
    spins = sample(system, [1.5, 2.3, 3.0], seed=1).spins
    np.save(tmp_path / "spins.npy", spins)
    code, lines, err = run(capsys, "spin-vit", tmp_path / "spins.npy", "--system", "ising-antiferro", "--size", 50)
    assert (code, err) == (0, [])
    for k, line in enumerate(lines):
        assert line["measured"] == pytest.approx(
            {
                "energy_per_site": energy(system, spins[k]) / 2500,
                "magnetization": float(magnetization(system, spins[k])),
                "order_parameter": float(order_parameter(system, spins[k])),
            },
            abs=1e-6,
        )
        assert line["warnings"] == []
        assert line.keys() == {"file", "class", "probabilities", "temperature", *PREDICTED, "measured", "warnings"}
        for key in PREDICTED:  # the same word, the same number: within 8 of its deviations, or there is a warning
            assert abs(line[key]["value"] - line["measured"][key]) <= 8 * line[key]["std"]


def test_the_wrong_system_is_said_once_a_kind(capsys, tmp_path: Path) -> None:
    """Breaks when a ferromagnet is read as an antiferromagnet without a word, when each snapshot fills the terminal, or
    when the reason is missing in the JSON."""
    np.save(tmp_path / "spins.npy", sample(get_system("ising-periodic", 50), [1.5, 2.3, 3.0], seed=1).spins)
    code, lines, err = run(capsys, "spin-vit", tmp_path / "spins.npy", "--system", "ising-antiferro", "--size", "50x50")
    assert code == 0
    assert [line.split(":")[1].strip() for line in err] == ["range", "energy", "order"]
    assert all("3 of 3 snapshots" in line for line in err)
    assert all("at no temperature of ising-antiferro" in line["warnings"][0] for line in lines)


def test_rectangles_and_odd_names_are_read(capsys, tmp_path: Path) -> None:
    """Breaks when --size takes squares only, or the name of a file with a doubt is read as markup or not printable."""
    (tmp_path / "[").mkdir()
    name = os.fsdecode(os.fsencode(tmp_path) + b"/[/x]\xff.npy")
    np.save(name, sample(get_system("ising-periodic", (50, 70)), [np.inf], seed=1).spins)
    code, lines, err = run(capsys, "spin-vit", name, "--system", "ising-periodic", "--size", "50x70")
    assert (code, len(lines)) == (0, 1)
    assert any("[/x]" in line and ".npy" in line for line in err)
