"""The proof, stored with a data set, that its protocol forgets where it starts."""

import json
from pathlib import Path

import numpy as np

from spinlens.data.files import read_json, write_text
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
    path = folder / PROOF
    try:
        proof = [Proof(**row) for row in read_json(path, "an undamaged proof")]
        if proof and all(isinstance(value, int | float) for one in proof for value in one.to_dict().values()):
            return proof
    except (FileNotFoundError, TypeError):
        pass
    raise InputError(str(path), "other JSON", "an undamaged proof")
