"""Fine-tune a network on a data set with the Hugging Face Trainer, reloading strictly."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState
from transformers import (
    EarlyStoppingCallback,
    PrinterCallback,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from spinlens.data.files import sha256, write_text
from spinlens.data.layout import MANIFEST
from spinlens.data.read import read_splits
from spinlens.errors import InputError
from spinlens.learning.checkpoints import silence_libraries
from spinlens.learning.classifier import Classifier, load_classifier
from spinlens.learning.device import best_device, device_count, evaluation_batch, one_result
from spinlens.learning.folders import RECIPE
from spinlens.learning.inputs import SnapshotDataset
from spinlens.learning.networks.make import make_model
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.provenance import VARIABLE, class_variable
from spinlens.learning.resuming import StrictTrainer
from spinlens.learning.runs import CHECKPOINTS, SUMMARY, check_training, identity, last_checkpoint
from spinlens.learning.subset import first

Progress = Callable[[int, int, str], None]

VALIDATIONS = 40  # at least, and fewer than twice as many
LOGGED = ("epoch", "step", "loss", "learning_rate", "grad_norm", "eval_loss")  # what depends on nothing but the recipe


class _Follow(TrainerCallback):
    """Gives the data set the number of its epoch, and the caller news of the training."""

    def __init__(self, data: SnapshotDataset, progress: Progress | None) -> None:
        self.data, self.progress, self.loss = data, progress, ""

    def on_epoch_begin(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        self.data.epoch = round(state.epoch or 0)

    def on_evaluate(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.loss = f"validation loss {kwargs['metrics']['eval_loss']:.3f}"

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any) -> None:
        if self.progress:
            self.progress(state.global_step, state.max_steps, self.loss)


def train(
    recipe: TrainingRecipe,
    data: Path | str,
    out: Path | str,
    resume: bool = False,
    progress: Progress | None = None,
) -> Classifier:
    """Train on a data set folder and write the best model by validation loss into `out`; returns it.

    The files in `out` are a function of the recipe, the data, the starting weights and the number of processes:
    model.safetensors, config.json, preprocessor_config.json, their sha256.json, and training.json (recipe, hash of the
    data, processes, losses). Until the end `out` has checkpoints/, from which resume=True resumes; a finished run is
    read back. progress(step, steps, note). Under `accelerate launch` every process calls it, and the first one writes.
    Raises InputError for a damaged data set or checkpoint, no epochs where the head has to be trained, an `out` that
    holds something where resume is False, and one that is not this run's where it is True; OSError where `out` cannot
    be written.
    """
    data, out = Path(data), Path(out)
    silence_libraries()
    data_recipe = check_training(recipe, data, out, resume)
    if (out / SUMMARY).is_file():
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
        return load_classifier(out)
    processes = PartialState()  # sets the threads of several processes, so it comes first
    with one_result(recipe.threads):
        set_seed(recipe.seed)
        model, rendering = make_model(recipe.model, data_recipe, keep_head=not recipe.epochs)
        edges = {"class_edges": list(data_recipe.classes.edges)}  # the range of T that it is trained on, too
        known = {k: v for k, v in (getattr(model.config, "spinlens", None) or {}).items() if k not in VARIABLE}
        model.config.spinlens = known | edges | class_variable(data_recipe)
        train_split, validation_split = read_splits(data, "train", "validation")
        labelled = first(train_split, recipe.labels)
        stated = model.config.spinlens.get("pretraining") is not None  # keep what it can predict beside classes
        training = SnapshotDataset(labelled, rendering, recipe.seed if recipe.augment else None, stated)
        validation = SnapshotDataset(validation_split, rendering)
        args = _arguments(recipe, out / CHECKPOINTS, len(training))
        processes.wait_for_everyone()  # all have looked at the folder
        if processes.is_main_process:
            out.mkdir(parents=True, exist_ok=True)
            write_text(out / RECIPE, identity(recipe, data))
        trainer = StrictTrainer(
            model=model,
            args=args,
            train_dataset=training,
            eval_dataset=validation,
            callbacks=_callbacks(recipe, training, progress if processes.is_main_process else None),
        )
        trainer.pop_callback(PrinterCallback)
        if recipe.epochs:
            trainer.fit(last_checkpoint(out)[0])
    classifier = Classifier(trainer.model, rendering, data_recipe.system.system())
    processes.wait_for_everyone()  # all have read the best checkpoint
    if processes.is_main_process:
        classifier.save(out, data_recipe.system)
        summary = {"recipe": recipe.model_dump(), "data": sha256(data / MANIFEST), "processes": processes.num_processes}
        write_text(out / SUMMARY, json.dumps(summary | {"history": _history(trainer.state)}, indent=2) + "\n")
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    return classifier


def _callbacks(recipe: TrainingRecipe, training: SnapshotDataset, progress: Progress | None) -> list[TrainerCallback]:
    callbacks: list[TrainerCallback] = [_Follow(training, progress)]
    if recipe.patience:
        callbacks.append(EarlyStoppingCallback(-(-recipe.patience // _interval(recipe))))  # in validations
    return callbacks


def _history(state: TrainerState) -> list[dict[str, Any]]:
    """The losses of a run, without the times that the Trainer logs beside them."""
    entries = [entry for entry in state.log_history if "loss" in entry or "eval_loss" in entry]
    return [{key: entry[key] for key in LOGGED if key in entry} for entry in entries]


def _interval(recipe: TrainingRecipe) -> int:
    """Epochs between two validations; of the many epochs of few images not every one is worth its cost."""
    return max(1, recipe.epochs // VALIDATIONS)


def _arguments(recipe: TrainingRecipe, checkpoints: Path, images: int) -> TrainingArguments:
    epoch = math.ceil(images / recipe.batch_size)
    steps = recipe.epochs * epoch
    args = TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=recipe.epochs,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        lr_scheduler_type=recipe.schedule,
        warmup_steps=round(recipe.warmup * steps),
        per_device_eval_batch_size=evaluation_batch(best_device()),
        seed=recipe.seed,
        data_seed=recipe.seed,
        eval_strategy="steps",
        save_strategy="steps",
        logging_strategy="steps",
        eval_steps=epoch * _interval(recipe),
        save_steps=epoch * _interval(recipe),
        logging_steps=epoch * _interval(recipe),
        save_total_limit=2,
        prediction_loss_only=True,
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        bf16=torch.cuda.is_available(),
        dataloader_pin_memory=False,
        disable_tqdm=True,
        restore_callback_states_from_checkpoint=True,
        report_to="none",
    )
    count = device_count(args)
    if recipe.batch_size % count:
        raise InputError("batch_size", recipe.batch_size, f"a multiple of the number of devices, {count}")
    args.per_device_train_batch_size = recipe.batch_size // count
    return args
