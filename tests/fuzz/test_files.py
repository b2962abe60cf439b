"""Spoilt files: every reader takes them for what they are or refuses them in one line."""

import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import fuzz_arrays
import fuzz_fixtures
import fuzz_folders
import fuzz_predictions
import pytest
from fuzz_harness import MEMORY, Worker, short
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import small_training
from spinlens.learning.training import train

worker = fuzz_fixtures.worker
MAKERS: dict[str, Callable[..., Path]] = {
    "array": fuzz_arrays.make_array,
    "picture": fuzz_arrays.make_picture,
    "simulator": fuzz_arrays.make_simulator,
    "folder": fuzz_folders.make_folder,
    "export": fuzz_folders.make_export,
    "recipe": fuzz_folders.make_recipe,
    "pretraining": fuzz_folders.make_pretraining,
    "dataset": fuzz_folders.make_dataset,
    "weights": fuzz_folders.make_weights,
    "resume": fuzz_folders.make_resume,
    "predictions": fuzz_predictions.make_predictions,
}
FROM = {"export": "data", "dataset": "data", "weights": "run", "resume": "begun"}  # what they spoil a copy of
FEW, MANY = 10, 100  # files of each kind


@pytest.fixture(scope="session")
def sources(
    small_data: Path, finished_run: tuple[Path, Any], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    """A data set, a run, and a training that was interrupted in its third epoch, with its data set and recipe."""
    folder = tmp_path_factory.mktemp("begun") / "begun"
    shutil.copytree(small_data, folder / "data")
    recipe = small_training().model_copy(update={"epochs": 3})
    (folder / "training.json").write_text(recipe.model_dump_json())

    def stop(step: int, steps: int, note: str) -> None:
        if step == steps - 1:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        train(recipe, folder / "data", folder / "run", progress=stop)
    return {"data": small_data, "run": finished_run[0], "begun": folder}


def read_many(kind: str, sources: dict[str, Path], worker: Worker, examples: int) -> list[str]:
    """The faults of readers on so many files of a kind, one for each place."""
    faults: dict[str, str] = {}
    source = [sources[FROM[kind]]] if kind in FROM else []

    @settings(fuzz_fixtures.SETTINGS, max_examples=examples)
    @given(st.integers(0, 2**32))
    def read(seed: int) -> None:
        worker.clear()
        path = MAKERS[kind](worker.new, Random(seed), *source)
        reply = worker.ask_here(kind=kind, path=str(path))
        detail = reply.lost + reply.err if reply.lost else reply.values["detail"]
        much = not reply.lost and reply.values["memory"] > MEMORY
        if much:
            detail = f"{reply.values['memory'] >> 20} MiB; {detail}"
        if reply.lost or much or reply.values["outcome"] == "failed":
            faults.setdefault(where(detail), short(f"{kind}, seed {seed}, {path.name}: {detail[-1500:]}"))

    read()
    return list(faults.values())


def where(detail: str) -> str:
    """What tells one fault from another: the kind of the exception and the last of our lines that it went through."""
    ours = [line.strip() for line in detail.splitlines() if "spinlens/" in line or "fuzz_readers" in line]
    return f"{(ours or [''])[-1]} {(detail.strip().splitlines() or [''])[-1][:30]}"


@pytest.mark.parametrize("kind", MAKERS)
def test_spoilt_files_are_read_right_or_refused(kind: str, sources: dict[str, Path], worker: Worker) -> None:
    """Breaks when a reader raises anything but an InputError of one line, hangs, or gives something invalid."""
    faults = read_many(kind, sources, worker, FEW)
    assert not faults, "\n".join(faults)


@pytest.mark.slow
@pytest.mark.parametrize("kind", MAKERS)
def test_very_many_spoilt_files_are_read_right_or_refused(kind: str, sources: dict[str, Path], worker: Worker) -> None:
    """As above, more than 1000 files over all kinds."""
    faults = read_many(kind, sources, worker, MANY)
    assert not faults, "\n".join(faults)
