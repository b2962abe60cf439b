"""Exports: what other programs read is what the data set holds, and an output is whole or not there."""

import csv
import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from spinlens import energy
from spinlens.cli import main
from spinlens.data.formats import export as module
from spinlens.data.formats.export import COLUMNS, export
from spinlens.data.formats.imports import import_dataset
from spinlens.data.read import read_recipe, read_split
from spinlens.data.recipe import SPLITS, parse_recipe
from spinlens.errors import InputError

NAMES = ("FSbCR", "SbCR", "CR", "SpCR")
FORMATS = {"npz": "data.npz", "hdf5": "data.h5", "images": "images"}


def holds_the_split(found: dict[str, np.ndarray], folder: Path, split: str) -> None:
    expected = read_split(folder, split)
    assert set(found) == {"spins", *COLUMNS}
    assert found["spins"].dtype == np.int8
    for name in ("spins", "label", "temperature", "energy", "chain"):
        np.testing.assert_array_equal(found[name], getattr(expected, name))
    np.testing.assert_allclose(found["magnetization"], expected.spins.mean((1, 2)), atol=1e-12)
    np.testing.assert_allclose(found["energy"], energy(expected.system, found["spins"]))


def test_npz_holds_the_data_set(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a column is missing, shuffled against the spins, or needs unpickling."""
    out = export(small_data, tmp_path / "new" / "data.npz", "npz")
    with np.load(out, allow_pickle=False) as file:
        arrays = dict(file)
    for split in SPLITS:
        holds_the_split({name: arrays.pop(f"{split}_{name}") for name in ("spins", *COLUMNS)}, small_data, split)
    assert arrays.pop("class_names").tolist() == list(NAMES)
    assert parse_recipe(json.loads(str(arrays.pop("recipe")))) == read_recipe(small_data)
    assert not arrays
    assert [p.name for p in out.parent.iterdir()] == ["data.npz"]
    again = export(small_data, tmp_path / "again.npz", "npz")
    assert again.read_bytes() == out.read_bytes()


def test_hdf5_holds_the_data_set(small_data: Path, tmp_path: Path) -> None:
    """Breaks when groups, arrays or attributes are not those of the docstring, or HDF5 fails on the locked file."""
    h5py = pytest.importorskip("h5py")
    out = export(small_data, tmp_path / "data.h5", "hdf5")
    with h5py.File(out) as file:
        assert set(file) == set(SPLITS)
        for split in SPLITS:
            holds_the_split({name: array[()] for name, array in file[split].items()}, small_data, split)
        assert list(file.attrs["class_names"]) == list(NAMES)
        assert parse_recipe(json.loads(file.attrs["recipe"])) == read_recipe(small_data)
    assert [p.name for p in tmp_path.iterdir()] == ["data.h5"]


def test_many_shards_and_blocks_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when rows of several shards are mixed up, or a block of decoded images is lost.

    Image k of 1100 (several shards) spells k in binary, which is found again at chain k.
    """
    monkeypatch.setattr(module, "BLOCK", 100)
    number = np.arange(1100)
    spins = np.full((1100, 8, 8), -1, np.int8)
    spins[:, 0] = 2 * (number[:, None] >> np.arange(8) & 1) - 1
    spins[:, 1] = 2 * (number[:, None] >> np.arange(8, 16) & 1) - 1
    np.savez(tmp_path / "own.npz", spins=spins, temperature=np.linspace(0, 4, 1100))
    classes = {"names": ["cold", "hot"], "edges": [0, 2, 4], "step": 1}
    counts = dict.fromkeys(SPLITS, (1, 1))
    recipe = parse_recipe({"system": {"name": "ising-periodic", "size": 8}, "classes": classes, "counts": counts})
    data = import_dataset(tmp_path / "own.npz", recipe, tmp_path / "data", independent=True)
    assert len(list((data / "data").iterdir())) >= 2 * 3
    formats = {"npz": lambda f, s, n: f[f"{s}_{n}"], "hdf5": lambda f, s, n: f[s][n][()]}
    for format, opener in {"npz": np.load, "hdf5": pytest.importorskip("h5py").File}.items():
        seen = []
        with opener(export(data, tmp_path / FORMATS[format], format)) as file:
            for split in SPLITS:
                found, chain = (formats[format](file, split, name) for name in ("spins", "chain"))
                assert (np.diff(chain) > 0).all()
                np.testing.assert_array_equal(found, spins[chain])
                seen += chain.tolist()
        assert sorted(seen) == list(range(1100))


def test_hugging_face_reads_the_images(small_data: Path, tmp_path: Path) -> None:
    """Breaks when "imagefolder" finds no picture, label or metadata in a split, or other bytes than the stored."""
    import pyarrow.parquet as pq
    from datasets import load_dataset

    out = export(small_data, tmp_path / "images", "images")
    data = load_dataset("imagefolder", data_dir=str(out), cache_dir=str(tmp_path / "cache"))
    assert set(data) == set(SPLITS)
    for split in SPLITS:
        rows, ours = data[split], read_split(small_data, split)
        assert set(rows.column_names) == {"image", *COLUMNS}
        assert rows["label"][:] == ours.label.tolist()
        assert rows["chain"][:] == ours.chain.tolist()
        np.testing.assert_allclose(rows["temperature"][:], ours.temperature, rtol=1e-15)
        np.testing.assert_allclose(rows["energy"][:], ours.energy, rtol=1e-15)
        np.testing.assert_allclose(rows["magnetization"][:], ours.spins.mean((1, 2)), atol=1e-15)
        dark = np.stack([np.asarray(image.convert("L")) < 128 for image in rows["image"]])
        np.testing.assert_array_equal(dark, ours.spins == 1)
        (shard,) = (small_data / "data").glob(f"{split}-*")
        stored = {row["chain"]: row["image"]["bytes"] for row in pq.read_table(shard).to_pylist()}
        with open(out / split / "metadata.csv", newline="") as file:
            for row in csv.DictReader(file):
                content = (out / split / row["file_name"]).read_bytes()
                assert content == stored[int(row["chain"])]
                assert content[24] == 1  # bits a sample, in the PNG's head
                assert row["file_name"].split("/")[0] == NAMES[int(row["label"])]
        assert len(list((out / split).rglob("*.png"))) == len(ours.label)
    assert [p.name for p in tmp_path.iterdir() if p.name != "cache"] == ["images"]
    assert parse_recipe(json.loads((out / "recipe.json").read_text())) == read_recipe(small_data)


def test_class_folders_alone_give_the_labels(small_data: Path, tmp_path: Path) -> None:
    """Breaks when the folders are not the classes: without the metadata, "imagefolder" takes labels from them."""
    from datasets import load_dataset

    out = export(small_data, tmp_path / "images", "images")
    options = {"drop_metadata": True, "drop_labels": False, "cache_dir": str(tmp_path / "cache")}
    for split in SPLITS:
        (out / split / "metadata.csv").unlink()
    data = load_dataset("imagefolder", data_dir=str(out), **options)
    names = data["train"].features["label"].names
    assert sorted(names) == sorted(NAMES)
    counted = np.bincount(data["train"]["label"][:], minlength=4)
    assert dict(zip(names, counted.tolist(), strict=True)) == dict.fromkeys(NAMES, 12)


def test_without_h5py_one_line_says_how_to_get_it(
    small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when the missing extra ends in a traceback, or leaves a file."""
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(InputError, match=r"pip install 'spinlens\[hdf5\]'"):
        export(small_data, tmp_path / "new" / "data.h5", "hdf5")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("format", FORMATS)
def test_what_is_there_is_left_alone(format: str, small_data: Path, tmp_path: Path) -> None:
    """Breaks when an export replaces somebody's work, or refuses an empty place."""
    out = tmp_path / FORMATS[format]
    if format == "images":
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    else:
        out.write_text("mine")
    with pytest.raises(InputError, match="out must be"):
        export(small_data, out, format)
    assert [p.read_text() for p in tmp_path.rglob("*") if p.is_file()] == ["mine"]
    empty = tmp_path / f"empty{out.suffix}"
    empty.mkdir() if format == "images" else empty.touch()
    assert export(small_data, empty, format).exists()


@pytest.mark.parametrize(
    ("name", "format", "field"),
    [("a.npz", "zarr", "format"), ("a.zip", "npz", "out"), ("a.npz", "hdf5", "out"), ("file/a.npz", "npz", "out")],
)
def test_requests_that_cannot_be_met(
    name: str, format: str, field: str | None, small_data: Path, tmp_path: Path
) -> None:
    """Breaks when an unknown format or a misleading file name is accepted, or something is left behind."""
    (tmp_path / "file").touch()
    with pytest.raises(InputError if field else OSError, match=field):
        export(small_data, tmp_path / name, format)
    assert [p.name for p in tmp_path.rglob("*")] == ["file"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_failed_export_leaves_nothing(
    format: str, small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when half an export keeps its name or its temporary files; here reading fails after the first split."""
    whole = module._read_splits

    def half(*arguments: object) -> Iterator[object]:
        yield next(whole(*arguments))
        raise OSError("the disk is gone")

    monkeypatch.setattr(module, "_read_splits", half)
    with pytest.raises(OSError, match="the disk is gone"):
        export(small_data, tmp_path / FORMATS[format], format)
    assert not list(tmp_path.iterdir())


def test_damaged_data_sets_are_not_exported(small_data: Path, tmp_path: Path) -> None:
    """Breaks when an export does not look at the manifest first."""
    data = Path(shutil.copytree(small_data, tmp_path / "data"))
    shard = next((data / "data").glob("test-*"))
    content = bytearray(shard.read_bytes())
    content[50] ^= 1
    shard.write_bytes(content)
    with pytest.raises(InputError, match="damaged"):
        export(data, tmp_path / "out.npz", "npz")
    with pytest.raises(InputError, match="data set"):
        export(tmp_path / "none", tmp_path / "out.npz", "npz")
    assert [p.name for p in tmp_path.iterdir()] == ["data"]


def test_the_command(small_data: Path, tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when `spinlens export` is not wired, or bad input is not one line with exit code 2."""
    for out, code in ((tmp_path / "a.npz", 0), (tmp_path / "a.npz", 2)):
        monkeypatch.setattr(sys, "argv", ["spinlens", "export", str(small_data), "--out", str(out)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert int(ended.value.code or 0) == code
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: out must be ")
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["test_spins"].shape == (16, 8, 8)
