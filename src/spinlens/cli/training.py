"""train, pretrain."""

from pathlib import Path
from typing import Annotated, Any

import typer

from spinlens.cli.next_steps import quote, show_next
from spinlens.cli.progress import loading, show_progress


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
            help="fine-tune: weights trained on simulations of the system, 10 epochs; transfer: weights trained on "
            "others; scratch: fresh ones, 30 epochs at the network's own rate; paper: its optimiser. By default the "
            "one that suits the weights."
        ),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="The preset's where left out; 0: the weights as they are.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak learning rate.")] = None,
    labels: Annotated[int | None, typer.Option(help="Training images used; all where left out.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of weights, order and augmentation.")] = 0,
    threads: Annotated[
        int, typer.Option(help="Threads of torch; each number makes other weights, 1 those of every machine.")
    ] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="Resume from the last checkpoint in OUT.")] = False,
) -> None:
    """Train a network on a data set and keep the best by validation loss."""
    from spinlens.learning.presets import TrainingRecipe, check_preset, preset_for, preset_recipe

    chosen = model or ("spin-vit-scratch" if preset == "scratch" else TrainingRecipe().model)
    given = {"epochs": epochs, "learning_rate": learning_rate, "labels": labels, "seed": seed, "threads": threads}
    changes: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if preset is not None:
        check_preset(preset)
    TrainingRecipe(model=chosen, **changes)  # before the data are read

    from spinlens.data.read import read_recipe
    from spinlens.learning.runs import check_out, check_training
    from spinlens.learning.scope import warn_of_size

    check_out(out, resume)
    system = read_recipe(data).system.system()
    recipe = preset_recipe(preset or preset_for(chosen, system), chosen, system, **changes)
    data_recipe = check_training(recipe, data, out, resume)
    warn_of_size(recipe.model, data_recipe.system.system())

    loading("the network library")
    from accelerate import PartialState

    from spinlens.learning.training import train as run

    with show_progress("steps") as progress:
        run(recipe, data, out, resume, progress)
    if PartialState().is_main_process:
        print(f"{out}: done.")
        show_next((f"spinlens evaluate {quote(out)} {quote(data)}", f"spinlens predict {quote(out)} FILES"))


def pretrain(
    recipe: Annotated[Path, typer.Argument(help="A TOML recipe such as those in recipes/.")],
    out: Annotated[Path, typer.Option(help="Folder of the weights.")],
    resume: Annotated[bool, typer.Option("--resume", help="Resume from the last checkpoint in OUT.")] = False,
) -> None:
    """Train a network on snapshots while they are simulated, to predict temperature, energy and |m|."""
    from spinlens.learning.pretraining_recipe import asked, read_pretraining
    from spinlens.learning.runs import check_folder

    parsed = read_pretraining(recipe)
    check_folder(out, asked(parsed), resume)

    loading("the network library")
    from spinlens.experiments.pretraining import pretrain as run

    with show_progress("snapshots") as progress:
        run(parsed, out, resume, progress)
    print(f"{out}: done.")
    train_on = f"spinlens train DATA --model {quote(out)} --out RUN"
    show_next((train_on, f"spinlens predict {quote(out)} FILES --system NAME"))


COMMANDS = (train, pretrain)
