"""Reading runs where memory ends, where nothing else was imported, and where no checkpoint is the best."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForImageClassification, Trainer

from conftest import same_weights, sign, small_training
from spinlens.cli.failures import BAD_INPUT, explain
from spinlens.learning.checkpoints import load_model, read_config
from spinlens.learning.classifier import Classifier
from spinlens.learning.training import train

OUT = [
    MemoryError(),
    torch.OutOfMemoryError("CUDA out of memory."),
    RuntimeError("DefaultCPUAllocator: can't allocate memory"),
]


class StoppedError(Exception):
    """Stands for a lost machine."""


@pytest.mark.parametrize("error", OUT, ids=["python", "accelerator", "cpu"])
def test_want_of_memory_is_no_damage(error: Exception, finished_run, small_data, tmp_path, monkeypatch) -> None:
    """Breaks when a network or a checkpoint is called damaged because there was no memory to read it."""

    def fail(*_: object, **__: object) -> None:
        raise error

    config = read_config(finished_run[0])
    monkeypatch.setattr(AutoConfig, "from_pretrained", fail)
    with pytest.raises(type(error)):
        read_config(finished_run[0])
    monkeypatch.setattr(AutoModelForImageClassification, "from_pretrained", fail)
    with pytest.raises(type(error)):
        load_model(finished_run[0], config)
    monkeypatch.undo()
    stop_before_saving(small_data, tmp_path / "run", monkeypatch)
    for path in (tmp_path / "run" / "checkpoints").glob("checkpoint-12"):
        shutil.rmtree(path)
    monkeypatch.setattr(Trainer, "_load_optimizer_and_scheduler", fail)
    with pytest.raises(type(error)):
        train(small_training(), small_data, tmp_path / "run", resume=True)
    assert explain(error) == ("not enough memory; ask for fewer or smaller snapshots", BAD_INPUT)


def test_a_configuration_is_read_by_itself(finished_run) -> None:
    """Breaks when the configuration of our own network is unknown until another module has been imported."""
    code = "from spinlens.learning.checkpoints import read_config\n"
    code += f"print(read_config({str(finished_run[0])!r}).model_type)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "spin-vit\n"


def test_a_run_without_a_best_checkpoint_ends_with_its_last(small_data, tmp_path, monkeypatch) -> None:
    """Breaks when a run none of whose losses was finite is looked for in checkpoint-None."""
    last = stop_before_saving(small_data, tmp_path / "run", monkeypatch)
    state = json.loads((last / "trainer_state.json").read_text()) | {"best_global_step": None, "best_metric": None}
    (last / "trainer_state.json").write_text(json.dumps(state))
    sign(last)
    kept = shutil.copytree(last, tmp_path / "kept")
    resumed = train(small_training(), small_data, tmp_path / "run", resume=True)
    model, _ = load_model(kept, read_config(kept))
    assert same_weights(resumed.model.cpu(), model)


def stop_before_saving(data: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Train to the end, but write no result; returns the last checkpoint."""

    def stop(*_: object) -> None:
        raise StoppedError

    with monkeypatch.context() as patch:
        patch.setattr(Classifier, "save", stop)
        with pytest.raises(StoppedError):
            train(small_training(), data, out)
    return out / "checkpoints" / "checkpoint-12"
