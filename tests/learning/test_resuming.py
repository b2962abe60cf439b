"""Runs that go on: resumed equals uninterrupted, and what is no such run is refused."""

import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from conftest import same_weights, sign, small_recipe, small_training
from spinlens.data.build import build
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.training import train

RECIPE = small_training()


class StoppedError(Exception):
    """Stands for a lost machine."""


def stopped_at(last: int, recipe: TrainingRecipe, data: Path, out: Path) -> None:
    """Train until that step, and no further."""

    def stop(step: int, steps: int, note: str) -> None:
        if step == last:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(recipe, data, out, progress=stop)


def test_resumed_training_equals_uninterrupted(finished_run, small_data: Path, tmp_path: Path) -> None:
    """Breaks when weights, optimiser, schedule, order or augmentation are not restored; stopped in epoch 3 of 4."""
    stopped_at(8, RECIPE, small_data, tmp_path / "run")
    seen = []
    resumed = train(RECIPE, small_data, tmp_path / "run", resume=True, progress=lambda step, *_: seen.append(step))
    assert seen == list(range(7, 13)), "went on after the last whole epoch"
    assert same_weights(resumed.model, finished_run[1].model)


def test_patience_is_resumed_too(small_data: Path, tmp_path: Path) -> None:
    """Breaks when the count of epochs without progress starts anew: both runs must stop at the same epoch."""
    unsteady = {"epochs": 12, "learning_rate": 3.0, "warmup": 0.9, "patience": 3}
    recipe = RECIPE.model_copy(update=unsteady)
    steps: list[int] = []
    whole = train(recipe, small_data, tmp_path / "whole", progress=lambda step, *_: steps.append(step))
    assert steps[-1] < 36, "must stop early, or nothing is shown"
    last = steps[-1] - 2  # in the last epoch, with all but one epoch of patience used up
    stopped_at(last, recipe, small_data, tmp_path / "run")
    again: list[int] = []
    resumed = train(recipe, small_data, tmp_path / "run", True, lambda step, *_: again.append(step))
    assert again[-1] == steps[-1]
    assert same_weights(resumed.model, whole.model)


def test_existing_folders_and_other_settings_are_refused(finished_run, small_data: Path) -> None:
    """Breaks when a run is overwritten, or resumed with other settings."""
    with pytest.raises(InputError, match="--resume"):
        train(RECIPE, small_data, finished_run[0])
    with pytest.raises(InputError, match=r"epochs must be 4, with which .*, got 9"):
        train(RECIPE.model_copy(update={"epochs": 9}), small_data, finished_run[0], resume=True)
    with pytest.raises(InputError, match="epochs must be 1 or more"):
        train(RECIPE.model_copy(update={"epochs": 0}), small_data, finished_run[0].parent / "none")
    assert not (finished_run[0].parent / "none").exists()


def test_a_damaged_checkpoint_is_named(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a checkpoint whose optimiser was lost with the power ends in a traceback, or a folder of another name
    is taken for one."""
    stopped_at(8, RECIPE, small_data, tmp_path / "run")
    checkpoint = tmp_path / "run" / "checkpoints" / "checkpoint-6"
    shutil.copytree(checkpoint, checkpoint.with_name("checkpoint-old"))
    (checkpoint / "optimizer.pt").write_bytes(b"")
    sign(checkpoint)  # what is read is checked, too
    with pytest.raises(InputError, match=r"checkpoint must be an undamaged checkpoint .*checkpoint-6; "):
        train(RECIPE, small_data, tmp_path / "run", resume=True)


def test_other_data_are_named_by_their_folder(finished_run, small_data: Path, tmp_path: Path) -> None:
    """Breaks when a run is resumed on other data, or the message shows hashes."""
    other = build(parse_recipe(small_recipe(seed=4)), tmp_path / "other")
    with pytest.raises(InputError, match=r"data must be the one with which \S+ was begun, got \S+/other;"):
        train(RECIPE, other, finished_run[0], resume=True)


def test_a_finished_run_is_not_done_again(finished_run, small_data: Path) -> None:
    """Breaks when --resume on a finished run trains anew, or reads back something else."""
    before = (finished_run[0] / "training.json").stat().st_mtime_ns
    assert same_weights(train(RECIPE, small_data, finished_run[0], resume=True).model, finished_run[1].model)
    assert (finished_run[0] / "training.json").stat().st_mtime_ns == before


@pytest.mark.slow
def test_killed_training_resumes_to_the_same_bytes(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a run that is killed at random moments, SIGKILL, is resumed from half a checkpoint."""
    command = [sys.executable, "-m", "spinlens", "train", small_data, "--model", "spin-vit-scratch", "--epochs", 40]
    subprocess.run([*map(str, command), "--out", str(tmp_path / "whole")], check=True, capture_output=True)
    rng, killed, out = np.random.default_rng(0), 0, tmp_path / "run"
    checkpoints = out / "checkpoints"
    for _ in range(6):
        resume = ["--resume"] if (out / "recipe.json").exists() else []
        before = set(checkpoints.glob("*"))
        process = subprocess.Popen([*map(str, command), "--out", str(out), *resume], stderr=subprocess.DEVNULL)
        while process.poll() is None and set(checkpoints.glob("*")) <= before:
            time.sleep(0.001)
        time.sleep(float(rng.uniform(0, 0.1)))  # while it writes, or in the next steps
        killed += process.poll() is None
        process.kill()
        process.wait()
    assert killed >= 4
    subprocess.run([*map(str, command), "--out", str(out), "--resume"], check=True, capture_output=True)
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert names == sorted(path.name for path in out.iterdir())
    assert all((out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes() for name in names)
