"""Imports that were cut run by run: their order of time is kept, and `check` judges them by it."""

import json
from pathlib import Path

import numpy as np
import pytest

from spinlens.data.checks.check import check
from spinlens.data.checks.equilibrium import equilibrium, judge
from spinlens.data.checks.findings import Finding
from spinlens.data.checks.order import read_order, write_order
from spinlens.data.formats.export import export
from spinlens.data.formats.imports import import_dataset
from spinlens.data.read import read_columns
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.updaters.bits import update_metropolis
from spinlens.physics.catalogue import get_system
from spinlens.physics.systems import energy

SIZE_8 = {"system": {"name": "ising-periodic", "size": 8}}
SYSTEM = get_system("ising-periodic", 8)
GRID = np.array([3.5, 2.5, 2.2, 1.6, 0.8])
ROWS = 100  # of a run


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray, np.ndarray]:
    """(file, spins, temperature): one chain that cools, every sweep a row."""
    temperature, rng = np.repeat(GRID, ROWS), np.random.default_rng(1)
    spins = Equilibrium().run(SYSTEM, temperature[:1], rng)
    rows = []
    for t in temperature:
        update_metropolis(SYSTEM, spins, np.array([t]), 1, rng)
        rows.append(spins.reshape(8, 8).copy())
    path = tmp_path_factory.mktemp("source") / "own.npz"
    np.savez(path, spins=np.stack(rows), temperature=temperature)
    return path, np.stack(rows), temperature


def finding(folder: Path, name: str) -> Finding:
    return next(one for one in check(folder) if one.name == name)


def test_rows_are_judged_in_the_order_of_time(source: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path) -> None:
    """Breaks when groups hold the rows split by split: the same series then has another correlation time and p."""
    path, spins, temperature = source
    out = import_dataset(path, parse_recipe(SIZE_8 | {"seed": 5}), tmp_path / "data")
    energies = energy(SYSTEM, spins)
    row, t, e, split = read_columns(out, "row", "temperature", "energy", "split")
    assert sorted(row) == list(range(len(row)))
    np.testing.assert_array_equal(t, temperature[row])
    np.testing.assert_array_equal(e, energies[row])
    assert (np.diff(row[split == 0]) > 0).all()
    assert equilibrium(out) == judge(SYSTEM, temperature, energies, np.zeros(len(energies), int), 5)


def test_an_import_passes_the_check_of_independence(
    source: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    """Breaks when a file that is cut by the rule of `import` fails `check`, or the line does not say how it was cut."""
    out = import_dataset(source[0], parse_recipe(SIZE_8), tmp_path / "data")
    found = finding(out, "independence")
    assert found.ok is None
    expected = "each of 5 runs of one temperature (5 temperatures) cut in the order of time"
    assert found.detail == f"not judged: taken for one chain a file; {expected}"


def test_rows_that_are_not_independent_are_named(source: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path) -> None:
    """Breaks when the energies of one slow chain, imported as independent, fail for equilibrium alone.

    100 times one state at equilibrium: each may be, all of them as independent draws cannot.
    """
    spins = source[1][np.repeat(np.arange(0, 5 * ROWS, ROWS), ROWS)]
    np.savez(tmp_path / "copies.npz", spins=spins, temperature=source[2])
    out = import_dataset(tmp_path / "copies.npz", parse_recipe(SIZE_8), tmp_path / "data", independent=True)
    found = equilibrium(out)
    assert found.ok is False
    assert found.detail.endswith("; or the snapshots, imported as independent, are not")


def test_an_order_that_is_lost_gives_no_verdict(source: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path) -> None:
    """Breaks when rows of one chain in several splits are judged as if they followed each other."""
    out = import_dataset(source[0], parse_recipe(SIZE_8), tmp_path / "data")
    again = import_dataset(export(out, tmp_path / "out.npz", "npz"), parse_recipe(SIZE_8), tmp_path / "again")
    found = equilibrium(again)
    assert found == Finding("equilibrium", None, "the order of time is lost: chains lie in more than one split")


@pytest.mark.parametrize(
    "order", ["train 1", "", 3, None, "train 300, validation 100, test 100, train 0", "nobody 500"]
)
def test_a_damaged_order_is_refused(order: object, source: tuple[Path, np.ndarray, np.ndarray], tmp_path: Path) -> None:
    """Breaks when an order of other rows is a traceback, or is taken for one."""
    out = import_dataset(source[0], parse_recipe(SIZE_8), tmp_path / "data")
    manifest = json.loads((out / "manifest.json").read_text())
    manifest["imported"]["order"] = order
    (out / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match="order of"):
        equilibrium(out)


def test_orders_are_written_and_read() -> None:
    """Breaks when a piece is lost, or a row gets the place of another split."""
    split = np.array([0, 0, 1, 2, 2, 1, 0])
    assert write_order(split) == "train 2, validation 1, test 2, validation 1, train 1"
    assert [rows.tolist() for rows in read_order(write_order(split), [3, 2, 2], "here")] == [[0, 1, 6], [2, 5], [3, 4]]
