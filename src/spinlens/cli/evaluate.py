"""evaluate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spinlens.cli.progress import hold_warnings, show_wait
from spinlens.cli.tables import show_table, show_text
from spinlens.errors import InputError, shown

if TYPE_CHECKING:
    from spinlens.experiments.evaluation import Evaluation
    from spinlens.metrics.scores import Scores

SPLITS = ("train", "validation", "test")


def evaluate(
    sources: Annotated[
        list[str],
        typer.Argument(
            metavar="[RUN] DATA",
            help="RUN: a folder that `spinlens train` or `pretrain` wrote, or spin-vit; may be left out with "
            "--predictions. DATA: a data set folder, of any size that the network can read.",
        ),
    ],
    split: Annotated[str, typer.Option(help="train, validation or test.")] = "test",
    predictions: Annotated[
        Path | None,
        typer.Option(
            help="Classes or probabilities that another model predicts for the images of the split, in their order: "
            ".csv with columns class, one a class, or both; .npy; .npz; .jsonl as `predict` prints."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object, with the confusion matrices.")
    ] = False,
) -> None:
    """Score a run, or predictions of your own, beside the ceiling and the baselines.

    Every score comes with its standard error by the choice of the test images.
    """
    if len(sources) > 2 or (len(sources) < 2 and predictions is None):
        raise InputError("arguments", " ".join(sources), "RUN DATA, or DATA with --predictions FILE")
    run, data = sources[0] if len(sources) == 2 else None, Path(sources[-1])
    if split not in SPLITS:
        raise InputError("split", split, f"one of {', '.join(SPLITS)}")
    if not data.is_dir():
        raise InputError("data set", str(data), "a folder that `spinlens build` wrote")
    if predictions is not None and not predictions.is_file():
        raise InputError("predictions", str(predictions), "a file that exists")
    if run is not None:
        from spinlens.learning.shipped import check_run

        check_run(run)

    import json

    with hold_warnings(), show_wait("evaluating"):
        from spinlens.experiments.evaluation import evaluate as score_on

        result = score_on(data, run, predictions, split)
    if as_json:
        print(json.dumps(result.as_dict(), ensure_ascii=True))
    else:
        _show(result)


def _show(result: "Evaluation") -> None:
    import numpy as np

    from spinlens.report.names import display

    system, bound, (m, n) = result.recipe.system.system(), result.ceiling, result.recipe.system.system().lattice.shape
    titles = {name: shown(result.sources[name]) if name in result.sources else display(name) for name in result.rows}
    print(f"{system.name}, {m} x {n}, {result.images} images of the split {result.split}")
    rows = [(titles[name], scores) for name, scores in result.rows.items()]
    table = [["", "macro F1", "accuracy"]]
    name = "upper bound" if bound and bound.is_bound else "ceiling"
    table += [[name, _value(bound.macro_f1, bound.error), f"{bound.accuracy:.4f}"]] if bound else []
    table += [[name, *_scores(scores)] for name, scores in rows]
    show_table(table)
    print()
    table = [["F1 of each class", *result.names]]
    table += [[name, *(f"{bound.f1[name]:.3f}" for name in result.names)]] if bound else []
    table += [[name, *(f"{f:.3f}" for f in scores.f1)] for name, scores in rows]
    show_table(table)
    about = (
        "±: one standard error by the choice of the images; none where all images of each class are predicted alike."
    )
    if bound and bound.error:
        about += " The ceiling's is that of its simulation."
    if bound:
        about += (
            f" For the rule of the ceiling's macro F1 it is {result.sampling_error:.4f} on images like these. The "
            "ceiling's accuracy is the Bayes classifier's."
        )
    show_text([about])
    only = {titles[name]: np.flatnonzero(scores.confusion.sum(0)) for name, scores in result.rows.items()}
    alone = [f"{title}: only {result.names[k[0]]} is predicted." for title, k in only.items() if len(k) == 1]
    if alone:
        show_text([" ".join(alone)])
    show_text(f"{titles[name]}: {reason}." for name, reason in result.above_ceiling().items())
    for name, known in result.closeness.items():
        lines = [f"expected macro-F1 gap to the Bayes classifier: {round(known['gap'], 4) + 0.0:.4f}"]
        if known["gap"] <= -5e-5:
            lines += ["(below 0: it gives up accuracy for macro F1)"]
        if "zero_for_class" in known:
            lines += _zeros(known)
        if "kl" in known:
            lines += [
                f"information about the class of these images that is passed on: {known['information']:.1%}",
                f"KL divergence from the exact posterior: {known['kl']:.4f} nats",
            ]
        if "ece" in known:
            lines.append(f"calibration error against the exact posterior: {known['ece']:.4f}")
        show_text([f"{titles[name]}, beside the exact posterior of these images:"])
        print("\n".join(f"  {line}" for line in lines))
    if not bound:
        from spinlens.experiments.ceiling import lacks_ceiling

        show_text([f"No ceiling is printed, as {lacks_ceiling(result.recipe)}."])
    elif bound.is_bound:
        from spinlens.data.card import note_worldlines

        show_text([note_worldlines(result.recipe)])


def _scores(scores: "Scores") -> list[str]:
    pairs = ((scores.macro_f1, scores.macro_f1_error), (scores.accuracy, scores.accuracy_error))
    return [_value(value, error) for value, error in pairs]


def _value(value: float, error: float) -> str:
    return f"{value:.4f}" + (f" ± {error:.4f}" if error else "")


def _zeros(known: dict[str, float]) -> list[str]:
    """Why there is no information and no divergence: classes that got probability 0."""
    lines = []
    if known["zero_for_class"]:
        lines.append(f"{known['zero_for_class']} images got probability 0 for their class: log loss is infinite")
    possible = f"{known['zero_for_possible']} images got probability 0 for a class that is possible"
    return [*lines, f"{possible}: KL divergence is infinite"]


COMMANDS = (evaluate,)
