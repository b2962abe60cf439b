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
from spinlens.physics.control import TEMPERATURE
from spinlens.physics.systems import System


def write_proof(recipe: Recipe, system: System, out: Path) -> None:
    """Run the recipe's equilibrium protocol from both starts at `proof_values`, and store what comes out."""
    protocol = run_protocol(recipe)
    assert isinstance(protocol, Equilibrium)
    rows = []
    for group in recipe.control(system).groups(values := proof_values(recipe)):
        proof = prove(group.system, group.temperature, protocol, recipe.seed, group.stream)
        for value, one in zip(values[group.rows].tolist(), proof, strict=True):
            rows.append({recipe.classes.variable: round_temperature(value)} | one.to_dict())
    check_begun(out, recipe)
    write_text(out / PROOF, json.dumps(rows, indent=2) + "\n")


def proof_values(recipe: Recipe) -> NDArray[np.float64]:
    """The middle of each class and the edges between classes, ascending."""
    middles = [float(np.median(recipe.classes.values(k))) for k in range(len(recipe.classes.names))]
    return np.unique([*middles, *recipe.classes.edges[1:-1]])


def read_proof(folder: Path, recipe: Recipe) -> list[Proof]:
    """The proof at `proof_values`, after `verify`. Raises InputError where it is damaged, or another recipe's."""
    path, variable = folder / PROOF, recipe.classes.variable
    try:
        rows = read_json(path, "an undamaged proof")
        values = [float(row[variable]) for row in rows]
        further = {variable} - {TEMPERATURE}
        proof = [Proof(**{key: value for key, value in row.items() if key not in further}) for row in rows]
        proof = [Proof(**{name: float(value) for name, value in asdict(one).items()}) for one in proof]
    except (FileNotFoundError, TypeError, ValueError, OverflowError, AttributeError, LookupError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(str(path), "other JSON", "an undamaged proof") from None
    expected = [round_temperature(value) for value in proof_values(recipe).tolist()]  # as `write_proof` writes them
    if not np.array_equal(values, expected):
        noun = recipe.control().plural
        raise InputError(str(path), f"other {noun}", "a proof in the middle of each class and between classes")
    return proof
