"""The folder that a run writes to: which run it is, and its last whole checkpoint. No network library is needed."""

import json
from pathlib import Path

from spinlens.data.files import check_writable
from spinlens.data.json_files import read_object
from spinlens.data.read import read_manifest, read_recipe
from spinlens.data.recipe import Recipe
from spinlens.data.validation import other_settings
from spinlens.errors import InputError
from spinlens.learning.fit import check_start
from spinlens.learning.folders import CONFIG, HASHES, RECIPE, WEIGHTS, check_hashes
from spinlens.learning.networks.registry import CONFIGURED
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.shipped import starting_weights

CHECKPOINTS = "checkpoints"  # there until the run is finished
SUMMARY = "training.json"  # of `train`, written last
TRAINER_STATE = "trainer_state.json"
STATES = (TRAINER_STATE, "optimizer.pt", "scheduler.pt", "training_args.bin")  # of a checkpoint, beside the network


def check_folder(out: Path, asked: str, resume: bool, hashed: dict[str, str] | None = None) -> None:
    """Raises InputError as `check_out`, and where the run in `out` has other settings.

    asked: what the run writes to RECIPE. hashed: what the user gave for those entries of it that are hashes.
    """
    check_out(out, resume)
    if resume and not was_begun(out, asked):
        raise _other_run(asked, out, hashed or {})


def check_out(out: Path, resume: bool) -> None:
    """Raises InputError where `out` holds something and resume is False, holds no run, or cannot be written."""
    if (out.exists() and not out.is_dir()) or (out.is_dir() and any(out.iterdir()) and not resume):
        raise InputError("out", str(out), "a new or empty folder, or one to resume with --resume")
    if resume and not (out / RECIPE).is_file():
        raise InputError("out", str(out), "a run that was begun", "without --resume a new one begins")
    try:
        str(out.absolute()).encode()
    except UnicodeEncodeError:
        raise InputError("out", str(out), "a path in UTF-8, which safetensors needs") from None
    check_writable(out)


def _other_run(asked: str, out: Path, hashed: dict[str, str]) -> InputError:
    """How the run in `out` differs from what is asked."""
    try:
        begun = json.dumps(read_object(out / RECIPE))
        return other_settings(asked, begun, out, hashed)
    except (OSError, ValueError):  # damaged
        return InputError("out", str(out), f"a folder with the {RECIPE} that the run wrote", "begin a new run")


def check_training(recipe: TrainingRecipe, data: Path, out: Path, resume: bool) -> Recipe:
    """The recipe of the data set, once everything that is known without a network library has been checked.

    Raises InputError for a data set that is not whole, fresh weights without epochs, weights that are damaged or do
    not fit the lattice, more labels than images, and as `check_folder`.
    """
    if not isinstance(recipe, TrainingRecipe):
        raise InputError("recipe", recipe, "a TrainingRecipe")
    check_out(out, resume)
    data_recipe = read_recipe(data)
    system = data_recipe.system.system()
    if not recipe.epochs and recipe.model in CONFIGURED:
        raise InputError("epochs", recipe.epochs, f"1 or more, for the fresh weights of {recipe.model}")
    counts = data_recipe.counts.train
    if recipe.labels is not None and not len(counts) <= recipe.labels <= sum(counts):
        raise InputError("labels", recipe.labels, f"a number from {len(counts)}, one a class, to {sum(counts)}")
    if recipe.model not in CONFIGURED:
        check_start(recipe.model, system)
    check_folder(out, identity(recipe, data), resume, {"data": str(data), "weights": recipe.model})
    return data_recipe


def identity(recipe: TrainingRecipe, data: Path) -> str:
    """What `train` writes to RECIPE: everything that its result depends on."""
    weights = starting_weights(recipe.model, read_recipe(data).system.system())
    asked = {"training": recipe.model_dump(), "weights": weights, "data": read_manifest(data)["sha256"]}
    return json.dumps(asked, indent=2) + "\n"


def begun_with(recipe: TrainingRecipe, data: Path, out: Path) -> bool:
    """Whether the run in `out` was begun with this recipe on this data set."""
    return was_begun(out, identity(recipe, data))


def was_begun(out: Path, asked: str) -> bool:
    """Whether the run in `out` was asked for in these words."""
    try:
        return (out / RECIPE).read_bytes() == asked.encode()
    except OSError:
        return False


def last_checkpoint(out: Path) -> tuple[Path | None, int]:
    """The run's newest checkpoint that was written to its end, and its step; None and 0 to start anew.

    Raises InputError where a file of that checkpoint is missing or damaged: nothing is resumed in part.
    """
    written = [(f.name.rsplit("-", 1)[1], f) for f in (out / CHECKPOINTS).glob("checkpoint-*")]
    steps = {int(n): f for n, f in written if n.isdecimal() and len(n) < 19 and (f / HASHES).is_file()}
    if not steps:
        return None, 0
    newest = max(steps)
    check_checkpoint(steps[newest])
    return steps[newest], newest


def check_checkpoint(folder: Path) -> None:
    """Raises InputError where a file of a checkpoint is missing or is not the one that was written."""
    again = "without this folder an earlier one is taken"
    check_hashes(folder, (CONFIG, WEIGHTS, *STATES), "checkpoint", again)
