"""`spinlens measure`: sources, sizes, files, tables, notes."""

import csv
import dataclasses
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from calls import run
from spinlens.cli.tables import with_error
from spinlens.montecarlo.analysis import series as engine
from spinlens.physics.observables import OBSERVABLES

QUICK = ("--replicas", 2, "--sweeps", 8)
FILES = ["observables.csv", "observables.parquet", "observables.png", "reweighted.csv", "reweighted.parquet"]


def listed(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_several_sizes_in_a_field(capsys, tmp_path: Path) -> None:
    """Breaks when only the last --size counts, J or B is lost, the table is wider than 80 columns, or an observable is
    printed under another's name."""
    out = tmp_path / "new" / "folder"
    options = [
        "--B",
        "0.05",
        "--size",
        "4",
        "--size",
        "4x6",
        "--size",
        "4x4",
        "--temperatures",
        "4,1:2:0.5",
        "--series",
    ]
    code, text, err = run(capsys, "measure", "ising-periodic", "--out", out, *options, "--replicas", 8, "--sweeps", 100)
    assert code == 0, err
    assert listed(out) == sorted([*FILES, "series.parquet"])
    with open(out / "observables.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    found = [(row["rows"], row["columns"], row["temperature"]) for row in rows]
    grid = ("1.0", "1.5", "2.0", "4.0")
    assert found == [("4", n, t) for n in ("4", "6") for t in grid]
    assert abs(float(rows[3]["magnetization"]) - 0.0496) < 5 * float(rows[3]["magnetization_error"]) < 0.2
    assert abs(float(rows[3]["abs_magnetization"]) - 0.4195) < 5 * float(rows[3]["abs_magnetization_error"]) < 0.2
    assert rows[3]["binder"] == rows[3]["correlation_length"] == ""
    metadata = pq.read_schema(out / "observables.parquet").metadata
    assert (metadata[b"B"], metadata[b"horizontal_edges"], metadata[b"seed"]) == (b"0.05", b"periodic", b"0")
    assert b"binder: given where" in metadata[b"notes"]
    table = text.partition("Brackets")[0]
    assert max(map(len, table.splitlines())) <= 80
    assert {"<m>", "<|m|>", "chi(m)", "chi(|m|)", "<m_s>", "R-hat"} <= set(table.split())
    assert "U(m)" not in table, "an empty column"
    assert "note: binder: given where" in " ".join(err.split())
    assert max(map(len, err.splitlines()[:-1])) <= 80
    assert pq.read_schema(out / "series.parquet").metadata == metadata
    assert pq.read_table(out / "series.parquet").num_rows == 2 * 4 * 8 * 100


def test_recipes_and_units(capsys, tmp_path: Path) -> None:
    """Breaks when a recipe's size, edges or seed are lost, or the default temperatures are not in units of J."""
    recipe = tmp_path / "mine.toml"
    recipe.write_text('seed = 7\nsweeps = 9\n[system]\nname = "ising-open"\nsize = [3, 5]\nJ = -1e-21\n')
    code, text, err = run(capsys, "measure", recipe, "--out", tmp_path / "out", *QUICK)
    assert code == 0, err
    stored = pq.read_table(tmp_path / "out" / "observables.parquet")
    assert np.allclose(stored["temperature"].to_numpy(), np.arange(15, 36) * 1e-22, rtol=1e-12, atol=0)
    assert (stored["energy"].to_numpy() < 0).all()
    assert stored.schema.metadata[b"seed"] == b"7"
    assert "3 x 5" in text
    assert "e-21" in text
    assert "recipe are for build" in " ".join(err.split())


@pytest.mark.parametrize("kind", ["full folder", "file", "read-only"])
def test_a_folder_that_cannot_be_used_stops_before_the_simulation(
    kind: str, capsys, tmp_path: Path, monkeypatch
) -> None:
    """Breaks when results are overwritten, or nowhere to be put once they are there."""
    monkeypatch.setattr(engine, "record", lambda *_, **__: pytest.fail("simulated"))
    out = tmp_path / "out"
    if kind == "file":
        out.touch()
    elif kind == "full folder":
        (out / "sub").mkdir(parents=True)
    else:
        out = Path("/proc/measured")
    code, _, err = run(capsys, "measure", "ising-periodic", "--size", 4, "--out", out)
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("error: out must be ")


def test_what_fails_leaves_nothing(capsys, tmp_path: Path, monkeypatch) -> None:
    """Breaks when an interrupted measurement leaves half of its files, and its own folder then refuses the next."""

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("spinlens.report.measurements.observables_figure", stop)
    command = ("measure", "ising-periodic", "--size", 4, "--out", tmp_path / "a" / "b", "--temperatures", 2, *QUICK)
    code, _, _ = run(capsys, *command)
    assert code == 130
    assert listed(tmp_path) == []
    monkeypatch.undo()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert run(capsys, *command)[0] == 0
    assert listed(tmp_path / "a" / "b") == FILES


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ("--size 4 --size 1", "size"),
        ("--size 4x4x4", "size"),
        ("--size 4 --B 1e300", "B"),
        ("--size 4 --J 1e-200", "J"),
        ("--size 4 --temperatures nan", "temperatures"),
        ("--size 4 --replicas 1000000000", "replicas"),
        ("--size 4 --size 4096 --replicas 64", "replicas"),
        ("--size 4 --sweeps 2", "sweeps"),
        ("--size 4 --seed -1", "seed"),
    ],
)
def test_bad_options(options: str, field: str, capsys, tmp_path: Path) -> None:
    """Breaks when one of several sizes is simulated before another is refused, or a folder is left behind."""
    code, _, err = run(capsys, "measure", "ising-periodic", "--out", tmp_path / "out", *options.split())
    assert (code, err.count("\n")) == (2, 1), err
    assert re.match(rf"error: (-*){field}\b", err), err
    assert listed(tmp_path) == []


def test_the_help_has_every_definition(capsys) -> None:
    """Breaks when the help and the table of observables say different things."""
    code, text, _ = run(capsys, "measure", "--help")
    plain = "".join(text.split())
    assert code == 0
    for one in OBSERVABLES.values():
        assert "".join(one.sentence.split()) in plain


def test_chains_that_disagree_are_reported(capsys, tmp_path: Path, monkeypatch) -> None:
    """Breaks when chains that keep the sign of their start, two up and two down, pass in silence."""
    sample = engine.record

    def stuck(*arguments: Any, **more: Any) -> engine.Record:
        found = sample(*arguments, **more)
        signs = np.array([1, 1, -1, -1])[:, None]
        return dataclasses.replace(found, magnetization=np.abs(found.magnetization) * signs)

    command = ("measure", "ising-periodic", "--size", 8, "--temperatures", 1.5, "--replicas", 4, "--sweeps", 50)
    assert "warning" not in run(capsys, *command, "--out", tmp_path / "free")[2]
    monkeypatch.setattr(engine, "record", stuck)
    err = run(capsys, *command, "--out", tmp_path / "stuck")[2]
    assert "warning: ising-periodic, 8 x 8: chains disagree" in err
    assert "at T = 1.5;" in err


def test_values_with_errors() -> None:
    """Breaks when digits and brackets do not belong together."""
    assert with_error(1.40402, 0.0027) == "1.4040(27)"
    assert with_error(-0.5, 0.0996) == "-0.50(10)"
    assert with_error(813.24, 58.3) == "813(58)"
    assert with_error(0.25, 0.0) == "0.25"
    assert with_error(0.25, 1e-17) == "0.25"
    assert with_error(math.nan, 1.0) == ""
    assert with_error(-1.40402e-21, 2.7e-24) == "-1.4040(27)e-21"
    assert with_error(3.2e300, 4e298) == "3.200(40)e+300"


def test_notes_name_the_size_they_are_about(capsys, tmp_path: Path) -> None:
    """Breaks when a note about one of several sizes does not say which, or one about all is printed for each: no
    checkerboard fits on 3 x 3, all sizes lack a staggered correlation length."""
    out = tmp_path / "out"
    options = ("--size", 4, "--size", 3, "--temperatures", "2,3", *QUICK)
    code, _, err = run(capsys, "measure", "ising-periodic", "--out", out, *options)
    text = " ".join(err.split())
    assert code == 0
    assert "note: 3 x 3: staggered_magnetization, " in text
    assert text.count("given for J < 0 only") == 1
    assert "note: staggered_correlation_length: given for J < 0 only" in text
    assert b"3 x 3: staggered_magnetization, " in pq.read_schema(out / "observables.parquet").metadata[b"notes"]


def test_temperatures_given_twice_are_named(capsys, tmp_path: Path) -> None:
    """Breaks when equal temperatures are merged in silence, or different ones are called equal."""
    command = ("measure", "ising-periodic", "--size", 4, *QUICK, "--temperatures")
    _, _, err = run(capsys, *command, "2,1:3:0.5,2.0,4,4", "--out", tmp_path / "a")
    assert "note: temperatures given more than once count once: 2, 4" in err.splitlines()
    _, _, err = run(capsys, *command, "1:3:0.5,4", "--out", tmp_path / "b")
    assert "more than once" not in err
    command = ("sample", "ising-periodic", "--size", 4, "--count", 2, "--temperatures", "2,2")
    _, out, err = run(capsys, *command, "--out", tmp_path / "c.npz")
    assert "2 snapshots at T = 2" in out
    assert "note: temperatures given more than once count once: 2" in err.splitlines()


def test_the_name_of_a_file_is_no_folder(capsys, tmp_path: Path) -> None:
    """Breaks when `--out mh.csv` makes a folder of that name, or `--out T2.5` does not."""
    command = ("measure", "ising-periodic", "--size", 4, "--temperatures", 2, *QUICK, "--out")
    code, _, err = run(capsys, *command, tmp_path / "mh.csv")
    assert (code, err.count("\n")) == (2, 1)
    assert err.startswith("error: out must be a folder, as measure writes several files")
    assert f"--out {tmp_path / 'mh'} " in err
    assert listed(tmp_path) == []
    assert run(capsys, *command, tmp_path / "T2.5")[0] == 0
    assert listed(tmp_path) == ["T2.5"]


def test_what_was_not_seen_is_empty_with_a_note(capsys, tmp_path: Path) -> None:
    """Breaks when 0 +- 0 is printed for a fluctuation too rare to be seen, or a Binder cumulant that is noise.

    4 x 4 at T = 0.3: the first excitation has the weight 32 exp(-8 / 0.3) / 2 = 4e-11, never seen in 16 measurements;
    the exact C / N is of that order and not 0.
    """
    code, out, err = run(
        capsys, "measure", "ising-periodic", "--size", 4, "--temperatures", "0,0.3", *QUICK, "--out", tmp_path / "out"
    )
    text = " ".join(err.split())
    assert code == 0
    with open(tmp_path / "out" / "observables.csv", newline="") as file:
        zero, cold = csv.DictReader(file)
    assert zero["specific_heat"] == "0.0", "its limit at T = 0 is known"
    for name in ("specific_heat", "abs_susceptibility", "staggered_susceptibility", "staggered_binder"):
        assert (cold[name], cold[f"{name}_error"]) == ("", ""), name
    assert "note: specific_heat: empty at T = 0.3, where all measurements have one energy: take more --sweeps" in text
    assert "note: abs_susceptibility: empty at T = 0.3, where |m| is the same in all measurements" in text
    assert max(map(len, out.splitlines())) <= 80 + len(str(tmp_path))
