"""What `export` writes comes back by `import` with its splits, labels and chains, in every format."""

import csv
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from spinlens.cli import main
from spinlens.data.build import build
from spinlens.data.formats.export import export
from spinlens.data.formats.imports import import_dataset
from spinlens.data.read import read_manifest, read_recipe, read_split
from spinlens.data.recipe import SPLITS, parse_recipe
from spinlens.errors import InputError

FORMATS = {"npz": "data.npz", "hdf5": "data.h5", "images": "images"}
COLUMNS = ("spins", "label", "temperature", "energy", "chain")
SIZE_8 = {"system": {"name": "ising-periodic", "size": 8}}


def exported(data: Path, folder: Path, format: str) -> Path:
    if format == "hdf5":
        pytest.importorskip("h5py")
    return export(data, folder / FORMATS[format], format)


def same_data(one: Path, other: Path) -> None:
    for split in SPLITS:
        first, second = read_split(one, split), read_split(other, split)
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("format", FORMATS)
def test_splits_labels_and_chains_come_back(format: str, small_data: Path, tmp_path: Path) -> None:
    """Breaks when test images land in train, chains are renumbered, or the data are called built at equilibrium."""
    path = exported(small_data, tmp_path, format)
    data = import_dataset(path, parse_recipe(SIZE_8), tmp_path / "again")
    same_data(small_data, data)
    recipe, original = read_recipe(data), read_recipe(small_data)
    assert recipe == original.model_copy(update={"protocol": "imported"})
    assert parse_recipe(read_manifest(data)["imported"]["exported"]) == original
    once_more = import_dataset(exported(data, tmp_path / "b", format), parse_recipe(SIZE_8), tmp_path / "more")
    same_data(small_data, once_more)


@pytest.mark.parametrize("format", FORMATS)
def test_shared_chains_and_other_classes_come_back(format: str, tmp_path: Path) -> None:
    """Breaks when chains of many images fall apart, or the file's classes give way to the paper's unasked."""
    classes = {"names": ["cold", "hot"], "edges": [1.0, 2.0, 4.0], "step": 0.5}
    counts = dict.fromkeys(SPLITS, (4, 6))
    values = {"system": {"name": "ising-antiferro", "size": [6, 8]}, "classes": classes, "counts": counts}
    built = build(parse_recipe(values | {"protocol": "anneal", "sweeps": 1, "seed": 9}), tmp_path / "built")
    assert len(np.unique(read_split(built, "test").chain)) < 10
    bare = parse_recipe({"system": values["system"]})
    data = import_dataset(exported(built, tmp_path, format), bare, tmp_path / "again")
    recipe = read_recipe(data)
    assert recipe.classes.names == ("cold", "hot")
    assert recipe.seed == 9
    for split in SPLITS:
        one, other = read_split(built, split), read_split(data, split)
        for name in COLUMNS:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    others = {"names": ["a", "b"], "edges": [1.0, 3.0, 4.0], "step": 0.5}
    asked = parse_recipe(values | {"classes": others, "seed": 1})
    other = import_dataset(tmp_path / FORMATS[format], asked, tmp_path / "other")
    found = read_split(other, "train")
    np.testing.assert_array_equal(found.label, found.temperature >= 3)
    np.testing.assert_array_equal(found.chain, read_split(built, "train").chain)


@pytest.mark.parametrize("format", FORMATS)
def test_exports_that_do_not_fit(format: str, small_data: Path, tmp_path: Path) -> None:
    """Breaks when another system, or one export among other files, is imported with the splits of the export."""
    path = exported(small_data, tmp_path, format)
    other = parse_recipe({"system": {"name": "ising-antiferro", "size": 8}})
    with pytest.raises(InputError, match="system must be ising-periodic"):
        import_dataset(path, other, tmp_path / "again")
    if format != "images":
        (tmp_path / "both").mkdir()
        shutil.copy(path, tmp_path / "both")
        np.savez(tmp_path / "both" / "own.npz", spins=np.ones((4, 8, 8), np.int8), temperature=np.ones(4))
        with pytest.raises(InputError, match="one export alone"):
            import_dataset(tmp_path / "both", parse_recipe(SIZE_8), tmp_path / "again")
    split_anew = import_dataset(path, parse_recipe(SIZE_8 | {"seed": 4}), tmp_path / "anew", independent=True)
    assert len(read_split(split_anew, "train").label) == 48
    assert len(np.unique(read_split(split_anew, "train").chain)) == 48


@pytest.mark.parametrize("name", ["label", "energy", "chain", "temperature"])
@pytest.mark.parametrize("format", ["npz", "images"])
def test_exports_that_were_tampered_with(name: str, format: str, small_data: Path, tmp_path: Path) -> None:
    """Breaks when a column that contradicts the spins, the temperatures or its own kind is taken as it is."""
    path = exported(small_data, tmp_path, format)
    wrong = {"label": 3, "energy": 1e3, "chain": 0.5, "temperature": -1.0}[name]
    if format == "npz":
        with np.load(path) as file:
            arrays = dict(file)
        column = arrays[f"test_{name}"].astype(float if name == "chain" else arrays[f"test_{name}"].dtype)
        column[0] = wrong
        np.savez(path, **arrays | {f"test_{name}": column})
    else:
        table = path / "test" / "metadata.csv"
        rows = list(csv.DictReader(table.read_text().splitlines()))
        rows[0][name] = str(wrong)
        with open(table, "w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    with pytest.raises(InputError, match=name):
        import_dataset(path, parse_recipe(SIZE_8), tmp_path / "again")
    assert not (tmp_path / "again").exists()


def test_a_recipe_that_is_none(small_data: Path, tmp_path: Path) -> None:
    """Breaks when the recipe of an export is trusted: not JSON, another object, or a recipe of another lattice."""
    with np.load(exported(small_data, tmp_path, "npz")) as file:
        arrays = dict(file)
    other = json.loads(str(arrays["recipe"])) | {"system": {"name": "ising-periodic", "size": 9}}
    for text in ("{", "[" * 100_000, "[]", '{"seed": -1}', json.dumps(other)):
        np.savez(tmp_path / "data.npz", **arrays | {"recipe": np.array(text)})
        with pytest.raises(InputError):
            import_dataset(tmp_path / "data.npz", parse_recipe(SIZE_8), tmp_path / "again")


def test_the_commands(small_data: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when options are not wired, or an export is imported with a warning about colours that it knows."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["spinlens", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        lines = capsys.readouterr().err.splitlines(keepends=True)
        return int(ended.value.code or 0), "".join(line for line in lines if not line.startswith("importing"))

    path = exported(small_data, tmp_path, "images")
    given = ("ising-periodic", "--size", 8, "--out")
    assert run("import", path, *given, tmp_path / "again") == (0, "")
    same_data(small_data, tmp_path / "again")
    test = read_split(small_data, "train")
    np.savez(tmp_path / "own.npz", X=(test.spins.reshape(-1, 64) > 0), T=test.temperature)
    options = ("--array", "X", "--temperature-array", "T", "--values", "0,1", "--flat", "--independent")
    assert run("import", tmp_path / "own.npz", *given, tmp_path / "own", *options) == (0, "")
    shutil.copytree(path / "test", tmp_path / "pictures")
    code, err = run("import", tmp_path / "pictures", *given, tmp_path / "plain", "--up", "lighter", "--independent")
    assert code == 0
    assert err == (
        "warning: #fde725 read as up, #440154 as down in 16 pictures (the lighter counts as up; --up chooses)\n"
    )
    for option, value in (("crop", "1,2,3"), ("crop", "1,2,3,4.5"), ("threshold", "x"), ("values", "1"), ("up", "x")):
        code, err = run("import", path, *given, tmp_path / "bad", f"--{option}", value)
        assert (code, err.count("\n")) == (2, 1)
        assert err.startswith(f"error: {option} must be ")
