"""Every state of a 3 x 3 Blume-Capel torus, counted without the package: an independent reference."""

import itertools

import numpy as np
from numpy.typing import NDArray

from spinlens.data.recipe import Recipe, parse_recipe

STATES = np.array(list(itertools.product((-1, 0, 1), repeat=9))).reshape(-1, 3, 3)
BONDS = -(STATES * (np.roll(STATES, -1, 1) + np.roll(STATES, -1, 2))).sum((1, 2))  # with J = 1
SQUARES, SUMS = (STATES**2).sum((1, 2)), STATES.sum((1, 2))
T = 1.0
CLASSES = {"variable": "D", "names": ["low", "middle", "high"], "edges": [1.2, 1.6, 2.0, 2.4], "step": 0.05}


def crystal_field_recipe(**changes: object) -> Recipe:
    """Three classes of D at T = 1."""
    counts = {"train": [60, 60, 60], "validation": [20, 20, 20], "test": [40, 40, 40]}
    system = {"name": "blume-capel", "size": 3}
    return parse_recipe({"system": system, "temperature": T, "classes": CLASSES, "counts": counts, "seed": 7} | changes)


def weigh(D: float, B: float = 0.0, temperature: float = T) -> NDArray[np.float64]:
    """(states,): Boltzmann's probabilities."""
    energies = BONDS + D * SQUARES - B * SUMS
    weights = np.exp(-(energies - energies.min()) / temperature)
    return np.asarray(weights / weights.sum(), np.float64)
