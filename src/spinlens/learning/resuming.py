"""A Trainer whose checkpoints are restored whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from transformers import Trainer, TrainerState
from transformers.trainer_utils import rotate_checkpoints

from spinlens.errors import InputError
from spinlens.learning.checkpoints import check_finite, disk_errors, load_strictly
from spinlens.learning.folders import write_hashes
from spinlens.learning.memory import lacks_memory
from spinlens.learning.runs import TRAINER_STATE, check_checkpoint


class _Arguments(BaseModel):
    should_training_stop: StrictBool


class _Control(BaseModel):
    args: _Arguments


class _Callbacks(BaseModel):
    control: _Control = Field(alias="TrainerControl")


class _State(BaseModel):
    """What a training state must hold to be resumed."""

    model_config = ConfigDict(strict=True)

    epoch: float = Field(ge=0, allow_inf_nan=False)
    global_step: int = Field(ge=1)
    max_steps: int = Field(ge=1)
    best_global_step: int | None = Field(ge=0)
    best_metric: float | None
    log_history: list[dict[str, float]]
    stateful_callbacks: _Callbacks


DAMAGED = (  # what loading a spoilt file raises; torch reads tensors only
    *(ArithmeticError, AttributeError, EOFError, LookupError, OSError),
    *(RuntimeError, TypeError, UnpicklingError, ValueError),
)


class StrictTrainer(Trainer):
    """A Trainer that restores every file of a checkpoint or fails.

    The stock one passes over missing files, and loads a state dict non-strictly under the names of the file, which for
    models saved under other names than they use in memory restores nothing and only warns. Tensors are read without
    unpickling anything else.
    """

    def fit(self, checkpoint: Path | None) -> None:
        """Train to the end, from a checkpoint where one is given; then the best weights are in place, if asked for.

        Raises InputError for a damaged checkpoint, and where the weights do not stay finite.
        """
        if checkpoint is None:
            self.train()
        elif self._is_last(checkpoint):  # the stock Trainer would go on
            best = self.state.best_global_step if self.args.load_best_model_at_end else None
            kept = checkpoint.with_name(f"checkpoint-{best}") if best else checkpoint  # none where no loss was finite
            self._load_from_checkpoint(str(kept))
        else:
            self.train(resume_from_checkpoint=str(checkpoint))
        check_finite(self.model, "learning_rate", self.args.learning_rate, "training diverged: try a tenth of it")

    def _is_last(self, checkpoint: Path) -> bool:
        """Whether training ended there, by its steps or its patience; reads the state."""
        with _undamaged(str(checkpoint)):
            self.state = TrainerState.load_from_json(str(checkpoint / TRAINER_STATE))
            state = _State.model_validate(vars(self.state))
            if f"checkpoint-{state.global_step}" != checkpoint.name:
                raise ValueError("the state of another step")
            if state.best_global_step and not self._folder(state.best_global_step).is_dir():
                raise ValueError("no best checkpoint")
            return state.stateful_callbacks.control.args.should_training_stop or state.global_step >= state.max_steps

    def _folder(self, step: int) -> Path:
        return Path(str(self.args.output_dir)) / f"checkpoint-{step}"

    def _save_checkpoint(self, model: Any, trial: Any) -> None:
        """Write a checkpoint, then the hashes that make it one, and only then remove older ones."""
        folder = self._folder(self.state.global_step)
        kept, self.args.save_total_limit = self.args.save_total_limit, None
        try:
            with disk_errors(folder):
                super()._save_checkpoint(model, trial)
        finally:
            self.args.save_total_limit = kept
        self.accelerator.wait_for_everyone()  # each process has written its random state
        if self.args.should_save:
            write_hashes(folder)
            rotate_checkpoints(str(folder.parent), kept, self.state.best_model_checkpoint, use_mtime=False)

    def _init_training_state(self, *given: Any) -> Any:
        """As the stock one, but the best checkpoint is that of this run, wherever its folder was moved to."""
        with _undamaged(given[3] if len(given) > 3 else None):
            result = super()._init_training_state(*given)
            if self.state.best_global_step:
                self.state.best_model_checkpoint = str(self._folder(self.state.best_global_step))
            return result

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        target: Any = self.model if model is None else model
        check_checkpoint(Path(resume_from_checkpoint))
        restored = load_strictly(resume_from_checkpoint)
        target.load_state_dict(restored.state_dict(), strict=True)

    def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
        with _undamaged(checkpoint):
            super()._load_optimizer_and_scheduler(checkpoint)

    def _load_rng_state(self, checkpoint: str | None) -> None:
        if checkpoint is not None:
            process = f"_{self.args.process_index}" if self.args.world_size > 1 else ""
            if not (Path(checkpoint) / f"rng_state{process}.pth").is_file():
                expected = "as many as the run was begun with, whose random states the checkpoint holds"
                raise InputError("processes", self.args.world_size, expected)
        with _undamaged(checkpoint):
            super()._load_rng_state(checkpoint)

    def _load_best_model(self) -> None:
        self._load_from_checkpoint(str(self.state.best_model_checkpoint))


@contextmanager
def _undamaged(checkpoint: str | None) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except DAMAGED as e:
        if lacks_memory(e):
            raise
        raise _damaged(checkpoint, e) from None


def _damaged(checkpoint: str | None, error: Exception) -> InputError:
    expected = f"an undamaged checkpoint ({type(error).__name__})"
    return InputError("checkpoint", checkpoint, expected, "without this folder an earlier one is taken")
