"""ceiling."""

from typing import Annotated

import typer

from spinlens.cli.progress import show_progress
from spinlens.cli.source import Coupling, Field, Parameters, Size, Source, describe, read_source
from spinlens.cli.tables import show_table, show_text
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
    """Compute the greatest macro F1 and the greatest accuracy that any classifier has on the whole population.

    The classes are those of the recipe, by default the paper's, in the proportions of its test split. The Bayes
    classifier has the greatest accuracy. Another rule has the greatest macro F1: that is the ceiling of macro F1.
    """
    recipe = read_source(source, size, J, B, parameters, seed=seed)
    if recipe.protocol != "equilibrium":
        raise InputError("protocol", recipe.protocol, "equilibrium", "out of equilibrium no ceiling is known")
    from spinlens.experiments.ceiling import ceiling as bound

    system = recipe.system.system()
    with show_progress("steps") as progress:
        result = bound(system, recipe, recipe.seed, progress)
    error = f" ± {result.error:.4f}" if result.error else ""  # exact where there is none: the method says it
    print(describe(system))
    which = "upper bound of the ceiling" if result.is_bound else "ceiling"
    print(f"{which}: macro F1 {result.macro_f1:.4f}{error}, accuracy {result.accuracy:.4f}")
    print()
    control = recipe.control(system)
    table = [
        [
            f"rule on {'the ' * (control.name == 'temperature')}{control.statistic_name}",
            "macro F1",
            "accuracy",
            *(f"F1 {label}" for label in result.f1),
        ]
    ]
    for rule, scores in (("greatest macro F1", result.scores), ("Bayes: greatest accuracy", result.bayes)):
        table.append([rule, *(f"{value:.4f}" for value in (scores.macro_f1, scores.accuracy, *scores.f1))])
    show_table(table)
    divided = int(((result.shares > 1e-6) & (result.shares < 1 - 1e-6)).any(0).sum())
    if divided:
        plural = "energies" if control.name == "temperature" else f"values of {control.statistic_name}"
        states = f"one {control.statistic_name}" if divided == 1 else f"{divided} {plural}"
        show_text([f"The rule of greatest macro F1 divides the states of {states} among classes."])
    from spinlens.data.card import note_two_phases, note_worldlines

    show_text([*filter(None, [note_two_phases(recipe), note_worldlines(recipe)]), f"method: {result.method}"])


COMMANDS = (ceiling,)
