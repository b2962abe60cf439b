"""The bit-plane updaters of Blume-Capel and Potts: every state of tiny lattices counted on every boundary."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from conftest import edge_pairs
from spinlens import Square, System, energy, get_boundary
from spinlens.errors import InputError
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.blume_capel import update_blume_capel
from spinlens.montecarlo.updaters.potts import update_potts
from spinlens.montecarlo.updaters.registry import UPDATERS, local_updater
from spinlens.physics.models.blume_capel import BlumeCapel
from spinlens.physics.models.potts import Potts
from spinlens.testing import LANES, LEVEL, MOST_STATES, count_states, g_test

TEMPERATURE = 1.5
MODELS = (
    BlumeCapel(D=0.5),
    BlumeCapel(J=-1.0, D=0.5),
    BlumeCapel(D=0.5, B=0.2),
    BlumeCapel(J=-1.0, D=-0.3, B=-0.4),
    Potts(3),
    Potts(3, J=-1.0),
    Potts(4),
    Potts(4, J=-1.0),
    Potts(5),
    Potts(5, J=-1.0),
    Potts(8),
    Potts(10),
    Potts(15),
)
SHAPES = {3: ((3, 3), (2, 3), (2, 4)), 4: ((3, 3), (2, 3), (2, 4)), 5: ((2, 3), (2, 4)), 8: ((2, 3),)}
MANY = ((2, 2), (3, 2), (2, 3), (3, 3))  # of ten colours and more, where few sites are free
KINDS = ("periodic", "antiperiodic", "open", "pinned+-")


def check_states(model: Any, pairs: list[tuple[str, str]], shapes: tuple[tuple[int, int], ...], seeds: tuple) -> int:
    """Systems whose states were counted, each with its Boltzmann weight."""
    done = 0
    for shape, edges in itertools.product(shapes, pairs):
        try:
            system = System(model, Square(*shape), get_boundary(*edges))
        except InputError:  # two pinned rows leave no site free
            continue
        if len(model.space.states) ** system.free_sites.size > MOST_STATES:
            continue
        update = local_updater(system).update
        for seed in seeds:
            p = g_test(system, count_states(system, update, TEMPERATURE, seed), TEMPERATURE)
            assert p > LEVEL, f"{model}, {shape}, {edges}, seed {seed}: p = {p:.2g}"
        done += 1
    return done


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_states_appear_with_their_boltzmann_weights(model: Any) -> None:
    """Breaks with a wrong level, adder, proposal, seam, vacuum or pinned site, on any pair of kinds of edges."""
    states = len(model.space.states)
    pairs = [*itertools.product(KINDS, KINDS), ("screw", "periodic")]
    shapes = ((2, 3), (3, 3)) if states == 3 else ((2, 3),) if states <= 5 else ((2, 2),)
    assert check_states(model, pairs, shapes, (0, 1)) >= (9 if states > 5 else 13)


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS, ids=str)
def test_states_on_every_boundary(model: Any) -> None:
    """The same on every pair of named edges and on more lattices."""
    assert check_states(model, edge_pairs(), SHAPES.get(len(model.space.states), MANY), (2, 3)) >= 20


@pytest.mark.parametrize(
    ("model", "shape"),
    [
        (BlumeCapel(D=0.5), (3, 3)),
        (BlumeCapel(D=0.5, B=0.2), (3, 3)),
        (Potts(3), (3, 3)),
        (Potts(4), (2, 4)),
        (Potts(5), (2, 3)),
        (Potts(10), (2, 2)),
    ],
    ids=str,
)
def test_two_percent_in_temperature_fail(model: Any, shape: tuple[int, int]) -> None:
    """The power of the counts: what is simulated at 1.02 T is no sample at T."""
    system = System(model, Square(*shape), get_boundary("periodic", "periodic"))
    T = 0.8 if isinstance(model, Potts) else TEMPERATURE
    update = local_updater(system).update
    right, wrong = (sum(count_states(system, update, f * T, seed) for seed in range(12)) for f in (1.0, 1.02))
    assert g_test(system, right, T) > LEVEL
    assert g_test(system, wrong, T) < LEVEL


@pytest.mark.parametrize("model", [BlumeCapel(D=0.5), BlumeCapel(B=0.2), Potts(3), Potts(4), Potts(7)], ids=str)
def test_each_lane_has_its_own_temperature(model: Any) -> None:
    """Breaks when digits of a probability reach another lane: cold and hot replicas side by side, each group tested."""
    system, temperatures = System(model, Square(2, 3), get_boundary("periodic", "open")), np.array([1.1, 1.6, 5.0])
    rng, lanes, update = np.random.default_rng(0), np.resize(temperatures, LANES), local_updater(system).update
    states, counts = len(model.space.states), np.zeros((3, len(model.space.states) ** 6), np.int64)
    spins = random_start(system, LANES, rng)
    for turn in range(42):
        update(system, spins, lanes, 20, rng)
        numbers = (spins - model.space.states[0]).astype(int) @ states ** np.arange(6)
        if turn >= 2:
            np.add.at(counts, (np.arange(LANES) % 3, numbers), 1)
    for row, T in zip(counts, temperatures, strict=True):
        assert g_test(system, row, T) > LEVEL


@pytest.mark.parametrize(
    ("model", "edges"),
    [
        (BlumeCapel(D=0.5), ("periodic", "periodic")),
        (BlumeCapel(J=-1.0, B=0.3), ("antiperiodic", "open")),
        (Potts(3), ("antiperiodic", "periodic")),
        (Potts(4), ("open", "antiperiodic")),
        (Potts(6), ("periodic", "periodic")),
        (Potts(10), ("antiperiodic", "antiperiodic")),
        (Potts(7, J=-1.0), ("open", "pinned+-")),
    ],
    ids=str,
)
def test_energies_are_those_of_the_table(model: Any, edges: tuple[str, str]) -> None:
    """Breaks when a row beyond the first 64 sites, a word or a seam is misplaced: within 3 standard errors."""
    system, means, errors = System(model, Square(32, 30), get_boundary(*edges)), [], []
    T = 1.4 * (model.transition.temperature if model.transition else 1.0)
    for updater in (local_updater(system), UPDATERS["table"]):
        rng = np.random.default_rng(7)
        spins = random_start(system, 320, rng)
        updater.update(system, spins, np.full(320, T), 200, rng)
        energies = energy(system, spins.reshape(-1, 32, 30))
        means.append(energies.mean())
        errors.append(energies.std() / 320**0.5)
    assert abs(means[0] - means[1]) < 3 * np.hypot(*errors)


@pytest.mark.parametrize("model", [BlumeCapel(D=0.5), BlumeCapel(J=-1.0, B=0.3), Potts(3), Potts(4), Potts(9)], ids=str)
def test_temperatures_zero_and_infinity(model: Any) -> None:
    """Breaks when a limit of the weights is no number: at T = 0 no energy rises, at infinity all states are alike."""
    system, rng = System(model, Square(6, 11), get_boundary("antiperiodic", "open")), np.random.default_rng(2)
    spins, temperature = random_start(system, 400, rng), np.resize([0.0, np.inf], 400)
    local_updater(system).update(system, spins, temperature, 30, rng)
    before = energy(system, spins.reshape(-1, 6, 11))
    local_updater(system).update(system, spins, temperature, 1, rng)
    after, states = energy(system, spins.reshape(-1, 6, 11)), len(model.space.states)
    assert (after <= before)[::2].all()
    seen = np.bincount((spins[1::2] - model.space.states[0]).ravel(), minlength=states)
    assert chisquare(seen).pvalue > LEVEL


@pytest.mark.parametrize("model", [BlumeCapel(), Potts(3), Potts(6)], ids=str)
def test_results_depend_on_the_seed_alone(model: Any) -> None:
    """Breaks when threads share anything, or a batch reads what another one left: four at once, of two sizes."""
    system = System(model, Square(9, 14), get_boundary("antiperiodic", "pinned++"))

    def run(count: int) -> np.ndarray:
        rng = np.random.default_rng(5)
        spins = random_start(system, count, rng)
        local_updater(system).update(system, spins, np.linspace(0.5, 2, count), 40, rng)
        return spins

    expected = {count: run(count) for count in (3, 300)}
    with ThreadPoolExecutor(4) as pool:
        for count, spins in zip((3, 300) * 4, pool.map(run, (3, 300) * 4), strict=True):
            np.testing.assert_array_equal(spins, expected[count])
    held = system.held.ravel()
    assert (expected[300][:, held] == system.pinned.ravel()[held]).all()


def test_other_models_are_refused() -> None:
    """Breaks when a kernel reads the states of a model that it does not know."""
    for model, update in ((Potts(2), update_potts), (Potts(16), update_potts), (Potts(3), update_blume_capel)):
        system, rng = System(model, Square(4, 4), get_boundary("open", "open")), np.random.default_rng(0)
        with pytest.raises(InputError, match=r"system \(model\) must be"):
            update(system, random_start(system, 2, rng), np.ones(2), 1, rng)
