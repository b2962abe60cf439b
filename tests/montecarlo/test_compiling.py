"""Kernels kept on disk: damaged files are replaced, and a missing folder is named."""

import importlib.util
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
import pytest

from spinlens.errors import InputError
from spinlens.montecarlo.kernels import compiling

SOURCE = """
from spinlens.montecarlo.kernels.compiling import compiled

@compiled(boundscheck=False)
def twice(number):
    return 2 * number
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
    """A function that imports a kernel as a new process would; its files lie beside it, in __pycache__."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", "")
    (tmp_path / "kernel.py").write_text(SOURCE)

    def load_again() -> Any:
        spec = importlib.util.spec_from_file_location("kernel", tmp_path / "kernel.py")
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module.twice

    return load_again


def reused(kernel: Any) -> bool:
    return sum(kernel.stats.cache_hits.values()) == 1


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("content", [b"", b"\x80", b"no pickle", pickle.dumps("0.0") + b"rest", pickle.dumps(None)])
def test_damaged_files_are_replaced(load: Callable, tmp_path: Path, suffix: str, content: bytes) -> None:
    """Breaks when an empty or damaged file ends the program (or looks like Ctrl-C), or stays there for ever."""
    assert load()(4) == 8
    assert reused_after(load), "an intact file must be used"
    (file,) = (tmp_path / "__pycache__").glob(f"*.{suffix}")
    file.write_bytes(content)
    kernel = load()
    assert kernel(4) == 8
    assert not reused(kernel)
    assert reused_after(load)


def reused_after(load: Callable) -> bool:
    kernel = load()
    kernel(4)
    return reused(kernel)


def test_a_folder_in_the_place_of_an_index_is_done_without(load: Callable, tmp_path: Path) -> None:
    """Breaks when what cannot be read or written ends the program."""
    load()(4)
    (file,) = (tmp_path / "__pycache__").glob("*.nbi")
    file.unlink()
    file.mkdir()
    assert load()(4) == 8


def test_code_that_is_inlined_belongs_to_the_key(load: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when another version's random numbers run on: the kernel's own file is the same, one inlined is not."""
    load()(4)
    monkeypatch.setattr(compiling, "INLINED", ("scalar.py",))
    assert not reused_after(load)


def test_a_missing_folder_is_named(load: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a place without a writable folder ends in Numba's traceback: the one locator left has no folder."""
    monkeypatch.setattr(numba.config, "CACHE_LOCATOR_CLASSES", "UserProvidedCacheLocator")
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    with pytest.raises(InputError, match="NUMBA_CACHE_DIR must be a folder that can be written, got not set"):
        load()
