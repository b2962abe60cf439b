"""Pre-train a network on snapshots while they are simulated: temperature, energy and |m| are its targets."""

import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import IterableDataset
from transformers import PrinterCallback, TrainerCallback, TrainingArguments, set_seed

from spinlens.data.files import write_text
from spinlens.data.recipe import Recipe, SystemRecipe
from spinlens.data.stream import stream
from spinlens.errors import InputError
from spinlens.learning.checkpoints import save_model, silence_libraries
from spinlens.learning.device import device_count, one_result
from spinlens.learning.folders import RECIPE
from spinlens.learning.inputs import Rendering
from spinlens.learning.networks.make import make_model
from spinlens.learning.pretraining_recipe import PretrainingRecipe, asked
from spinlens.learning.provenance import record
from spinlens.learning.resuming import StrictTrainer
from spinlens.learning.runs import CHECKPOINTS, check_folder, last_checkpoint
from spinlens.learning.training import Progress
from spinlens.montecarlo.streams import PRETRAINING

CARD = "README.md"  # written last
LOGGED = 50  # losses of a run


class Simulated(IterableDataset[dict[str, torch.Tensor]]):
    """The recipe's snapshots one by one, rendered, with their states; those of the first `start` batches left out."""

    def __init__(self, recipe: PretrainingRecipe, rendering: Rendering, start: int) -> None:
        self.recipe, self.rendering, self.start = recipe, rendering, start

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        recipe = self.recipe
        asked = product(recipe.systems, recipe.sizes)
        systems = tuple(SystemRecipe(name=name, size=size).system() for name, size in asked)
        for batch in stream(systems, recipe.temperatures, recipe.batch_size, recipe.seed, self.start):
            for part in batch:
                for pixels, state in zip(self.rendering(part.system, part.spins), part.state, strict=True):
                    yield {"pixel_values": pixels, "state_values": torch.from_numpy(state)}


class _Follow(TrainerCallback):
    """Gives the caller news of the training."""

    def __init__(self, recipe: PretrainingRecipe, progress: Progress) -> None:
        self.recipe, self.progress, self.loss = recipe, progress, ""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if "loss" in (logs or {}):
            self.loss = f"loss {float(logs['loss']):.3f}"

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        done, size = state.global_step, self.recipe.batch_size
        self.progress(done * size, state.max_steps * size, self.loss)


def pretrain(recipe: PretrainingRecipe, out: Path, resume: bool = False, progress: Progress | None = None) -> Path:
    """Write config.json, model.safetensors, recipe.json, their sha256.json and a model card into `out`; returns it.

    The snapshots come from streams of their own, from which no data set draws whatever its seed. Until the end `out`
    has checkpoints/, from which resume=True resumes to the same weights; a finished run is left as it is.
    progress(snapshots, of how many, note). Raises InputError where `out` holds something and resume is False, where it
    is not this run's and resume is True, for a damaged checkpoint, and for more than one device; OSError where `out`
    cannot be written.
    """
    check_folder(out, asked(recipe), resume)
    if (out / CARD).is_file():
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
        return out
    silence_libraries()
    with one_result():  # the simulation has the other cores
        model, rendering, history = _train(recipe, out, progress)
    losses = [[entry["step"] * recipe.batch_size, entry["loss"]] for entry in history if "loss" in entry]
    recorded = recipe.model_dump(mode="json") | {"stream": list(PRETRAINING)}
    record(model.config, rendering, pretraining=recorded)
    save_model(model, out)
    write_text(out / CARD, model_card(recipe, model.num_parameters(), losses))
    shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    return out


def _train(
    recipe: PretrainingRecipe, out: Path, progress: Progress | None
) -> tuple[Any, Rendering, list[dict[str, Any]]]:
    """(model, rendering, what was logged) of a run, from its last checkpoint on."""
    set_seed(recipe.seed)
    args = _arguments(recipe, out / CHECKPOINTS)
    if (count := device_count(args)) > 1:  # the stream has one order, and each of its batches one shape
        hint = "CUDA_VISIBLE_DEVICES=0 leaves one"
        raise InputError("devices", count, "1 for pre-training", hint)
    first = SystemRecipe(name=recipe.systems[0], size=recipe.sizes[0])
    model, rendering = make_model(recipe.model, Recipe(system=first))
    out.mkdir(parents=True, exist_ok=True)
    write_text(out / RECIPE, asked(recipe))
    checkpoint, step = last_checkpoint(out)
    trainer = StrictTrainer(
        model=model,
        args=args,
        train_dataset=Simulated(recipe, rendering, step),
        callbacks=[_Follow(recipe, progress)] if progress else [],
    )
    trainer.pop_callback(PrinterCallback)
    trainer.fit(checkpoint)
    return model, rendering, trainer.state.log_history


def _arguments(recipe: PretrainingRecipe, checkpoints: Path) -> TrainingArguments:
    steps = recipe.snapshots // recipe.batch_size
    interval = max(1, steps // LOGGED)
    return TrainingArguments(
        output_dir=str(checkpoints),
        max_steps=steps,
        learning_rate=recipe.learning_rate,
        weight_decay=recipe.weight_decay,
        lr_scheduler_type="cosine",
        warmup_steps=round(recipe.warmup * steps),
        per_device_train_batch_size=recipe.batch_size,
        seed=recipe.seed,
        logging_steps=interval,
        save_steps=interval,  # a checkpoint between two losses would leave a part of the next one out
        save_total_limit=1,
        ignore_data_skip=True,  # the stream itself starts later
        bf16=torch.cuda.is_available(),
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to="none",
    )


def model_card(recipe: PretrainingRecipe, parameters: int, losses: list[list[float]]) -> str:
    """README.md of a pre-trained network, with a YAML head as the Hub reads it."""
    settings = "\n".join(f"| {key} | {value} |" for key, value in recipe.model_dump().items() if key != "note")
    low, high = recipe.temperatures
    curve = "\n".join(f"| {int(seen)} | {float(loss):.3f} |" for seen, loss in losses[9::10])
    return f"""---
library_name: transformers
pipeline_tag: image-classification
tags: [physics, ising-model, spinlens]
license: mit
---

# {recipe.model}, pre-trained on simulated spin systems

{recipe.note or "No note."}

{parameters} parameters. It predicts temperature, energy per site and |m| of a snapshot as logistic distributions.
Trained by their likelihood on {recipe.snapshots} snapshots at equilibrium, straight from the simulation of
{", ".join(recipe.systems)}
on squares of side {", ".join(map(str, recipe.sizes))}, temperatures uniform from {low:g} to {high:g}.
The training data use random streams disjoint from those of every data set: they begin with {PRETRAINING}.

| setting | value |
|---|---|
{settings}

| snapshots | loss |
|---|---|
{curve}
"""
