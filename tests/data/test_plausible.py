"""Imports that cannot be what they are called are named: the sign and the unit of J, the length of the rows."""

import warnings
from pathlib import Path

import numpy as np
import pytest

from calls import run
from spinlens import get_system, sample
from spinlens.data.formats.imported import Imported
from spinlens.data.formats.plausible import doubt_temperatures
from spinlens.physics.systems import System

TEMPERATURES = np.repeat([0.5, 1.5, 2.0, 2.2, 2.4, 3.0, 3.9], 8)


def doubts(true: System, called: System) -> list[str]:
    batch = sample(true, TEMPERATURES, seed=2)
    spins = batch.spins.reshape(-1, *called.lattice.shape)
    names = [f"row {k}" for k in range(len(spins))]
    found = Imported(spins, TEMPERATURES, names, np.zeros(len(spins), np.int64))
    return doubt_temperatures(found, TEMPERATURES, called)


@pytest.mark.parametrize(
    "name", ["ising-periodic", "ising-antiferro", "ising-antiperiodic", "ising-skewed-frame", "ising-open"]
)
def test_snapshots_of_the_system_raise_no_doubt(name: str) -> None:
    """Breaks when snapshots at equilibrium are called those of another system: once in 10^4 imports at most."""
    assert doubts(get_system(name, (24, 36)), get_system(name, (24, 36))) == []
    assert doubts(get_system(name, 16, J=2.0, B=0.3), get_system(name, 16, J=2.0, B=0.3)) == []


def test_another_sign_of_j_is_named() -> None:
    """Breaks when a ferromagnet is imported as an antiferromagnet, whose energies it turns over, without a word."""
    (line,) = doubts(get_system("ising-periodic", 24), get_system("ising-antiferro", 24))
    assert line.startswith("56 of 56 snapshots are not of ising-antiferro at their temperature: row 0 at T = 0.5")
    assert "; --J 1 fits the spins at these temperatures (estimate " in line


def test_another_unit_of_j_is_named() -> None:
    """Breaks when temperatures of J = 2 are taken for those of J = 1, or the J that fits is not found."""
    (line,) = doubts(get_system("ising-periodic", 24, J=2.0), get_system("ising-periodic", 24))
    assert "its spins allow T from" in line
    assert "; --J 2 fits the spins at these temperatures (estimate " in line
    (line,) = doubts(get_system("ising-periodic", 24, J=-2.0), get_system("ising-periodic", 24))
    assert "; --J -2 fits the spins at these temperatures (estimate " in line


def test_no_j_is_advised_for_exchanged_temperatures() -> None:
    """Breaks when snapshots whose temperatures stand in the reverse order are said to be those of another J."""
    system = get_system("ising-periodic", 24)
    spins = sample(system, TEMPERATURES, seed=2).spins[::-1]
    found = Imported(spins, TEMPERATURES, [f"row {k}" for k in range(len(spins))], np.zeros(len(spins), np.int64))
    (line,) = doubt_temperatures(found, TEMPERATURES, system)
    assert line.endswith("; another J, boundary or length of the rows, or not at equilibrium?")


def test_another_length_of_rows_is_named() -> None:
    """Breaks when rows of 36 are cut after 24, and neighbours in a column are spins that were far apart."""
    (line,) = doubts(get_system("ising-periodic", (24, 36)), get_system("ising-periodic", (36, 24)))
    assert line.endswith("; rows of 36 fit: --size 24x36, with --flat")


@pytest.fixture(scope="module")
def flat_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("flat") / "a.npz"
    batch = sample(get_system("ising-periodic", (24, 36)), TEMPERATURES, seed=2)
    np.savez(path, spins=batch.spins.reshape(len(TEMPERATURES), -1), temperature=TEMPERATURES)
    return path


def test_import_says_what_it_found(flat_file: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Breaks when counts, temperatures, classes, the split or its rule are missing, or another system passes."""
    arguments = ("import", flat_file, "ising-periodic", "--flat", "--out")
    code, out, err = run(capsys, *arguments, tmp_path / "good", "--size", "24x36")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"{tmp_path / 'good'}: 56 snapshots at 7 temperatures from 0.5 to 3.9"
    cells = [line.split() for line in lines]
    assert ["class", "from", "T", "to", "T", "train", "validation", "test"] in cells
    assert [sum(map(int, row[3:])) for row in cells if row and row[0].endswith("CR")] == [8, 16, 8, 24]
    assert any(
        line.startswith("split: taken for one chain a file; each of 7 runs of one temperature") for line in lines
    )
    assert lines[-3] == "Next:"
    code, _, err = run(capsys, *arguments, tmp_path / "wrong", "--size", "36x24", "--J", -1)
    assert code == 0
    assert "snapshots are not of ising-periodic(J=-1.0) at their temperature" in err


def test_classes_that_do_not_fit_name_the_remedy(flat_file: Path, tmp_path: Path, capsys) -> None:
    """Breaks when the range that was found, the edges or the way to other classes is missing."""
    recipe = tmp_path / "r.toml"
    for edges, found in (("0, 1, 2, 3", "temperature must be from 0 to 3"), ("0, 1, 1.1, 4", "class b must be large")):
        recipe.write_text(
            'system = { name = "ising-periodic", size = [24, 36] }\n'
            f'classes = {{ names = ["a", "b", "c"], edges = [{edges}] }}\n'
            "counts = { train = [1, 1, 1], validation = [1, 1, 1], test = [1, 1, 1] }\n"
        )
        code, _, err = run(capsys, "import", flat_file, recipe, "--flat", "--out", tmp_path / "x")
        assert code == 2
        assert found in err
        assert f"the snapshots have T from 0.5 to 3.9, the classes the edges {edges}; a recipe" in err
        assert not (tmp_path / "x").exists()


def test_one_snapshot_at_the_limits() -> None:
    """Breaks when T = 0 and T = infinity, whose intervals have no inner ends, are taken for impossible."""
    system, spins = get_system("ising-periodic", 20), np.ones((1, 20, 20), np.int8)
    hot = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (1, 20, 20))
    for one, temperature, odd in ((spins, 0.0, 0), (spins, np.inf, 1), (hot, np.inf, 0), (hot, 0.0, 1)):
        found = Imported(one, np.array([temperature]), ["a"], np.zeros(1, np.int64))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert len(doubt_temperatures(found, np.array([temperature]), system)) == odd
