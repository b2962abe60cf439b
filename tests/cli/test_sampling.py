"""What `sample` writes: arrays, a sheet, a folder of pictures, a GIF; and that it overwrites nothing."""

import csv
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from calls import run
from spinlens.data.formats.colours import DOWN_COLOUR, UP_COLOUR
from spinlens.data.render import from_image
from spinlens.errors import InputError
from spinlens.montecarlo.film import film
from spinlens.montecarlo.protocols import get_protocol
from spinlens.physics.catalogue import get_system
from spinlens.physics.order import magnetization
from spinlens.physics.systems import energy

LINE = "sample ising-skewed --size 6x8 --temperatures 0.5,inf --count 3 --seed 5 --out"


@pytest.fixture
def arrays(capsys: Any, tmp_path: Path) -> Any:
    """What LINE writes as arrays."""
    code, out, _ = run(capsys, *LINE.split(), tmp_path / "a.npz")
    assert (code, "3 snapshots at each of 2 temperatures from 0.5 to inf" in out) == (0, True)
    with np.load(tmp_path / "a.npz") as loaded:
        return dict(loaded)


def test_arrays_hold_count_snapshots_of_each_temperature(arrays: Any, capsys: Any, tmp_path: Path) -> None:
    """Breaks when a temperature is lost, or energy (total) and magnetization (per spin) are not those of the spins."""
    system = get_system("ising-skewed", (6, 8))
    assert arrays["temperature"].tolist() == [0.5] * 3 + [np.inf] * 3
    assert arrays["energy"].tolist() == energy(system, arrays["spins"]).tolist()
    assert arrays["magnetization"].tolist() == magnetization(system, arrays["spins"]).tolist()
    line = ("sample", "ising-skewed", "--size", 4, "--temperature", 0.5, "--count", 3, "--out", tmp_path / "one.npz")
    assert run(capsys, *line)[0] == 0
    with np.load(tmp_path / "one.npz") as single:
        assert single["temperature"].tolist() == [0.5] * 3, "another name of the same option"


def test_a_folder_of_pictures_reads_back(arrays: Any, capsys: Any, tmp_path: Path) -> None:
    """Breaks when a picture is not its snapshot, or metadata.csv says another temperature, energy or magnetization."""
    assert run(capsys, *LINE.split(), tmp_path / "folder")[0] == 0
    with open(tmp_path / "folder" / "metadata.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["file_name"] for row in rows] == [f"{k:06d}.png" for k in range(6)]
    for key in ("temperature", "energy", "magnetization"):
        assert [float(row[key]) for row in rows] == arrays[key].tolist()
    system = get_system("ising-skewed", (6, 8))
    for row, spins in zip(rows, arrays["spins"], strict=True):
        with Image.open(tmp_path / "folder" / row["file_name"]) as image:
            assert (from_image(image, system) == spins).all()


def blocks(image: Image.Image, spins: Any) -> list[tuple[int, int]]:
    """(x, y) of the corners at which a picture shows the snapshot, every spin a block of one colour."""
    colours = np.asarray(image.convert("RGB")).astype(int)
    up, down = ((colours == colour).all(2) for colour in (UP_COLOUR, DOWN_COLOUR))
    pixels = np.where(up, 1, np.where(down, -1, 0))
    scale = 16  # 128 pixels for the 8 columns
    wanted = spins.repeat(scale, 0).repeat(scale, 1)
    m, n = wanted.shape
    places = np.argwhere(pixels[: len(pixels) - m + 1, : len(pixels[0]) - n + 1] == wanted[0, 0])
    return [(int(x), int(y)) for y, x in places if (pixels[y : y + m, x : x + n] == wanted).all()]


def test_the_sheet_shows_every_snapshot_in_its_row(arrays: Any, capsys: Any, tmp_path: Path) -> None:
    """Breaks when a snapshot is missing from the sheet, turned, in other colours, or in another temperature's row."""
    assert run(capsys, *LINE.split(), tmp_path / "sheet.png")[0] == 0
    with Image.open(tmp_path / "sheet.png") as image:
        places = [blocks(image, spins) for spins in arrays["spins"]]
    assert all(places), "each is there"
    rows = [{y for _, y in place} for place in places]
    assert rows[0] & rows[1] & rows[2]
    assert rows[3] == rows[4] == rows[5]
    assert min(rows[3]) > max(rows[0])
    single = "sample ising-skewed --size 6x8 --temperatures inf --count 5 --out"
    assert run(capsys, *single.split(), tmp_path / "square.png")[0] == 0
    with Image.open(tmp_path / "square.png") as image:
        assert image.width > 3 * 8 * 16, "three columns, two rows"
        assert image.height < 3 * 6 * 16


@pytest.mark.parametrize("protocol", ["quench", "anneal", "equilibrium"])
def test_the_gif_shows_the_run(protocol: str, capsys: Any, tmp_path: Path) -> None:
    """Breaks when frames are lost or out of order, or show other states than the film's."""
    options = f"--size 6x8 --temperatures 3.9 --protocol {protocol} --count 9 --sweeps 24 --seed 5"
    code, out, _ = run(capsys, "sample", "ising-skewed", *options.split(), "--out", tmp_path / "run.gif")
    assert (code, "9 frames" in out) == (0, True)
    shown = film(get_system("ising-skewed", (6, 8)), 3.9, get_protocol(protocol, 24), 9, 5)
    with Image.open(tmp_path / "run.gif") as image:
        assert image.n_frames == 9  # type: ignore[attr-defined]
        for k, spins in enumerate(shown.spins):
            image.seek(k)
            assert blocks(image, spins)


def test_frames_are_at_equal_distances_in_the_protocol() -> None:
    """Breaks when a quench does not end with its last sweep, or an annealing above its temperature."""
    system = get_system("ising-periodic", 4)
    quench = film(system, 2.0, get_protocol("quench", 100), 5)
    assert (quench.sweep.tolist(), set(quench.temperature.tolist())) == ([0, 25, 50, 75, 100], {2.0})
    anneal = film(system, 3.955, get_protocol("anneal", 7), 4)  # 4.00, 3.99, 3.98, 3.97, 3.96 and 3.955
    assert anneal.sweep.tolist() == [0, 14, 28, 42]
    assert anneal.temperature.tolist() == pytest.approx([4.0, 3.99, 3.97, 3.955])
    settled = film(system, 2.0, get_protocol("equilibrium"))
    assert settled.sweep.tolist() == list(range(100))
    again = film(system, 2.0, get_protocol("equilibrium"), 40)
    assert (again.spins == settled.spins[:40]).all(), "a function of its arguments"
    for bad in (1, 0, -3, 10**6, True, 2.5):
        with pytest.raises(InputError, match="count must be an integer from 2 to"):
            film(system, 2.0, get_protocol("equilibrium"), bad)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="from 2 to 6"):
        film(system, 2.0, get_protocol("quench", 5), 7)


def test_a_settled_film_is_at_equilibrium() -> None:
    """Breaks when frames do not follow Boltzmann: the mean energy of 2 x 2 at T = 4, four standard errors.

    E = -8, 0, 8 with 2, 12, 2 states: <E> = -16 sinh(2) 2 / (4 cosh(2) + 12). Errors from 50 blocks of 100 frames,
    many relaxation times each.
    """
    system = get_system("ising-periodic", 2)
    found = film(system, 4.0, get_protocol("equilibrium"), 5000, seed=3)
    blocks = energy(system, found.spins).reshape(50, 100).mean(1)
    exact = -8 * 4 * np.sinh(2) / (4 * np.cosh(2) + 12)
    assert abs(blocks.mean() - exact) < 4 * blocks.std(ddof=1) / 50**0.5


@pytest.mark.parametrize("name", ["a.npz", "a.png", "a.gif", "folder"])
def test_nothing_is_overwritten(name: str, capsys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Breaks when a result replaces what is there, or that is found out after the simulation."""
    out = tmp_path / name
    line = ("sample", "ising-periodic", "--size", 4, "--temperatures", "inf", "--count", 2, "--out", out)
    assert run(capsys, *line)[0] == 0
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    monkeypatch.setattr("spinlens.cli.sampling.read_source", lambda *_: pytest.fail("went on"))
    code, _, err = run(capsys, *line)
    assert (code, f"out must be a new or empty {'folder' if name == 'folder' else 'file'}" in err) == (2, True)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "out", ["/proc/x.npz", "/proc/x/y.png", "/proc/folder", "{0}/file/a.npz", "{0}/a.jpg", "{0}/p.npz", "{0}/l.npz"]
)
def test_what_cannot_be_written_is_known_before_the_simulation(
    out: str, capsys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """Breaks when a read-only disk, a file for a folder, a foreign ending, a pipe or a dead link is found out late."""
    (tmp_path / "file").write_text("x")
    os.mkfifo(tmp_path / "p.npz")
    (tmp_path / "l.npz").symlink_to(tmp_path / "missing")
    monkeypatch.setattr("spinlens.cli.sampling.read_source", lambda *_: pytest.fail("went on"))
    code, _, err = run(capsys, "sample", "ising-periodic", "--out", out.format(tmp_path))
    assert (code, err.count("\n"), err.startswith("error: out must be")) == (2, 1, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "l.npz", "p.npz"]


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ("--temperatures 1,2 --out a.gif", "temperatures"),
        ("--count 1 --out a.gif", "count"),
        ("--count 0 --out a", "count"),
        ("--count 999999999 --out a", "count"),
        ("--count 60000 --size 4 --out a.png", "out (pixels)"),
    ],
)
def test_requests_that_no_picture_can_meet(
    options: str, field: str, capsys: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    """Breaks when a film of two temperatures, of one frame, or a sheet of gigabytes is begun."""
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "sample", "ising-periodic", *options.split())
    assert (code, err.count("\n"), err.startswith(f"error: {field} must be")) == (2, 1, True)
    assert not list(tmp_path.iterdir())
