"""The commands to give next, as a shell reads them."""

import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spinlens.data.recipe import Recipe


def after_data(recipe: "Recipe", data: Path) -> tuple[str, str]:
    """The commands that check a finished data set and train a network that reads its lattice, into a new folder."""
    from spinlens.learning.fit import DEFAULT, FRESH, fitting_model

    model = fitting_model(recipe.system.system())
    if model == DEFAULT and recipe.classes.variable != "temperature":
        model = FRESH  # the included weights predict temperatures
    chosen = "" if model == DEFAULT else f"--model {model} "
    run = _new(Path("runs") / (data.resolve().name or "first"))
    return f"spinlens check {quote(data)}", f"spinlens train {quote(data)} {chosen}--out {quote(run)}"


def show_next(commands: Iterable[str]) -> None:
    """Print commands, each on a line of its own, to be copied."""
    print("Next:")
    for command in commands:
        print(f"  {command}")


def quote(path: Path) -> str:
    """A path for a command line: quoted, and never taken for an option or a home folder."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith(("-", "~")) else text)


def _new(folder: Path) -> Path:
    """The folder, or with the first number that makes it new."""
    number, chosen = 1, folder
    while chosen.exists():
        number += 1
        chosen = folder.with_name(f"{folder.name}-{number}")
    return chosen
