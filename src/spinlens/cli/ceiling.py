"""ceiling."""

from typing import Annotated

import typer

from spinlens.cli.progress import show_progress
from spinlens.cli.source import Coupling, Field, Parameters, Size, Source, describe, read_source
from spinlens.errors import InputError


def ceiling(
    source: Source,
    size: Size = None,
    J: Coupling = None,
    B: Field = None,
    parameters: Parameters = None,
    seed: Annotated[
        int | None, typer.Option(help="Seed of the simulation where p(E | T) is not known exactly.")
    ] = None,
) -> None:
    """Compute the Bayes classifier's scores: no model is more accurate on these classes and counts.

    The classes are those of the recipe, by default the paper's, in the proportions of its test split.
    """
    recipe = read_source(source, size, J, B, parameters, seed=seed)
    if recipe.protocol != "equilibrium":
        raise InputError("protocol", recipe.protocol, "equilibrium", "out of equilibrium no ceiling is known")
    from spinlens.experiments.ceiling import ceiling as bound

    system = recipe.system.system()
    with show_progress("steps") as progress:
        result = bound(system, recipe, recipe.seed, progress)
    error = f" ± {result.error:.4f}" if result.error else ""  # exact where there is none: the method says it
    print(f"{describe(system)}: macro F1 {result.macro_f1:.4f}{error}, accuracy {result.accuracy:.4f}")
    print("F1 of each class: " + ", ".join(f"{label} {value:.4f}" for label, value in result.f1.items()))
    print(f"method: the Bayes classifier's macro F1, {result.method}")


COMMANDS = (ceiling,)
