"""evaluate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spinlens.cli.progress import hold_warnings, show_wait

if TYPE_CHECKING:
    from spinlens.data.recipe import Recipe
    from spinlens.learning.classifier import Classifier


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
        raise InputError("split", split, f"one of {', '.join(SPLITS)}")
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
        raise InputError(f"data ({key})", given[key], f"{own}, as in the run")
    if classifier.names != data.classes.names:
        raise InputError("data (classes)", data.classes.names, f"{classifier.names}, as in the run")
    if (known_edges := getattr(config, "class_edges", None) or edges) != edges:
        raise InputError("data (inner edges of the classes)", edges, f"{known_edges}, as in the run")


COMMANDS = (evaluate,)
