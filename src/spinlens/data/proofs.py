"""The proof, stored with a data set, that its protocol forgets where it starts."""

import json
from pathlib import Path

import numpy as np

from spinlens.data.files import write_text
from spinlens.data.recipe import Recipe
from spinlens.errors import InputError
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.proof import Proof, prove
from spinlens.physics.systems import System

PROOF = "proof.json"


def write_proof(recipe: Recipe, system: System, out: Path) -> None:
    """Run the recipe's equilibrium protocol from both starts, in the middle of each class and at the edges between."""
    protocol, edges = recipe.run_protocol(), recipe.classes.edges
    assert isinstance(protocol, Equilibrium)
    middles = [float(np.median(recipe.classes.temperatures(k))) for k in range(len(recipe.classes.names))]
    proof = prove(system, np.unique([*middles, *edges[1:-1]]), protocol, recipe.seed)
    write_text(out / PROOF, json.dumps([p.to_dict() for p in proof], indent=2) + "\n")


def read_proof(folder: Path) -> list[Proof]:
    """The proof of a finished data set, after `verify`. Raises InputError where it is damaged."""
    try:
        return [Proof(**row) for row in json.loads((folder / PROOF).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(str(folder / PROOF), type(error).__name__, "an undamaged proof") from None
