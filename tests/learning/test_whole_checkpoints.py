"""Nothing is resumed in part: a checkpoint is whole, it is this run's, and nothing in it is unpickled."""

import contextlib
import json
import os
import pickle
import shutil
from pathlib import Path

import pytest
from test_resuming import StoppedError, stopped_at

from conftest import same_weights, sign, small_training
from spinlens.errors import InputError
from spinlens.learning import training
from spinlens.learning.classifier import Classifier, load_classifier
from spinlens.learning.runs import last_checkpoint
from spinlens.learning.training import train

RECIPE = small_training()
FILES = ("model.safetensors", "config.json", "optimizer.pt", "scheduler.pt", "rng_state.pth", "trainer_state.json")
FILES += ("training_args.bin",)


@pytest.fixture(scope="module")
def stopped(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was stopped in epoch 3 of 4; no test may change it."""
    out = tmp_path_factory.mktemp("stopped") / "run"
    stopped_at(8, RECIPE, small_data, out)
    return out


@pytest.fixture
def run(stopped: Path, tmp_path: Path) -> Path:
    """The same in a folder of its own, as if it had been moved there."""
    return Path(shutil.copytree(stopped, tmp_path / "run"))


@pytest.mark.parametrize("name", FILES)
def test_every_file_of_a_checkpoint_is_needed(name: str, run: Path, small_data: Path) -> None:
    """Breaks when a run is resumed to other weights since a file of its checkpoint was removed or changed."""
    file = run / "checkpoints" / "checkpoint-6" / name
    data = file.read_bytes()
    file.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(InputError, match=f"checkpoint must be undamaged.*{name}; without this folder"):
        train(RECIPE, small_data, run, resume=True)
    file.unlink()
    with pytest.raises(InputError, match=f"checkpoint must be a whole folder, with its {name}"):
        train(RECIPE, small_data, run, resume=True)


def test_a_checkpoint_without_hashes_is_none(run: Path, small_data: Path, finished_run) -> None:
    """Breaks when a checkpoint that was not written to its end is resumed: the one before gives the same weights."""
    (run / "checkpoints" / "checkpoint-6" / "sha256.json").unlink()
    assert last_checkpoint(run)[1] == 3
    steps: list[int] = []
    resumed = train(RECIPE, small_data, run, True, lambda step, *_: steps.append(step))
    assert steps[0] == 4
    assert same_weights(resumed.model, finished_run[1].model)


def test_a_moved_run_has_its_own_best_checkpoint(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a run that was copied loads the best weights of the folder where it began, or none: there the best
    checkpoint is made another one's after the copy."""
    unsteady = RECIPE.model_copy(update={"learning_rate": 1.0, "warmup": 0.9, "epochs": 6})
    whole = train(unsteady, small_data, tmp_path / "whole")
    stopped_at(16, unsteady, small_data, tmp_path / "first")
    moved = Path(shutil.copytree(tmp_path / "first", tmp_path / "moved"))
    state = json.loads((last_checkpoint(moved)[0] / "trainer_state.json").read_text())
    assert state["best_global_step"] < state["global_step"], "must not be the last, or nothing is shown"
    best = tmp_path / "first" / "checkpoints" / f"checkpoint-{state['best_global_step']}"
    shutil.copy(last_checkpoint(moved)[0] / "model.safetensors", best)
    sign(best)
    assert same_weights(train(unsteady, small_data, moved, resume=True).model, whole.model)


@pytest.mark.parametrize("patience", [None, 2])
def test_a_run_that_was_trained_is_not_trained_on(
    patience: int | None, small_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when a run that was stopped between its last step and its files trains further, above all past its
    patience, or keeps the last weights instead of the best."""
    changes = {"learning_rate": 3.0, "warmup": 0.9, "epochs": 9 if patience else 4, "patience": patience}
    recipe = RECIPE.model_copy(update=changes)
    whole = train(recipe, small_data, tmp_path / "whole")

    def stop(*_: object) -> None:
        raise StoppedError

    with monkeypatch.context() as patch:
        patch.setattr(Classifier, "save", stop)
        with pytest.raises(StoppedError):
            train(recipe, small_data, tmp_path / "run")
    steps: list[int] = []
    resumed = train(recipe, small_data, tmp_path / "run", True, lambda step, *_: steps.append(step))
    assert not steps
    assert same_weights(resumed.model, whole.model)
    names = sorted(path.name for path in (tmp_path / "whole").iterdir())
    assert names == sorted(path.name for path in (tmp_path / "run").iterdir())
    for name in names:
        assert (tmp_path / "run" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


class Payload:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self.path), os.O_CREAT)


@pytest.mark.parametrize("name", ["optimizer.pt", "scheduler.pt", "rng_state.pth", "training_args.bin"])
def test_nothing_is_unpickled(name: str, run: Path, small_data: Path, tmp_path: Path, finished_run) -> None:
    """Breaks when a checkpoint, with hashes that fit, runs code on resuming; the payload itself does work."""
    proof = tmp_path / "proof"
    payload = pickle.dumps(Payload(proof), protocol=2)
    pickle.loads(payload)
    assert proof.exists()
    proof.unlink()
    checkpoint = run / "checkpoints" / "checkpoint-6"
    (checkpoint / name).write_bytes(payload)
    sign(checkpoint)
    if name == "training_args.bin":  # is never read
        assert same_weights(train(RECIPE, small_data, run, resume=True).model, finished_run[1].model)
    else:
        with pytest.raises(InputError, match=r"checkpoint must be an undamaged checkpoint \(UnpicklingError\)"):
            train(RECIPE, small_data, run, resume=True)
    assert not proof.exists()


ODD = {
    "global_step": ["6", None, 5, 1e308, 10**400, -6],
    "max_steps": ["12", None, [], 0.5],
    "stateful_callbacks": [None, [], {}, {"TrainerControl": None}, {"TrainerControl": {"args": {"x": 1}}}],
    "log_history": [None, 3],
    "best_global_step": ["3", -3, 4, [3]],
    "epoch": ["x", None, []],
}


@pytest.mark.parametrize("key", ODD)
def test_odd_states_are_one_line(key: str, run: Path, small_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a value of another type in trainer_state.json, with hashes that fit, ends in a traceback."""
    checkpoint = run / "checkpoints" / "checkpoint-6"
    state = json.loads((checkpoint / "trainer_state.json").read_text())
    monkeypatch.setattr(training, "_history", lambda state: [])
    for value in ODD[key]:
        (checkpoint / "trainer_state.json").write_text(json.dumps(state | {key: value}))
        sign(checkpoint)
        out = Path(shutil.copytree(run, run.parent / "copy"))
        with contextlib.suppress(InputError):
            train(RECIPE, small_data, out, resume=True)
            load_classifier(out)
        shutil.rmtree(out)
