"""Runs that can be interrupted: the folder they write to, and checkpoints restored whole or not at all."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from transformers import Trainer

from spinlens.data.validation import other_settings
from spinlens.errors import InputError
from spinlens.learning.checkpoints import load_strictly

RECIPE = "recipe.json"  # written first: what the run was asked for
CHECKPOINTS = "checkpoints"  # there until the run is finished


class StrictTrainer(Trainer):
    """A Trainer that restores every weight of a checkpoint or fails.

    The stock one loads a state dict non-strictly under the names of the file, which for models saved under other
    names than they use in memory restores nothing and only warns.
    """

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        target: Any = self.model if model is None else model
        restored = load_strictly(resume_from_checkpoint)
        target.load_state_dict(restored.state_dict(), strict=True)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        with _undamaged(checkpoint):
            super()._load_optimizer_and_scheduler(checkpoint)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        with _undamaged(checkpoint):
            super()._load_rng_state(checkpoint)

    def _load_best_model(self) -> None:
        self._load_from_checkpoint(str(self.state.best_model_checkpoint))


@contextmanager
def _undamaged(checkpoint: str | None) -> Iterator[None]:
    try:
        yield
    except (EOFError, OSError, RuntimeError, UnpicklingError) as error:  # torch reads tensors only, and is strict
        expected = f"an undamaged checkpoint ({type(error).__name__})"
        raise InputError("checkpoint", checkpoint, expected, "without this folder an earlier one is taken") from None


def check_folder(out: Path, asked: str, resume: bool, hashed: dict[str, str] | None = None) -> None:
    """Raises InputError where `out` holds something and resume is False, or no run, or one with other settings.

    asked: what the run writes to RECIPE. hashed: what the user gave for those entries of it that are hashes.
    """
    if (out.exists() and not out.is_dir()) or (out.is_dir() and any(out.iterdir()) and not resume):
        raise InputError("out", str(out), "a new or empty folder, or one to resume with --resume")
    if resume and not (out / RECIPE).is_file():
        raise InputError("out", str(out), "a run that was begun", "without --resume a new one begins")
    if resume and not was_begun(out, asked):
        raise other_settings(asked, (out / RECIPE).read_text(encoding="utf-8", errors="replace"), out, hashed or {})


def was_begun(out: Path, asked: str) -> bool:
    """Whether the run in `out` was asked for in these words."""
    try:
        return (out / RECIPE).read_bytes() == asked.encode()
    except OSError:
        return False


def last_checkpoint(out: Path) -> tuple[str | None, int]:
    """The run's newest checkpoint that was written to its end and its step; None and 0 to start anew."""
    written = (out / CHECKPOINTS).glob("checkpoint-*")
    whole = [folder for folder in written if _is_json(folder / "trainer_state.json")]  # it is written last
    numbers = ((folder.name.rsplit("-", 1)[1], str(folder)) for folder in whole)
    steps = {int(number): folder for number, folder in numbers if number.isdecimal()}
    newest = max(steps, default=0)
    return steps.get(newest), newest


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return True
