"""Mask files for `sample` and `measure`: every kind of file, what its values mean, and what is refused."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from calls import run
from spinlens import get_system
from spinlens.data.formats.masks import read_fields, read_held

SYSTEM = get_system("ising-open", (3, 4))
FIELD = np.array([[0.0, 2.5, 0, 0], [0, 0, 0, 0], [-2.5, 0, 0, 0]])
HELD = np.where(FIELD == 0, np.nan, np.sign(FIELD))


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with the masks above in files of every kind."""
    for name, values in (("fields", FIELD), ("held", HELD)):
        np.save(tmp_path / f"{name}.npy", values)
        np.savez(tmp_path / f"{name}.npz", **{name: values})
        lines = [",".join("" if cell != cell else str(cell) for cell in row) for row in values]
        (tmp_path / f"{name}.csv").write_text("\n".join(lines) + "\n")
        colours = np.full((3, 4, 3), 255, np.uint8)
        colours[values > 0], colours[values < 0] = 0, (255, 0, 0)
        Image.fromarray(colours.repeat(5, 0).repeat(5, 1)).save(tmp_path / f"{name}.png")
    return tmp_path


@pytest.mark.parametrize("kind", ["npy", "npz", "csv", "png"])
def test_every_kind_of_file_is_read(kind: str, files: Path) -> None:
    """Breaks when a mask is turned, scaled, or black, red and white stand for anything else than +, - and none."""
    found = read_fields(files / f"fields.{kind}", SYSTEM, 2.5 if kind == "png" else 1.0)
    assert (found == FIELD).all()
    assert np.array_equal(read_held(files / f"held.{kind}", SYSTEM), HELD, equal_nan=True)
    potts = get_system("potts-3-open", (3, 4))
    if kind == "png":
        assert read_held(files / "held.png", potts)[0, 1] == 0, "black is the + pole, colour 0"


def test_commands_take_masks(files: Path, capsys: Any) -> None:
    """Breaks when a mask is not part of what is simulated: at T = 0.1 fields of 25 and held sites rule their sites."""
    line = "sample ising-open --size 3x4 --temperature 0.1 --count 9"
    options = f"--fields {files}/fields.csv --field-strength -10 --held {files}/held.npy"
    for name, given, up in (("a", options, 1), ("b", options.split(" --held")[0], -1)):
        code, out, _ = run(capsys, *line.split(), *given.split(), "--out", files / f"{name}.npz")
        assert (code, "masks=" in out) == (0, True)
        with np.load(files / f"{name}.npz") as arrays:
            assert (arrays["spins"][:, 0, 1] == up).all()
            assert (arrays["spins"][:, 2, 0] == -up).all()
    ramp = "--protocol ramp --from 4 --to 0 --steps 2 --updater kawasaki --start halves"
    code, _, err = run(
        capsys,
        *line.replace(" --temperature 0.1", "").split(),
        *ramp.split(),
        *options.split(),
        "--out",
        files / "r.csv",
    )
    assert code == 0, err
    measured = f"measure ising-open --size 3x4 --temperatures 1,2 --replicas 4 --sweeps 8 --held {files}/held.png"
    assert run(capsys, *measured.split(), "--out", files / "out")[0] == 0
    with open(files / "out" / "observables.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == 2
    quench = "--protocol quench --updater metropolis"
    code, _, err = run(capsys, *line.split(), *quench.split(), *options.split(), "--out", files / "c.npz")
    assert (code, "updater must be one that serves Ising there: weighted" in err) == (2, True)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "1,0\n0,x\n", "line 2 must be a number, or an empty cell, got x"),
        ("a.csv", "1,0\n0\n", "rows of one length"),
        ("a.csv", "1,0\n0,1\n", "(3, 4), that of the lattice"),
        ("a.csv", "", "rows of one length"),
        ("a.csv", "0,0,0,0\n" * 3, "a mask that marks a site"),
        ("a.csv", "inf,0,0,0\n" * 3, "finite fields"),
        ("a.txt", "1", "by its ending"),
        ("a.npz", "1", "a whole NumPy file"),
        ("a.png", "1", "a whole image file"),
        ("missing.npy", None, "No such file"),
    ],
)
def test_files_that_are_no_masks(
    name: str, content: str | None, words: str, capsys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """Breaks when a damaged or foreign file is taken for a mask, or shows a traceback."""
    monkeypatch.chdir(tmp_path)
    if content is not None:
        Path(name).write_text(content)
    code, _, err = run(capsys, "sample", "ising-open", "--size", "3x4", "--fields", name, "--out", "o.npz")
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert not Path("o.npz").exists()


def test_what_values_do_not_mean(capsys: Any, tmp_path: Path) -> None:
    """Breaks when grey, a state that the model lacks, or 0 for a free Ising site is guessed."""
    Image.fromarray(np.full((3, 4, 3), 128, np.uint8)).save(tmp_path / "grey.png")
    np.save(tmp_path / "zeros.npy", np.zeros((3, 4)))
    np.savez(tmp_path / "other.npz", mask=np.zeros((3, 4)))
    np.save(tmp_path / "all.npy", np.ones((3, 4)))
    line = ("sample", "ising-open", "--size", "3x4", "--out", tmp_path / "o.npz")
    for name, words in (
        ("grey.png", "white (none), black (+) and red #ff0000 (-), got the colour #808080"),
        ("zeros.npy", "stands for a site that moves"),
        ("other.npz", "a file with an array held, got arrays mask"),
        ("all.npy", "a mask that leaves a site free"),
    ):
        code, _, err = run(capsys, *line, "--held", tmp_path / name)
        assert (code, words in err) == (2, True), err
    code, _, err = run(capsys, *line, "--field-strength", 2)
    assert (code, "field_strength must be left out without --fields" in err or "field-strength" in err) == (2, True)


def test_recipes_refuse_masks(capsys: Any, tmp_path: Path) -> None:
    """Breaks when a recipe takes a mask that its data set would not record."""
    (tmp_path / "a.toml").write_text('[system]\nname = "ising-open"\nsize = 8\nheld = "mask.npy"\n')
    code, _, err = run(capsys, "build", tmp_path / "a.toml", "--out", tmp_path / "data")
    assert (code, err.count("\n")) == (2, 1), err
    assert "held" in err
