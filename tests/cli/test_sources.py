"""What a command is about: names, recipe files, sizes, couplings and temperatures."""

import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calls import run
from spinlens.cli.source import parse_size, parse_temperatures, read_source
from spinlens.data.recipe import MAX_RECIPE, load_recipe
from spinlens.errors import InputError

RECIPE = """
protocol = "anneal"
seed = 4
[system]
name = "ising-open"
size = [6, 8]
B = 0.25
[classes]
names = ["cold", "hot"]
edges = [1.0, 2.0, 3.0]
step = 0.25
[counts]
train = [3, 4]
validation = [1, 2]
test = [5, 15]
"""


@pytest.mark.parametrize(
    ("start", "stop", "step", "count"),
    [("1.5", "3.5", "0.05", 41), ("1", "4", "0.05", 61), ("0", "1", "0.1", 11), ("1e-21", "3e-21", "1e-22", 21),
     ("0.1", "0.3", "0.1", 3), ("2", "2", "1", 1), ("0", "1", "0.3", 4), ("1e300", "4e300", "1e300", 4)],
)  # fmt: skip
def test_both_ends_of_a_range_are_included(start: str, stop: str, step: str, count: int) -> None:
    """Breaks when rounding loses the last temperature, adds one beyond it, or moves a point, in any unit."""
    expected = [float(Decimal(start) + k * Decimal(step)) for k in range(count)]
    assert parse_temperatures(f"{start}:{stop}:{step}").tolist() == expected
    assert expected[-1] <= float(stop)


def test_ranges_and_numbers_are_joined_and_sorted() -> None:
    """Breaks when a list loses a part, keeps one temperature twice, or forgets infinity."""
    assert parse_temperatures("inf, 3, 1:2:0.5,1.5").tolist() == [1.0, 1.5, 2.0, 3.0, np.inf]
    zero = parse_temperatures("-0.0")
    assert not np.signbit(zero).any(), "exp(-E / T) at -0 is the wrong limit"


@pytest.mark.parametrize(
    "text",
    ["nan", "-1", "1:2", "1:2:0", "1:2:-1", "2:1:0.5", "1:inf:1", "1:2:1e-9", "1:2:5e-324", "0:1:nan", "x", "1,,2",
     "1;2", "0:1e308:1", "1:2:3:4", ",".join(["1"] * 5000), "1:2:1e-400"],
)  # fmt: skip
def test_bad_temperatures_are_refused(text: str) -> None:
    """Breaks when a list of temperatures that means nothing is taken for something, or fills the memory."""
    with pytest.raises(InputError, match="temperatures must be"):
        parse_temperatures(text)


def test_sizes() -> None:
    """Breaks when 64x96 is not 64 rows and 96 columns, or a size that means nothing is read."""
    assert (parse_size("64"), parse_size("64x96"), parse_size("4X6")) == (64, (64, 96), (4, 6))
    for text in ("", "x", "8x", "x8", "8x8x8", "8.0", "-8", "1e3", "٨", "9" * 5000, "8 x 8", "+8"):
        with pytest.raises(InputError, match="size must be"):
            parse_size(text)


def test_options_change_what_the_file_says(tmp_path: Path) -> None:
    """Breaks when an option loses against the recipe, or resets what it does not name."""
    file = tmp_path / "r.toml"
    file.write_text(RECIPE)
    plain = read_source(str(file))
    assert (plain.system.size, plain.system.B, plain.protocol, plain.seed) == ((6, 8), 0.25, "anneal", 4)
    changed = read_source(str(file), "4x10", J=-2.0, seed=9, protocol=None)
    assert (changed.system.size, changed.system.J, changed.system.B) == ((4, 10), -2.0, 0.25)
    assert (changed.protocol, changed.seed, changed.classes) == ("anneal", 9, plain.classes)
    named = read_source("ising-periodic", "12", B=0.0)
    assert (named.system.name, named.system.size, named.system.B) == ("ising-periodic", 12, 0.0)


@pytest.mark.parametrize("command", ["sample {source} --temperatures 2 --count 1 --out {out}.npz", "ceiling {source}"])
def test_commands_take_a_recipe_and_a_rectangle(command: str, capsys: Any, tmp_path: Path) -> None:
    """Breaks when a command knows names and squares alone."""
    file = tmp_path / "r.toml"
    file.write_text(RECIPE.replace('protocol = "anneal"', ""))
    for source in (str(file), "ising-periodic --size 6x8 --J -1"):
        code, out, err = run(capsys, *command.format(source=source, out=tmp_path / source[-2:]).split())
        assert code == 0, err
        assert ", 6 x 8" in out


def test_the_ceiling_is_that_of_the_recipe(capsys: Any, tmp_path: Path) -> None:
    """Breaks when `ceiling` scores the paper's classes, or other proportions than the recipe's test split.

    By hand for 2 x 2 with bonds counted twice, E = -8 (2 states), 0 (12), 8 (2), T = 1 against T = infinity-like 1e6,
    shares 1 : 3. p(cold, E) = .25 (.9980, .0020, 0), p(hot, E) = .75 (.125, .75, .125): the Bayes classifier calls
    E = -8 cold, the others hot, and no other rule has a greater macro F1.
    """
    (tmp_path / "r.toml").write_text(
        '[system]\nname = "ising-periodic"\nsize = 2\n[classes]\nnames = ["cold", "hot"]\nedges = [1.0, 2.0, 1e6]\n'
        "step = 999999.0\n[counts]\ntrain = [1, 1]\nvalidation = [1, 1]\ntest = [10, 30]\n"
    )
    code, out, _ = run(capsys, "ceiling", tmp_path / "r.toml")
    assert code == 0
    weights = np.array([2, 12, 2]) * np.exp(-np.array([-8.0, 0.0, 8.0]) + -8.0)
    cold, hot = 0.25 * (weights / weights.sum())[0], 0.75 * 14 / 16
    f1 = [2 * a / (a + a + b) for a, b in ((cold, 0.25 - cold + 0.75 - hot), (hot, 0.25 - cold + 0.75 - hot))]
    assert f"ceiling: macro F1 {np.mean(f1):.4f}, accuracy {cold + hot:.4f}\n" in out
    for rule in ("greatest macro F1", "Bayes: greatest accuracy"):
        (line,) = (line for line in out.splitlines() if line.startswith(rule))
        assert line.split()[-4:] == [f"{x:.4f}" for x in (np.mean(f1), cold + hot, *f1)]


def test_no_ceiling_out_of_equilibrium(capsys: Any, tmp_path: Path) -> None:
    """Breaks when data that a quench makes get a ceiling that does not hold for them."""
    (tmp_path / "r.toml").write_text(RECIPE)
    code, _, err = run(capsys, "ceiling", tmp_path / "r.toml")
    assert (code, "protocol must be equilibrium" in err) == (2, True)


def toml(name: str, path: Path) -> None:
    content = {
        "deep": "a=" + "[" * 100_000,
        "long number": "seed=" + "9" * 5000,
        "not TOML": "a = = 1",
        "huge": "#" * (MAX_RECIPE + 1),
        "not UTF-8": "a = '\udcff'",
    }[name]
    path.write_bytes(content.encode(errors="surrogateescape"))


@pytest.mark.parametrize("name", ["deep", "long number", "not TOML", "huge", "not UTF-8"])
def test_bad_recipe_files_are_one_line(name: str, capsys: Any, tmp_path: Path) -> None:
    """Breaks when a recipe that cannot be read ends in a traceback or fills the memory."""
    file = tmp_path / "r.toml"
    toml(name, file)
    code, _, err = run(capsys, "build", file, "--out", tmp_path / "out")
    assert (code, err.count("\n"), err.startswith("error: recipe must be")) == (2, 1, True)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", ["fifo", "device", "folder"])
def test_only_files_are_recipes(kind: str, tmp_path: Path) -> None:
    """Breaks when a pipe without a writer, or a device without an end, is read for ever."""
    file = tmp_path / "r.toml"
    {"fifo": os.mkfifo, "device": lambda path: path.symlink_to("/dev/zero"), "folder": Path.mkdir}[kind](file)
    with pytest.raises(InputError, match="recipe must be a file"):
        load_recipe(file)


def test_a_folder_is_no_source(capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a folder given in place of a system has no hint, or a folder hides the system of its name."""
    monkeypatch.chdir(tmp_path)
    for name in ("mydata", "ising-open"):
        (tmp_path / name).mkdir()
    code, _, err = run(capsys, "sample", "mydata", "--out", "a.npz")
    assert (code, "got mydata; a folder is none of these: name the system" in err) == (2, True)
    assert run(capsys, "sample", "ising-open", "--size", 4, "--count", 1, "--out", "a.npz")[0] == 0


def test_a_recipe_without_its_ending_is_named(capsys: Any, tmp_path: Path) -> None:
    """Breaks when a file that is no .toml is looked up among the systems, and all their names are printed."""
    (tmp_path / "recipe").write_text(RECIPE)
    code, _, err = run(capsys, "build", tmp_path / "recipe", "--out", tmp_path / "out")
    assert (code, "or a recipe, FILE.toml" in err) == (2, True)


def test_what_needs_no_classes_asks_for_none(capsys: Any, tmp_path: Path) -> None:
    """Breaks when `sample` or `measure` refuse a model without a known transition, or `build` labels it in silence."""
    options = ("blume-capel", "--set", "D=0.3", "--size", "4")
    code, out, err = run(capsys, "sample", *options, "--temperatures", "1", "--out", tmp_path / "a.npz")
    assert (code, "blume-capel(D=0.3), 4 x 4" in out) == (0, True), err
    quick = ("--temperatures", "1", "--replicas", "2", "--sweeps", "8")
    assert run(capsys, "measure", *options, *quick, "--out", tmp_path / "m")[0] == 0
    code, _, err = run(capsys, "build", *options, "--out", tmp_path / "d")
    assert (code, "classes.edges must be given" in err) == (2, True)
