"""predict."""

from pathlib import Path
from typing import Annotated

import typer

from spinlens.cli.progress import hold_warnings


def predict(
    run: Annotated[str, typer.Argument(help="A folder that `train` or `pretrain` wrote, a Hub name, or spin-vit.")],
    files: Annotated[list[Path], typer.Argument(help=".npy, .npz (array spins), PNG (darker is up), or folders.")],
    system: Annotated[str | None, typer.Option(help="Whose snapshots they are, for weights that read any.")] = None,
    size: Annotated[
        int | None, typer.Option(help="Side of the square lattice; that of the run's training where left out.")
    ] = None,
    average: Annotated[int, typer.Option(help="Random symmetries of each snapshot to average over.")] = 1,
) -> None:
    """Print one JSON line a snapshot: its class, the probability of every class, and the state with its uncertainty.

    Energy and |m| are per site.
    """
    import json
    from dataclasses import replace

    import numpy as np

    from spinlens.data.read import read_files
    from spinlens.learning.classifier import load_classifier
    from spinlens.physics.lattice import Square
    from spinlens.physics.systems import get_system

    with hold_warnings():
        classifier = load_classifier(run, get_system(system, size) if system and size is not None else system)
        if size is not None and not system:
            classifier = load_classifier(run, replace(classifier.system, lattice=Square(size, size)))
        named = read_files(files, classifier.system)
        prediction = classifier.predict(np.stack([spins for _, spins in named]), average)
    for k, (name, _) in enumerate(named):
        shares = zip(prediction.names, prediction.probability[k], strict=True)
        state = {
            variable: {"value": round(float(value[k]), 5), "std": round(float(std[k]), 5)}
            for variable, (value, std) in prediction.state.items()
        }
        line = {"file": name, "class": prediction.names[prediction.label[k]]}
        print(json.dumps(line | {"probabilities": {c: round(float(p), 6) for c, p in shares}} | state))


COMMANDS = (predict,)
