"""predict."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spinlens.cli.progress import hold_warnings, loading
from spinlens.cli.reading import ArrayName, Crop, Flat, Threshold, Up, Values, parse_reading
from spinlens.cli.source import Coupling, Field, parse_size, plural, read_source
from spinlens.cli.tables import fold_line
from spinlens.errors import InputError, shown

if TYPE_CHECKING:
    from spinlens.learning.doubts import Doubt


def predict(
    run: Annotated[str, typer.Argument(help="A folder that `train` or `pretrain` wrote, a Hub name, or spin-vit.")],
    files: Annotated[list[Path], typer.Argument(help=".npy, .npz, .h5, the simulator's JSON, pictures, or folders.")],
    system: Annotated[
        str | None, typer.Option(help="Whose snapshots they are: a name, or a recipe, FILE.toml. Default: the run's.")
    ] = None,
    size: Annotated[
        str | None, typer.Option(help="Lattice, such as 64 or 64x96; the recipe's or the training's where left out.")
    ] = None,
    J: Coupling = None,
    B: Field = None,
    average: Annotated[int, typer.Option(help="Random symmetries of each snapshot to average over.")] = 1,
    up: Up = "darker",
    threshold: Threshold = None,
    crop: Crop = None,
    values: Values = "-1,1",
    array: ArrayName = "spins",
    flat: Flat = False,
) -> None:
    """Print one JSON line a snapshot: class, probabilities, predicted state with its uncertainty, measured state.

    Predicted: temperature, energy_per_site, order_parameter (|m|, staggered where J < 0). `measured` is exact: the last
    two, and magnetization (the mean spin, with its sign). `warnings` are reasons to doubt the prediction, summed up on
    stderr: pinned spins, energy, order or temperature contradict it, or the spins are none of the network's training.
    """
    import json

    from spinlens.learning.shipped import check_run

    check_run(run)
    check_files(files)
    reading = parse_reading(up, threshold, crop, values, array, "temperature", flat)
    shape = None if size is None else parse_size(size)
    chosen = None if system is None else read_source(system, size, J, B).system

    import numpy as np

    from spinlens.data.formats.user_files import read_files
    from spinlens.learning.scope import check_average, check_fits, choose_system, read_scope

    check_average(average)
    config, provenance = read_scope(run, chosen)
    if shape is None and system is not None and not system.endswith(".toml"):
        shape = provenance.own_size
    wanted = choose_system(provenance, chosen, size=shape, J=J, B=B)
    check_fits(config, wanted, provenance.system.system() if provenance.system else None)
    with hold_warnings():
        named = read_files(files, wanted, reading)
        spins = np.stack([spins for _, spins in named])
        loading("the network library")
        from spinlens.learning.classifier import load_classifier
        from spinlens.learning.doubts import find_doubts, measure_spins

        classifier = load_classifier(run, wanted)
        prediction = classifier.predict(spins, average)
    doubts, measured = find_doubts(classifier, spins, prediction), measure_spins(classifier.system, spins)
    if provenance.variable != "temperature":
        del measured["energy_per_site"]  # which depends on the unknown value of the variable
    reasons: dict[int, list[str]] = {}
    for doubt in doubts:
        reasons.setdefault(doubt.snapshot, []).append(doubt.reason)
    for k, (name, _) in enumerate(named):
        shares = zip(prediction.names, prediction.probability[k], strict=True)
        state = {
            variable: {"value": round(float(value[k]), 5), "std": round(float(std[k]), 5)}
            for variable, (value, std) in prediction.state.items()
        }
        line = {"file": name, "class": prediction.names[prediction.label[k]]}
        known = {
            "measured": {key: round(float(values[k]), 6) for key, values in measured.items()},
            "warnings": reasons.get(k, []),
        }
        print(json.dumps(line | {"probabilities": {c: round(float(p), 6) for c, p in shares}} | state | known))
    for text in summary(doubts, [name for name, _ in named]):
        typer.echo(fold_line(f"warning: {text}", sys.stderr), err=True)


def check_files(files: list[Path]) -> None:
    """Raises InputError for the first file or folder that is not there."""
    for path in files:
        if not path.exists():
            raise InputError("files", str(path), "a file or folder that exists")


def summary(doubts: "list[Doubt]", names: list[str]) -> list[str]:
    """One line a kind of doubt: how many snapshots, and the reason of the first."""
    lines = []
    for kind in dict.fromkeys(doubt.kind for doubt in doubts):
        own = [doubt for doubt in doubts if doubt.kind == kind]
        count = len({doubt.snapshot for doubt in own})
        of = plural(len(names), "snapshot")
        lines.append(f"{kind}: {count} of {of}; {shown(names[own[0].snapshot])}: {own[0].reason}")
    return lines


COMMANDS = (predict,)
