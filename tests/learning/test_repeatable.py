"""A run is a function of its recipe, its data and its starting weights alone."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from conftest import small_training
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.training import train


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_neither_threads_nor_places_change_a_run(small_data: Path, tmp_path: Path) -> None:
    """Breaks when weights or files depend on the threads that torch has, on where the data lie, or on the clock."""
    runs, before = [], torch.get_num_threads()
    for threads in (1, 2):
        data = Path(shutil.copytree(small_data, tmp_path / str(threads) / "data"))
        torch.set_num_threads(threads)
        try:
            train(small_training(), data, tmp_path / str(threads) / "run")
        finally:
            torch.set_num_threads(before)
        runs.append(files(tmp_path / str(threads) / "run"))
    assert sorted(runs[0]) == sorted(runs[1])
    assert runs[0] == runs[1]


@pytest.mark.slow
def test_threads_of_the_environment_change_nothing(small_data: Path, tmp_path: Path) -> None:
    """Breaks when weights or files depend on OMP_NUM_THREADS, on the command line too: three epochs."""
    runs = {}
    for threads in (1, 2):
        command = [sys.executable, "-m", "spinlens", "train", small_data, "--out", tmp_path / str(threads) / "run"]
        command += ["--model", "spin-vit-scratch", "--epochs", 3, "--learning-rate", 5e-4]
        done = subprocess.run(
            [*map(str, command)],
            env=os.environ | {"OMP_NUM_THREADS": str(threads)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        runs[threads] = files(tmp_path / str(threads) / "run")
    assert sorted(runs[1]) == sorted(runs[2])
    assert runs[1] == runs[2]


def test_threads_that_are_asked_for_are_recorded(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a run with more threads does not say so, passes for one with another number, or leaves them set."""
    before = torch.get_num_threads()
    recipe = small_training().model_copy(update={"threads": 2, "epochs": 1, "labels": 4})
    train(recipe, small_data, tmp_path / "run")
    assert torch.get_num_threads() == before
    for name, key in (("training.json", "recipe"), ("recipe.json", "training")):
        assert json.loads((tmp_path / "run" / name).read_text())[key]["threads"] == 2
    assert TrainingRecipe().threads == 1


def test_no_times_are_kept(finished_run) -> None:
    """Breaks when training.json holds anything that two runs of one recipe have not in common, or lacks the losses."""
    summary = json.loads((finished_run[0] / "training.json").read_text())
    keys = {key for entry in summary["history"] for key in entry}
    assert keys == {"epoch", "step", "loss", "learning_rate", "grad_norm", "eval_loss"}
    assert set(summary) == {"recipe", "data", "processes", "history"}
    assert str(finished_run[0].parent) not in (finished_run[0] / "training.json").read_text()
