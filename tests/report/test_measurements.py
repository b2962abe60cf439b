"""The files and the picture of measurements."""

import csv
import math
import warnings
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from matplotlib.colors import to_hex

from spinlens import Ising, Square, System, exact, get_boundary, get_system
from spinlens.data.recipe import parse_recipe
from spinlens.montecarlo.analysis.measure import Measurement, measure
from spinlens.montecarlo.analysis.series import record
from spinlens.physics.observables import OBSERVABLES
from spinlens.physics.systems import energy
from spinlens.report.measurement_files import SeriesFile, describe_column, join, write_tables
from spinlens.report.measurements import observables_figure
from spinlens.report.style import COLOURS


@pytest.fixture(scope="module")
def two() -> list[Measurement]:
    """An antiferromagnet without a checkerboard at one of its sizes, with an undefined cell in every row."""
    return [measure(get_system("ising-antiferro", size), [0.0, 2.0, 2.5, math.inf], 4, 16) for size in ((3, 4), 4)]


def test_tables_come_back(two: list[Measurement], tmp_path: Path) -> None:
    """Breaks when a table changes on its way through a file, sizes are mixed up, NaN is text, or columns lose what
    they are."""
    names = write_tables(tmp_path, two, {"seed": "5", "system": "ising-antiferro"})
    assert sorted(names) == sorted(path.name for path in tmp_path.iterdir())
    for which in ("observables", "reweighted"):
        expected = join((one.system, getattr(one, which)) for one in two)
        stored = pq.read_table(tmp_path / f"{which}.parquet")
        with open(tmp_path / f"{which}.csv", newline="") as file:
            header, *rows = csv.reader(file)
        assert header == stored.column_names == list(expected)
        for k, (name, column) in enumerate(expected.items()):
            assert np.array_equal(stored[name].to_numpy(), column, equal_nan=True)
            assert np.array_equal([float(row[k] or "nan") for row in rows], column, equal_nan=True)
            about = stored.schema.field(name).metadata
            assert about[b"definition"].decode() == describe_column(name)[0] != ""
            assert about[b"unit"]
        assert stored.schema.metadata[b"seed"] == b"5"
    assert expected["rows"].tolist()[:1] == [3]
    assert "nan" not in (tmp_path / "observables.csv").read_text()
    for name, what in OBSERVABLES.items():
        assert what.definition in describe_column(name)[0]
        assert describe_column(f"{name}_error") == (f"standard error of {name}", what.unit)


def test_raw_series_give_the_observables(tmp_path: Path) -> None:
    """Breaks when a series lands at another temperature, replica or size, or energies are no totals."""
    with SeriesFile(tmp_path / "series.parquet", {"seed": "0"}) as file:
        for size in (4, (4, 6)):
            file.write(record(get_system("ising-antiferro", size), [1.5, 3.0], 3, 10))
    table = pq.read_table(tmp_path / "series.parquet")
    assert table.num_rows == 2 * 2 * 3 * 10
    columns = {name: table[name].to_numpy() for name in table.column_names}
    for size, n in ((4, 4), ((4, 6), 6)):
        expected = measure(get_system("ising-antiferro", size), [1.5, 3.0], 3, 10).observables
        for k, t in enumerate((1.5, 3.0)):
            rows = (columns["columns"] == n) & (columns["temperature"] == t)
            assert columns["total_energy"][rows].mean() / (4 * n) == pytest.approx(expected["energy"][k])
            assert columns["m"][rows].mean() == pytest.approx(expected["magnetization"][k], abs=1e-12)
            assert np.abs(columns["m_s"][rows]).mean() == pytest.approx(expected["staggered_abs_magnetization"][k])
            assert np.bincount(columns["replica"][rows]).tolist() == [10] * 3
    assert set(table.schema.field("total_energy").metadata) == {b"definition", b"unit"}


def test_a_tilde_is_a_name_like_any_other(two: list[Measurement], tmp_path: Path, monkeypatch) -> None:
    """Breaks when pyarrow expands ~ and writes somewhere else."""
    monkeypatch.chdir(tmp_path)
    Path("~").mkdir()
    write_tables(Path("~"), two, {})
    assert pq.read_table(Path("~").absolute() / "observables.parquet").num_rows == 8


def test_the_picture_stands_alone(two: list[Measurement]) -> None:
    """Breaks when a size has no key of its own, a panel no title or unit, or two colours look alike to some eyes."""
    figure = observables_figure(*two)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend[:2] == ["3 x 4", "4 x 4"]
    assert {"simulated, standard errors", "reweighted", "exact, this lattice", "exact, infinite lattice"} <= set(legend)
    assert "ising-antiferro: J = -1, B = 0" in figure.get_suptitle()
    shown = {axes.get_title(): axes for axes in figure.axes if axes.axison}
    absent = {"second-moment correlation length"}  # of the uniform order, which J < 0 does not favour
    assert set(shown) == {one.title for one in OBSERVABLES.values()} - absent
    for axes in shown.values():
        assert axes.get_ylabel()
        assert axes.get_xlabel() == "T, in the same unit as J"
    colours = {to_hex(line.get_color()).upper() for line in shown["energy"].lines}
    assert colours <= set(COLOURS)
    assert len(colours) == 2
    ferromagnet = observables_figure(measure(get_system("ising-periodic", 4), [2.0], 2, 8))
    assert not any("staggered" in axes.get_title() for axes in ferromagnet.axes)


@pytest.mark.parametrize("temperatures", [[0.0], [math.inf], [1e308], [1e-300, 2.0, 1e308], [2e-5, 3.0]])
def test_pictures_of_any_temperatures(temperatures: list[float], tmp_path: Path) -> None:
    """Breaks when an axis over- or underflows, or a panel without a point fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = measure(get_system("ising-periodic", 4), temperatures, 2, 8)
        observables_figure(result).savefig(tmp_path / "picture.png", dpi=40)


def test_exact_curves_in_any_unit() -> None:
    """Breaks when J = 1e-21 is rounded away, T^2 overflows, or C is not the fluctuation of E: 4096 states."""
    for J in (1.0, -1e-21):
        system = System(Ising(J), Square(3, 4), get_boundary("periodic", "periodic"))
        states, t = exact.enumerate_states(system), np.array([0.0, 1.0, 2.5, math.inf]) * abs(J)
        levels = energy(System(Ising(math.copysign(1, J)), system.lattice, system.boundary), states)
        found = [curve(system, t) / system.lattice.sites for curve in (exact.mean_energy, exact.heat_capacity)]
        for k, reduced in enumerate((0.0, 1.0, 2.5, math.inf)):
            p = exact.boltzmann(levels, reduced)
            heat = (p @ levels**2 - (p @ levels) ** 2) / 12 / reduced**2 if reduced else 0.0
            assert found[0][k] == pytest.approx(abs(J) * (p @ levels) / 12, rel=1e-9, abs=1e-12 * abs(J))
            assert found[1][k] == pytest.approx(heat, abs=1e-9)
        assert exact.heat_capacity(system, 1e308) < 1e-9


def test_the_title_names_each_parameter_once() -> None:
    """Breaks when the name of a system with another J brings it along and the title repeats it."""
    result = measure(
        parse_recipe({"system": {"name": "ising-periodic", "size": 4, "J": 2.0}}).system.system(), [4.0], 2, 8
    )
    assert observables_figure(result).get_suptitle() == "ising-periodic: J = 2, B = 0"
