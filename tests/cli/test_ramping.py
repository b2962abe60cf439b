"""`sample` with ramps, updaters and starts by name: what is written, and what is refused."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from calls import run
from spinlens import get_system
from spinlens.data.render import to_image
from spinlens.montecarlo.patterns import Start
from spinlens.montecarlo.ramps import Ramp, Stage, loop_area, record_ramp

LOOP = "sample ising-periodic --size 8 --protocol ramp --vary B --from -2 --to 2 --steps 4 --sweeps 3 --cycles 2"


def test_the_table_of_a_loop(capsys: Any, tmp_path: Path) -> None:
    """Breaks when rows are not the steps, means not those of the replicas, or another area is printed."""
    line = f"{LOOP} --temperature 1.5 --count 6 --seed 4 --out"
    code, out, _ = run(capsys, *line.split(), tmp_path / "a.csv")
    ramp = Ramp((Stage((("B", -2.0, 2.0),), 4, 3),), 2)
    found = record_ramp(get_system("ising-periodic", 8), ramp, 6, 1.5, seed=4)
    with open(tmp_path / "a.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["B"]) for row in rows] == found.values["B"].tolist()
    assert [float(row["T"]) for row in rows] == [1.5] * 17
    assert [int(row["sweep"]) for row in rows] == found.sweep.tolist()
    assert [float(row["magnetization"]) for row in rows] == found.magnetization.mean(1).tolist()
    assert [float(row["energy"]) for row in rows] == (found.energy / 64).mean(1).tolist()
    area = loop_area(found.values["B"][8:], found.magnetization[8:]).mean()
    assert code == 0
    assert f"area of the last loop {area:.1f}"[:24] in out
    assert run(capsys, *line.split(), tmp_path / "a.npz")[0] == 0
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["magnetization"].tolist() == found.magnetization.tolist()
        assert (arrays["spins"] == found.spins).all()


@pytest.mark.parametrize("ending", ["png", "gif"])
def test_pictures_of_a_ramp(ending: str, capsys: Any, tmp_path: Path) -> None:
    """Breaks when a ramp gives no figure, or a film of another number of frames."""
    out = tmp_path / f"a.{ending}"
    assert run(capsys, *LOOP.split(), "--count", 5, "--out", out)[0] == 0
    with Image.open(out) as image:
        assert getattr(image, "n_frames", 1) == (5 if ending == "gif" else 1)


def test_a_cooling_by_exchange_from_a_picture(capsys: Any, tmp_path: Path) -> None:
    """Breaks when a picture is not the start, or exchange does not keep its magnetization."""
    system = get_system("ising-periodic", 8)
    spins = Start("cross", 2)(system, 1, np.random.default_rng(0)).reshape(8, 8)
    to_image(system.model.space, spins, 3).save(tmp_path / "cross.png")
    for up, sign in (("darker", 1), ("lighter", -1)):
        line = f"sample ising-periodic --size 8 --temperature 2.5 --protocol quench --updater kawasaki --up {up}"
        out = tmp_path / f"{up}.npz"
        assert run(capsys, *line.split(), "--start", tmp_path / "cross.png", "--out", out)[0] == 0
        with np.load(out) as arrays:
            assert (arrays["spins"].sum((1, 2)) == sign * spins.sum()).all()
            assert (arrays["spins"] != sign * spins).any()


def test_a_ramp_of_a_recipe(capsys: Any, tmp_path: Path) -> None:
    """Breaks when a ramp of a recipe, or its quench, forgets the recipe's updater and start."""
    text = 'system = {name = "ising-open", size = 8}\nprotocol = "quench"\nsweeps = 3\nupdater = "kawasaki"\n'
    (tmp_path / "a.toml").write_text(text + 'start = "random:0.25"\n')
    for name, options in (("a.npz", "--count 4"), ("b.npz", "--protocol ramp --from 4 --to 1 --steps 3")):
        assert run(capsys, "sample", tmp_path / "a.toml", *options.split(), "--out", tmp_path / name)[0] == 0
        with np.load(tmp_path / name) as arrays:
            assert (arrays["spins"].sum((1, 2)) == -32).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--protocol ramp --from 4", "to must be given with --protocol ramp"),
        ("--protocol ramp --to 4", "from must be given with --protocol ramp"),
        ("--from 4", "from must be left out without --protocol ramp"),
        ("--cycles 0", "cycles must be left out without --protocol ramp"),
        ("--protocol ramp --from 4 --to 0 --temperature 1", "temperatures must be left out where the ramp changes T"),
        ("--protocol ramp --vary B --from 4 --to 0 --temperatures 1,2", "temperatures must be one temperature"),
        ("--protocol ramp --vary X --from 4 --to 0", "vary must be one of T, J, B, got X"),
        ("--protocol ramp --from 4 --to -1", "temperature must be a number from 0"),
        ("--protocol ramp --from nan --to 1", "T must be a finite number"),
        ("--protocol ramp --from 4 --to 0 --updater potts", "updater must be one that serves Ising there"),
        ("--updater kawasaki", "updater must be left out at equilibrium"),
        ("--start halves", "start must be left out at equilibrium"),
        ("--protocol quench --start strips", "did you mean stripes?"),
        ("--protocol quench --start missing.png", "No such file"),
        ("--protocol quench --start halves --up lighter", "up must be left out without a --start that is a picture"),
        ("--protocol quench --start stripes:9", "1 to 8 sites on 8 x 8"),
        ("--protocol ramps", "did you mean ramp?"),
    ],
)
def test_what_does_not_fit_is_refused(
    options: str, words: str, capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when an option is ignored in silence, or a fault shows as a traceback."""
    monkeypatch.chdir(tmp_path)
    code, _, err = run(capsys, "sample", "ising-periodic", "--size", 8, *options.split(), "--out", "a.npz")
    assert (code, err.count("\n")) == (2, 1)
    assert words in err
    assert not list(tmp_path.iterdir())
