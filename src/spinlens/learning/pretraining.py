"""Pre-train a network on snapshots while they are simulated: temperature, energy and |m| are its targets."""

import shutil
from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from torch.utils.data import IterableDataset
from transformers import PrinterCallback, TrainerCallback, TrainerState, TrainingArguments, set_seed

from spinlens.data.files import write_text
from spinlens.data.recipe import Recipe, SystemRecipe, load_recipe
from spinlens.data.stream import PURPOSE, stream
from spinlens.data.validation import first_problem
from spinlens.errors import InputError
from spinlens.learning.backbones import CONFIGURED, make_model, patch_size
from spinlens.learning.checkpoints import hush, save_model
from spinlens.learning.device import device_count
from spinlens.learning.inputs import Rendering
from spinlens.learning.presets import Positive
from spinlens.learning.resuming import CHECKPOINTS, RECIPE, StrictTrainer, check_folder, last_checkpoint
from spinlens.learning.training import Progress

CARD = "README.md"  # written last
LOGGED = 50  # losses of a run


class PretrainingRecipe(BaseModel):
    """What a network is pre-trained on and how."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str = "spin-vit-scratch"
    systems: tuple[str, ...] = Field(min_length=1)
    sizes: tuple[Annotated[int, Field(ge=2)], ...] = Field(default=(100,), min_length=1)  # the first sets the patch
    temperatures: tuple[float, float] = (0.0, 4.4)
    snapshots: int = Field(ge=1)
    batch_size: int = Field(default=64, ge=1, le=3072)
    learning_rate: Positive = 1e-3
    weight_decay: float = Field(default=0.05, ge=0, allow_inf_nan=False)
    warmup: float = Field(default=0.05, ge=0, lt=1)  # share of all steps
    seed: int = Field(default=0, ge=0, lt=2**31)
    note: str = ""


def read_pretraining(path: Path) -> PretrainingRecipe:
    """A recipe from a TOML file. Raises InputError that names the first bad field."""
    try:
        recipe = PretrainingRecipe.model_validate(load_recipe(path))
    except ValidationError as error:
        raise first_problem(error, PretrainingRecipe) from None
    known = [name for name in CONFIGURED if not name.startswith("vit")]  # plain ones have no head for the state
    if recipe.model not in known:
        raise InputError("model", recipe.model, f"one of {', '.join(known)}")
    low, high = recipe.temperatures
    if not 0 <= low < high < float("inf"):
        raise InputError("temperatures", recipe.temperatures, "two numbers that rise from 0 or above")
    if recipe.snapshots % recipe.batch_size:
        raise InputError("snapshots", recipe.snapshots, f"a multiple of batch_size, {recipe.batch_size}")
    for name, size in product(recipe.systems, recipe.sizes):
        SystemRecipe(name=name, size=size).system()
    patch = patch_size(recipe.sizes[0], recipe.sizes[0])
    if any(size % patch for size in recipe.sizes):
        raise InputError("sizes", recipe.sizes, f"multiples of the patch {patch} of the first one")
    return recipe


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
    """Tells the caller how far the training got."""

    def __init__(self, recipe: PretrainingRecipe, progress: Progress) -> None:
        self.recipe, self.progress, self.loss = recipe, progress, ""

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        if "loss" in (logs or {}):
            self.loss = f"loss {float(logs['loss']):.3f}"

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        done, size = state.global_step, self.recipe.batch_size
        self.progress(done * size, state.max_steps * size, self.loss)


def pretrain(recipe: PretrainingRecipe, out: Path, resume: bool = False, progress: Progress | None = None) -> Path:
    """Write config.json, model.safetensors, recipe.json and a model card into `out`; returns it.

    The snapshots come from streams of their own, from which no data set draws whatever its seed. Until the end `out`
    has checkpoints/, from which resume=True goes on to the same weights; a finished run is left as it is.
    progress(snapshots, of how many, note). Raises InputError where `out` holds something and resume is False, where it
    is not this run's and resume is True, for a damaged checkpoint, and for more than one device.
    """
    asked = recipe.model_dump_json(indent=2) + "\n"
    check_folder(out, asked, resume)
    if (out / CARD).is_file():
        shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
        return out
    hush()
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # sums in another order would make other weights; the simulation has the other cores
    try:
        model, rendering, history = _train(recipe, out, asked, progress)
    finally:
        torch.set_num_threads(threads)
    losses = [[entry["step"] * recipe.batch_size, entry["loss"]] for entry in history if "loss" in entry]
    told = recipe.model_dump(mode="json") | {"stream": list(PURPOSE)}
    model.config.spinlens = {"pretraining": told, "rendering": asdict(rendering)}
    save_model(model, out)
    write_text(out / CARD, model_card(recipe, model.num_parameters(), losses))
    shutil.rmtree(out / CHECKPOINTS, ignore_errors=True)
    return out


def _train(
    recipe: PretrainingRecipe, out: Path, asked: str, progress: Progress | None
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
    write_text(out / RECIPE, asked)
    checkpoint, step = last_checkpoint(out)
    trainer = StrictTrainer(
        model=model,
        args=args,
        train_dataset=Simulated(recipe, rendering, step),
        callbacks=[_Follow(recipe, progress)] if progress else [],
    )
    trainer.pop_callback(PrinterCallback)
    if checkpoint and step == args.max_steps:  # the stock Trainer would do one more
        trainer._load_from_checkpoint(checkpoint)
        trainer.state = TrainerState.load_from_json(f"{checkpoint}/trainer_state.json")
    else:
        trainer.train(resume_from_checkpoint=checkpoint)
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

{parameters} parameters. It reads a snapshot's temperature, energy a site and |m| as logistic distributions, trained by
their likelihood on {recipe.snapshots} snapshots at equilibrium, straight from the simulation of
{", ".join(recipe.systems)}
on squares of side {", ".join(map(str, recipe.sizes))}, temperatures uniform from {low:g} to {high:g}.
The random streams begin with {PURPOSE}, which no data set draws from, whatever its seed.

| setting | value |
|---|---|
{settings}

| snapshots seen | loss |
|---|---|
{curve}
"""
