"""Folders that hold something else under the names of a data set: one line at once, and nothing changed."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from builds import ended, hashes

from conftest import small_recipe
from spinlens.data.build import build
from spinlens.data.formats.export import export
from spinlens.data.read import read_manifest, read_split, verify
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError

RECIPE = parse_recipe(small_recipe(protocol="quench", sweeps=1))
DEEP = "[" * 100_000


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return build(RECIPE, tmp_path / "data")


def reformat(path: Path) -> None:
    path.write_text(json.dumps(json.loads(path.read_text())))


def replace_by_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


BEGUN: dict[str, tuple[Callable[[Path], object], str]] = {
    "deep": (lambda path: path.write_text(DEEP), "a whole recipe.json"),
    "a list": (lambda path: path.write_text("[]"), "a whole recipe.json"),
    "digits": (lambda path: path.write_text('{"seed": ' + "9" * 5000 + "}"), "a whole recipe.json"),
    "another form": (reformat, "as it was written"),
    "a pipe": (replace_by_pipe, "the recipe of a build"),
    "another seed": (lambda path: path.write_text(path.read_text().replace("3", "4")), "with which"),
}


@pytest.mark.parametrize("case", BEGUN)
def test_a_folder_with_another_recipe_is_left_alone(case: str, data: Path) -> None:
    """Breaks when a recipe.json that is deep, no object, a pipe or reformatted is a traceback, a hang or replaced."""
    change, words = BEGUN[case]
    change(data / "recipe.json")
    before = hashes(data)
    with pytest.raises(InputError, match=words) as error:
        build(RECIPE, data)
    assert "\n" not in str(error.value)
    assert hashes(data) == before


@pytest.mark.parametrize("content", [DEEP, "[]", "3", '{"sha256": 3}', '{"sha256": {"recipe.json": [1]}}'])
def test_a_damaged_manifest_is_written_again(content: str, data: Path) -> None:
    """Breaks when a build takes a manifest that it cannot read for more than none: all is built again, to the bytes."""
    before = hashes(data)
    (data / "manifest.json").write_text(content)
    build(RECIPE, data)
    assert hashes(data) == before


def test_a_manifest_that_is_no_file(data: Path) -> None:
    """Breaks when reading it waits for a writer that never comes."""
    replace_by_pipe(data / "manifest.json")
    with pytest.raises(InputError, match="an undamaged manifest, got no regular file"):
        read_manifest(data)


def test_stray_shards_are_no_part_of_a_data_set(data: Path) -> None:
    """Breaks when `merge` certifies a folder whose further shards `datasets` would read."""
    (data / "data" / "train-00000-of-00007.parquet").write_bytes(b"")
    with pytest.raises(InputError, match=r"train-00000-of-00007\.parquet; remove it"):
        build(RECIPE, data)


@pytest.mark.parametrize("sweeps", [10**23, 2**31, 10**9 + 1, 0, True])
def test_sweeps_without_end_are_refused(sweeps: int) -> None:
    """Breaks when a build of ages begins, or takes another number for it."""
    with pytest.raises(InputError, match="sweeps"):
        parse_recipe(small_recipe(sweeps=sweeps))


def test_a_folder_named_like_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when some library expands "~" by itself: files then lie, or are looked for, in the user's home."""
    (home := tmp_path / "home").mkdir()
    (here := tmp_path / "here").mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    out = build(RECIPE, Path("~") / "data")
    assert (here / "~" / "data" / "manifest.json").is_file()
    assert verify(out) == 5
    assert len(read_split(out, "train").label) == 48
    export(out, Path("~") / "images", "images")
    export(out, Path("~") / "all.npz", "npz")
    assert not list(home.iterdir())
    assert sorted(path.name for path in here.iterdir()) == ["~"]


def test_a_pipe_among_the_shards(data: Path) -> None:
    """Breaks when a shard that is no regular file is waited for."""
    replace_by_pipe(next((data / "data").glob("test-*")))
    done = ended("check", data)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "complete, got no data/test" in done.stderr


def test_check_names_strays_in_any_folder(data: Path) -> None:
    """Breaks when a file beside the shards goes unnamed, or a line of `check` is a traceback."""
    (data / "data" / "notes").mkdir()
    (data / "data" / "notes" / "[bold].txt").write_text("mine")
    done: subprocess.CompletedProcess[str] = ended("check", data)
    assert done.returncode == 1
    assert "FAIL files: files that are not of the data set: data/notes/[bold].txt" in done.stdout
