"""train, evaluate, reproduce."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spinlens.cli.progress import hold_warnings, show_progress, show_trials, show_wait

if TYPE_CHECKING:
    from spinlens.data.recipe import Recipe
    from spinlens.learning.classifier import Classifier


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


def evaluate(
    run: Annotated[str, typer.Argument(help="A folder that `spinlens train` or `pretrain` wrote, or spin-vit.")],
    data: Annotated[Path, typer.Argument(help="A data set folder; of any size that the network can read.")],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
) -> None:
    """Macro F1 of a run on a data set, beside the ceiling and the baselines."""
    from rich.console import Console
    from rich.table import Table

    from spinlens.data.read import read_recipe, read_split
    from spinlens.data.recipe import SPLITS
    from spinlens.errors import InputError
    from spinlens.learning.ceiling import ceiling
    from spinlens.learning.classifier import load_classifier
    from spinlens.learning.evaluation import score
    from spinlens.report.closeness import measures
    from spinlens.report.table import NAMES
    from spinlens.report.trials import baselines

    if split not in SPLITS:
        raise InputError("split", split, f"one of {', '.join(SPLITS)} is")
    recipe = read_recipe(data)
    with hold_warnings():
        classifier = load_classifier(run, recipe.system.system())
        _check_same_task(classifier, recipe)
        snapshots = read_split(data, split)
    with show_wait("evaluating"):
        probability = classifier.predict(snapshots.spins).probability
        scores = score(snapshots.label, probability.argmax(1), len(classifier.names))
        rows = {name: result for name, (_, result) in baselines(data, split).items()}
        bound = ceiling(classifier.system, recipe) if recipe.protocol == "equilibrium" else None
    table = Table("", "macro F1", "accuracy", *classifier.names)
    cells = [("ceiling", bound.scores)] if bound else []
    cells += [(run, scores), *((NAMES[name], result) for name, result in rows.items())]
    for name, result in cells:
        table.add_row(name, f"{result.macro_f1:.4f}", f"{result.accuracy:.4f}", *(f"{f:.3f}" for f in result.f1))
    Console().print(table)
    if bound:
        close = measures(bound, snapshots, probability, 1.0)
        print(
            f"beside the exact posterior of these images: {close['information']:.1%} of the information that they hold "
            f"about their class, KL divergence {close['kl']:.4f} nats, calibration error {close['ece']:.4f}; macro F1 "
            f"is to be expected {close['gap']:.4f} below the Bayes classifier's"
        )
    else:
        print(f"no ceiling: it holds at equilibrium only, and these data come from the protocol {recipe.protocol}")


def _check_same_task(classifier: "Classifier", data: "Recipe") -> None:
    """Raises InputError where the run and the data set have another system (but for its size) or other classes."""
    from spinlens.errors import InputError

    config, edges = classifier.model.config, list(data.classes.edges[1:-1])
    known, given = config.spinlens.get("system"), data.system.model_dump(mode="json")  # pre-trained ones know none
    for key in (key for key in given if known and key != "size" and known.get(key) != given[key]):
        own = "the default" if known[key] is None else repr(known[key])
        raise InputError(f"data ({key})", given[key], f"{own}, as the run's, is")
    if classifier.names != data.classes.names:
        raise InputError("data (classes)", data.classes.names, f"{classifier.names}, as the run's, are")
    if (known_edges := getattr(config, "class_edges", None) or edges) != edges:
        raise InputError("data (inner edges of the classes)", edges, f"{known_edges}, as the run's, are")


def reproduce(
    profile: Annotated[str, typer.Option(help="quick, tiers, ablations, resnets, standard or paper.")] = "quick",
    out: Annotated[Path | None, typer.Option(help="Folder; runs/PROFILE by default.")] = None,
    workers: Annotated[int | None, typer.Option(help="Processes; all cores by default.")] = None,
    size: Annotated[int, typer.Option(help="Side of the lattice.")] = 100,
    system: Annotated[
        list[str] | None, typer.Option(help="Give it again for more; the paper's four where left out.")
    ] = None,
    trials: Annotated[int | None, typer.Option(help="Fresh data sets a system; the profile's where left out.")] = None,
) -> None:
    """The paper's experiment: simulate, prove, train, compare. Run again to go on after an interruption."""
    import os

    from rich.console import Console
    from rich.markdown import Markdown

    from spinlens.report.profiles import SYSTEMS, get_profile
    from spinlens.report.reproduce import reproduce as run
    from spinlens.report.table import markdown

    chosen = get_profile(profile, trials)
    folder, names = out or Path("runs") / profile, tuple(system or SYSTEMS)
    with show_trials() as progress:
        results = run(chosen, folder, workers if workers is not None else os.cpu_count() or 1, size, names, progress)
    console = Console()
    console.width = max(console.width, 120)  # the table does not fold in a log file
    console.print(Markdown(markdown(results)))
    print(f"report: {folder / 'report.html'}")


COMMANDS = (train, pretrain, evaluate, reproduce)
