"""The table of neighbourhoods: every state of tiny lattices counted, for every width of its rows."""

from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import pytest

from spinlens import Ising, Square, System, get_boundary
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.tables import MARKS, update_table
from spinlens.physics.models.blume_capel import BlumeCapel
from spinlens.physics.models.potts import Potts
from spinlens.testing import LANES, LEVEL, count_states, g_test, small_system

EDGES = (("periodic", "antiperiodic"), ("open", "pinned+-"), ("pinned++", "periodic"))


def test_four_marks_have_a_sum_of_their_own() -> None:
    """Breaks when two neighbourhoods share a row of the table."""
    sums = [sum(four) for four in combinations_with_replacement(MARKS, 4)]
    assert len(set(sums)) == len(sums)


@pytest.mark.parametrize(
    "model",
    [Ising(-0.8, 0.3), BlumeCapel(D=0.5, B=0.2), Potts(4, J=-1.0), Potts(5), Potts(6), Potts(8), Potts(10), Potts(12)],
    ids=str,
)
def test_states_appear_with_their_boltzmann_weights(model: Any) -> None:
    """Breaks with a wrong mark, row, threshold, seam or missing bond, in rows of 2, 4, 8 and 16 and beyond them."""
    for edges in EDGES:
        system = small_system(model, *edges)
        assert g_test(system, count_states(system, update_table, 1.5), 1.5) > LEVEL, edges


@pytest.mark.parametrize("model", [Ising(), Potts(3), Potts(7), Potts(9)], ids=str)
def test_each_lane_has_its_own_temperature(model: Any) -> None:
    """Breaks when thresholds reach another lane, or those of an earlier batch are taken for another's."""
    system, temperatures = System(model, Square(2, 2), get_boundary("open", "open")), np.array([0.8, 1.6, 5.0])
    rng, lanes = np.random.default_rng(0), np.resize(temperatures, LANES)
    states, counts = len(model.space.states), np.zeros((3, len(model.space.states) ** 4), np.int64)
    spins = random_start(system, LANES, rng)
    for turn in range(32):
        update_table(system, spins, lanes, 10, rng)
        numbers = np.searchsorted(model.space.states, spins) @ states ** np.arange(4)
        if turn >= 2:
            np.add.at(counts, (np.arange(LANES) % 3, numbers), 1)
    for row, T in zip(counts, temperatures, strict=True):
        assert g_test(system, row, T) > LEVEL
