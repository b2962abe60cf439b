"""train, pretrain."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.progress import show_progress


def train(
    data: Annotated[Path, typer.Argument(help="A data set folder.")],
    out: Annotated[Path, typer.Option(help="Folder of the run.")],
    model: Annotated[
        str | None,
        typer.Option(
            help="With weights: spin-vit, spin-vit-others, resnet-small-pretrained. Fresh: spin-vit-scratch, "
            "spin-vit-spins, resnet-small, resnet-18, resnet-50, vit, vit-spins, vit-base. A folder or a Hub name."
        ),
    ] = None,
    preset: Annotated[
        str | None,
        typer.Option(
            help="fine-tune: weights that have seen the system, 10 epochs; transfer: weights that have not; scratch: "
            "fresh ones, 30 epochs at the network's own rate; paper: its optimiser. Where left out, the one that suits "
            "the model."
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="The preset's where left out; 0: the weights as they are.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    labels: Annotated[int | None, typer.Option(help="Training images used; all where left out.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights, order and augmentation.")] = 0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in OUT.")] = False,
) -> None:
    """Train a network on a data set and keep the best by validation loss."""
    from accelerate import PartialState
    from pydantic import ValidationError

    from spinlens.data.read import read_recipe
    from spinlens.data.validation import first_problem
    from spinlens.learning.presets import TrainingRecipe, preset_for, preset_recipe
    from spinlens.learning.training import train as run

    chosen = model or ("spin-vit-scratch" if preset == "scratch" else TrainingRecipe().model)
    preset = preset or preset_for(chosen, read_recipe(data).system.system())
    given = {"epochs": epochs, "learning_rate": learning_rate, "labels": labels, "seed": seed}
    try:
        recipe = preset_recipe(preset, chosen, **{k: v for k, v in given.items() if v is not None})
    except ValidationError as error:
        raise first_problem(error, TrainingRecipe) from None
    with show_progress("steps") as progress:
        run(recipe, data, out, resume, progress)
    if PartialState().is_main_process:
        print(f"{out}: done. Next: spinlens evaluate {out} {data}; spinlens predict {out} FILES")


def pretrain(
    recipe: Annotated[Path, typer.Argument(help="A TOML recipe such as those in recipes/.")],
    out: Annotated[Path, typer.Option(help="Folder of the weights.")],
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the last checkpoint in OUT.")] = False,
) -> None:
    """Train a network on snapshots while they are simulated, to tell temperature, energy and |m|."""
    from spinlens.learning.pretraining import pretrain as run
    from spinlens.learning.pretraining import read_pretraining

    parsed = read_pretraining(recipe)
    with show_progress("snapshots") as progress:
        run(parsed, out, resume, progress)
    print(f"{out}: done. Next: spinlens train DATA --model {out} --out RUN; spinlens predict {out} FILES --system NAME")


COMMANDS = (train, pretrain)
