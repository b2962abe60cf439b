"""Observables of models beside Ising against sums over all states."""

import itertools

import numpy as np
import pytest

from spinlens import BlumeCapel, Potts, Square, System, exact, get_boundary
from spinlens.montecarlo.analysis.measure import log_partition, measure
from spinlens.physics.models.protocol import Model
from spinlens.physics.observables import is_odd
from spinlens.physics.systems import energy

EDGES = ("periodic", "open", "antiperiodic", "pinned+-")
MODELS: tuple[Model, ...] = (Potts(3), Potts(3, J=-1.0), BlumeCapel(D=0.4), BlumeCapel(J=-1.0, D=0.4, B=0.3))


def vectors(model: Model, states: np.ndarray) -> np.ndarray:
    """(..., d): of Potts q e_s - 1 in units in which one colour alone has length 1; of Blume-Capel the spin."""
    if isinstance(model, Potts):
        return (model.q * (states[..., None] == np.arange(model.q)) - 1) / np.sqrt(model.q * (model.q - 1))
    return states[..., None].astype(float)


def small(model: Model, edges: tuple[str, str]) -> System:
    """On 3 x 2 sites, or more where rows or columns are pinned."""
    shape = (4 if "pinned+-" in edges else 3, 4 if edges[1] == "pinned+-" else 2)
    return System(model, Square(*shape), get_boundary(*edges))


@pytest.mark.parametrize("model", MODELS, ids=str)
@pytest.mark.parametrize("edges", [("periodic", "open"), ("antiperiodic", "open"), ("pinned+-", "periodic")])
def test_observables_are_sums_over_all_states(model: Model, edges: tuple[str, str]) -> None:
    """Breaks when |m| of a vector is taken for |its component|, or a series, a unit or a seam is wrong.

    Twelve values at two temperatures in each of twelve systems, all within 4.5 standard errors.
    """
    system, t = small(model, edges), np.array([0.9, 2.0])
    states, sites = exact.enumerate_states(system), system.lattice.sites
    total, vector = energy(system, states), vectors(model, states).reshape(len(states), sites, -1)
    board = 1 - 2 * (np.indices(system.lattice.shape).sum(0).ravel() % 2)
    mean, staggered = vector.mean(1), (vector * board[:, None]).mean(1)
    along = vectors(model, np.array(model.space.poles[0]))
    m, length, flipped = mean @ along, np.linalg.norm(mean, axis=1), np.linalg.norm(staggered, axis=1)
    p = np.stack([exact.boltzmann(total, each) for each in t])
    expected = {
        "energy": p @ total / sites,
        "specific_heat": (p @ total**2 - (p @ total) ** 2) / sites / t**2,
        "magnetization": p @ m,
        "abs_magnetization": p @ length,
        "susceptibility": sites * (p @ m**2 - (p @ m) ** 2) / t,
        "abs_susceptibility": sites * (p @ length**2 - (p @ length) ** 2) / t,
        "staggered_abs_magnetization": p @ flipped,
    }
    found = measure(system, t, replicas=128, sweeps=60, seed=3).observables
    for name, values in expected.items():
        if np.isfinite(found[name]).all():
            pulls = (found[name] - values) / found[f"{name}_error"]
            assert (np.abs(pulls) < 4.5).all(), (name, pulls)
    assert np.isfinite(found["abs_susceptibility"]).all()


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_means_vanish_where_the_symmetries_say_so(model: Model) -> None:
    """Breaks when <m> is called 0 where it is not, or the reverse: every pair of edges, all states at T = 2."""
    for edges in itertools.product(EDGES, EDGES):
        system = small(model, edges)
        states = exact.enumerate_states(system)
        p = exact.boltzmann(energy(system, states), 2.0)
        vector, board = vectors(model, states), 1 - 2 * (np.indices(system.lattice.shape).sum(0) % 2)
        for staggered, pattern in ((False, np.ones_like(board)), (True, board)):
            mean = p @ (vector * pattern[..., None]).mean((1, 2))
            assert is_odd(system, staggered) == bool((np.abs(mean) < 1e-12).all()), (edges, staggered, mean)


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_the_partition_function_is_a_sum_over_all_states(model: Model) -> None:
    """Breaks when the ladder starts from another number of states than k^sites."""
    system, t = small(model, ("periodic", "open")), np.array([0.8, 3.0])
    total = energy(system, exact.enumerate_states(system))
    value, error = log_partition(system, t, replicas=64, sweeps=60, seed=1)
    pulls = (value - [np.logaddexp.reduce(-total / each) for each in t]) / error
    assert (np.abs(pulls) < 4).all(), pulls
