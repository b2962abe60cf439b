"""The proof, stored with a data set, that its protocol forgets where it starts."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spinlens.data.files import write_text
from spinlens.data.json_files import read_json
from spinlens.data.layout import PROOF, check_begun
from spinlens.data.plan import run_protocol
from spinlens.data.recipe import Recipe
from spinlens.errors import InputError
from spinlens.montecarlo.analysis.convergence import Proof, prove, round_temperature
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.physics.systems import System


def write_proof(recipe: Recipe, system: System, out: Path) -> None:
    """Run the recipe's equilibrium protocol from both starts at `proof_temperatures`, and store what comes out."""
    protocol = run_protocol(recipe)
    assert isinstance(protocol, Equilibrium)
    proof = prove(system, proof_temperatures(recipe), protocol, recipe.seed)
    check_begun(out, recipe)
    write_text(out / PROOF, json.dumps([p.to_dict() for p in proof], indent=2) + "\n")


def proof_temperatures(recipe: Recipe) -> NDArray[np.float64]:
    """The middle of each class and the edges between classes, ascending."""
    middles = [float(np.median(recipe.classes.temperatures(k))) for k in range(len(recipe.classes.names))]
    return np.unique([*middles, *recipe.classes.edges[1:-1]])


def read_proof(folder: Path, recipe: Recipe) -> list[Proof]:
    """The proof of a finished data set, after `verify`. Raises InputError where it is damaged, or another recipe's."""
    path = folder / PROOF
    try:
        proof = [Proof(**row) for row in read_json(path, "an undamaged proof")]
        proof = [Proof(**{name: float(value) for name, value in asdict(one).items()}) for one in proof]
    except (FileNotFoundError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(str(path), "other JSON", "an undamaged proof") from None
    expected = [round_temperature(t) for t in proof_temperatures(recipe).tolist()]  # as `Proof.to_dict` writes them
    if not np.array_equal([one.temperature for one in proof], expected):
        raise InputError(str(path), "other temperatures", "a proof in the middle of each class and between classes")
    return proof
