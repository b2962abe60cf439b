"""The cache of densities of states: what a file must be to be believed, and caches that cannot be used."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from spinlens import exact, get_system
from spinlens.physics.exact import cache

SYSTEM = get_system("ising-periodic", (34, 32))


def density() -> np.ndarray:
    """ln g, not from memory."""
    exact._known.clear()
    return exact.density_of_states(SYSTEM)[1]


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> tuple[np.ndarray, bytes]:
    """(ln g, what the file that keeps it holds)."""
    folder = tmp_path_factory.mktemp("densities")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPINLENS_CACHE", str(folder))
        values = density()
    (file,) = folder.iterdir()
    return values, file.read_bytes()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SPINLENS_CACHE", str(tmp_path))
    return tmp_path


def signed(content: bytes) -> bytes:
    return hashlib.sha256(content).digest() + content


def changed(content: bytes, change: Callable[[dict, np.ndarray], None]) -> bytes:
    """A file with a right hash, after a change of its header or its numbers."""
    header, numbers = content[cache.DIGEST :].split(b"\n", 1)
    about, values = json.loads(header), np.frombuffer(numbers).copy()
    change(about, values)
    return signed(json.dumps(about).encode() + b"\n" + values.tobytes())


def one_is_nan(about: dict, values: np.ndarray) -> None:
    values[7] = np.nan


def one_is_infinite(about: dict, values: np.ndarray) -> None:
    values[0] = np.inf


def another_lattice(about: dict, values: np.ndarray) -> None:
    about["rows"], about["columns"] = about["columns"], about["rows"]


def other_seams(about: dict, values: np.ndarray) -> None:
    about["signs"] = [-1, -1]


def another_total(about: dict, values: np.ndarray) -> None:
    values += np.log(2)


CHANGES = (one_is_nan, one_is_infinite, another_lattice, other_seams, another_total)


@pytest.mark.parametrize("change", CHANGES)
def test_files_that_are_something_else_are_computed_again(folder: Path, computed: tuple, change: Callable) -> None:
    """Breaks when a file with a right hash is believed for its name: another system's, or numbers that are no counts
    of 2^sites states in all."""
    values, content = computed
    (folder / cache._path(("torus", 34, 32, 1, 1)).name).write_bytes(changed(content, change))
    np.testing.assert_array_equal(density(), values)


@pytest.mark.parametrize("damage", [lambda c: b"", lambda c: c[:100], lambda c: c + b" ", lambda c: c[:-9] + b"x" * 9])
def test_damaged_files_are_computed_again(folder: Path, computed: tuple, damage: Callable[[bytes], bytes]) -> None:
    """Breaks when a damaged file is believed or ends the program; afterwards the right one is kept."""
    values, content = computed
    file = cache._path(("torus", 34, 32, 1, 1))
    file.write_bytes(damage(content))
    np.testing.assert_array_equal(density(), values)
    assert file.read_bytes() == content


def test_a_whole_file_is_read(folder: Path, computed: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when the cache is never used: with the file there, nothing is computed."""
    values, content = computed
    cache._path(("torus", 34, 32, 1, 1)).write_bytes(content)
    monkeypatch.setattr("spinlens.physics.exact.partition.torus", None)
    np.testing.assert_array_equal(density(), values)


@pytest.mark.parametrize("kind", ["folder", "fifo", "dangling"])
def test_what_is_no_file_is_done_without(folder: Path, computed: tuple, kind: str) -> None:
    """Breaks when something else under the file's name ends the program or is waited for."""
    path = cache._path(("torus", 34, 32, 1, 1))
    make = {"folder": path.mkdir, "fifo": lambda: os.mkfifo(path), "dangling": lambda: path.symlink_to("/none/there")}
    make[kind]()
    np.testing.assert_array_equal(density(), computed[0])
    assert len(list(folder.iterdir())) == 1, "no temporary file is left"


def test_a_cache_that_cannot_be_written_is_done_without(computed, tmp_path, monkeypatch) -> None:
    """Breaks when a cache folder that is a file ends the program."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPINLENS_CACHE", str(tmp_path / "file" / "below"))
    np.testing.assert_array_equal(density(), computed[0])


def test_a_user_without_a_home_needs_no_cache(computed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a missing home ends the program."""

    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for variable in ("SPINLENS_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert cache.cache_folder() is None
    np.testing.assert_array_equal(density(), computed[0])
