"""Fields on chosen sites and sites held fixed: energies by hand, states counted with every updater that serves."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logsumexp

from spinlens import BlumeCapel, InputError, Ising, Potts, Square, System, energy, get_boundary, get_system, sample
from spinlens.montecarlo.analysis.measure import log_partition, measure
from spinlens.montecarlo.energies import replica_energies
from spinlens.montecarlo.updaters.registry import UPDATERS, local_updater, serving
from spinlens.physics.exact.density import is_solved, mean_energy
from spinlens.physics.exact.enumeration import enumerate_states
from spinlens.physics.local_temperatures import allowed_temperatures
from spinlens.physics.masks import make_masks
from spinlens.physics.order import known_transition, magnetization
from spinlens.physics.symmetry import symmetry_group
from spinlens.testing import LEVEL, _check_states, count_states, g_test

NONE = float("nan")
FIELD = np.array([[0.0, 0, 0], [0, 0.9, 0], [-0.4, 0, 0]])
HELD = {
    Ising: [[NONE, NONE, NONE], [NONE, NONE, -1], [NONE, NONE, NONE]],
    BlumeCapel: [[NONE, 0, NONE], [NONE, NONE, -1], [NONE, NONE, NONE]],
    Potts: [[NONE, 2, NONE], [NONE, NONE, 1], [NONE, NONE, NONE]],
}
MODELS = (Ising(-0.8, 0.3), BlumeCapel(1.0, 0.4, 0.2), Potts(3))
EDGES = (("periodic", "periodic"), ("antiperiodic", "open"))


def masked(model, edges=EDGES[0], field: bool = True, held: bool = True) -> System:  # type: ignore[no-untyped-def]
    """3 x 3 with the masks above."""
    masks = make_masks(FIELD if field else None, HELD[type(model)] if held else None)
    return System(model, Square(3, 3), get_boundary(*edges), masks=masks)


@pytest.mark.parametrize("model", MODELS)
def test_the_energy_of_a_field_by_hand(model) -> None:  # type: ignore[no-untyped-def]
    """Breaks with another sign or place of the field: beside the plain energy, -h s, for Potts -h (3 delta - 1) / 2."""
    system = masked(model)
    states = enumerate_states(system)
    up = (3 * (states == 0) - 1) / 2 if isinstance(model, Potts) else states
    expected = energy(replace(system, masks=None), states) - 0.9 * up[:, 1, 1] + 0.4 * up[:, 2, 0]
    assert np.allclose(energy(system, states), expected, rtol=0, atol=1e-12)
    flat = np.ascontiguousarray(states.reshape(len(states), -1))
    assert np.allclose(replica_energies(system, flat), expected, rtol=0, atol=1e-12)
    assert len(states) == len(model.space.states) ** (9 - np.isfinite(HELD[type(model)]).sum())
    for row, column in np.argwhere(np.isfinite(HELD[type(model)])):
        assert (states[:, row, column] == HELD[type(model)][row][column]).all()


def cases() -> list:
    """Every updater that serves with both masks, or with held sites alone, and those that conserve."""
    found = []
    for model, edges, field in itertools.product(MODELS, EDGES, (True, False)):
        system = masked(model, edges, field)
        for updater in serving(system):
            slow = edges != EDGES[0] or not (field or isinstance(model, Ising))
            label = f"{type(model).__name__}-{edges[0]}-{'field' if field else 'held'}-{updater.name}"
            found.append(pytest.param(system, updater.name, id=label, marks=[pytest.mark.slow] if slow else []))
    return found


@pytest.mark.parametrize(("system", "updater"), cases())
def test_states_follow_boltzmann(system: System, updater: str) -> None:
    """Breaks when an updater moves a held site, or counts a field elsewhere, twice or not at all."""
    for seed in (0, 1):
        _check_states(system, UPDATERS[updater], seed)


def test_a_field_that_is_left_out_fails() -> None:
    """The power of the test above: states of the system without its field do not pass for those with it."""
    system = masked(MODELS[0])
    counts = count_states(masked(MODELS[0], field=False), local_updater(system).update, 2.0)
    assert g_test(system, counts, 2.0) < LEVEL
    assert g_test(masked(MODELS[0], field=False), counts, 2.0) > LEVEL


def test_who_serves() -> None:
    """Breaks when a kernel that knows no fields is taken where there are some, or a good one is given up without."""
    field, held = masked(Ising()), masked(Ising(), field=False)
    assert {each.name for each in serving(field)} == {"weighted", "exchange", "kawasaki", "kawasaki-nonlocal"}
    assert local_updater(held).name == "heat-bath"
    assert "clusters" in {each.name for each in serving(held)}
    walled = System(Ising(), Square(4, 4), get_boundary("pinned+-", "periodic"), masks=make_masks(held=_one(4, 1)))
    assert "shifts" not in {each.name for each in serving(walled)}


def test_an_updater_that_knows_no_fields_refuses_them() -> None:
    """Breaks when a kernel called by itself leaves the fields of its system out in silence."""
    for name in ("heat-bath", "metropolis", "table", "shifts", "clusters", "wolff"):
        spins = np.ones((2, 9), np.int8)
        with pytest.raises(InputError, match=r"fields on sites|reflection"):
            UPDATERS[name].update(masked(Ising(), held=False), spins, np.ones(2), 1, np.random.default_rng(0))


def _one(side: int, state: float) -> np.ndarray:
    held = np.full((side, side), np.nan)
    held[1, 1] = state
    return held


def test_nothing_exact_is_claimed() -> None:
    """Breaks when Onsager's solutions, a transition or symmetries of the plain lattice are taken for the masked one."""
    masks = make_masks(held=_one(24, 1))
    system = replace(get_system("ising-periodic", 24), masks=masks)
    assert not is_solved(system)
    assert known_transition(system) is None
    small = masked(Ising())
    assert is_solved(small)
    group = symmetry_group(small)
    assert (group.downs, group.rights, group.points) == (1, 1, ((0, 0),))
    assert system.physics != replace(system, masks=None).physics
    assert make_masks(held=_one(24, 1)) == masks
    assert masks is not None
    assert masks.digest != make_masks(held=_one(24, -1)).digest  # type: ignore[union-attr]


@pytest.mark.parametrize("J", [1.0, 1e-6])
def test_measure_and_sample_at_equilibrium(J: float) -> None:
    """Breaks when measure loses the masks, or does not scale fields with J: energies against enumeration, 4 errors."""
    masks = make_masks(J * FIELD, HELD[Ising])
    system = System(Ising(J), Square(3, 3), get_boundary("periodic", "open"), masks=masks)
    found = measure(system, [1.5 * J, 3.0 * J], replicas=64, sweeps=200, seed=1).observables
    exact = mean_energy(system, [1.5 * J, 3.0 * J]) / 9
    assert (np.abs(found["energy"] - exact) < 4 * found["energy_error"]).all()
    batch = sample(system, [2.0 * J] * 2000, seed=2)
    assert (batch.spins[:, 1, 2] == -1).all()
    energies = batch.energy / J
    assert abs(energies.mean() - mean_energy(system, 2.0 * J) / J) < 4 * energies.std() / 2000**0.5
    assert batch.magnetization.tolist() == magnetization(system, batch.spins).tolist()


def test_local_temperatures_know_fields() -> None:
    """Breaks when single-site statistics leave fields out: at T = 2 intervals with risk 1e-6 hold 2."""
    rng = np.random.default_rng(1)
    system = replace(get_system("ising-periodic", 24), masks=make_masks(rng.choice([-4.0, 4.0], (24, 24))))
    spins = sample(system, [2.0] * 20, seed=1).spins
    low, high = allowed_temperatures(system, spins, 1e-6).T
    assert ((low < 2) & (high > 2)).all()
    low, high = allowed_temperatures(replace(system, masks=None), spins, 1e-6).T
    assert not ((low < 2) & (high > 2)).any(), "without its fields the system would be much hotter"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: make_masks(np.zeros(3)), "fields .shape. must be .rows, columns."),
        (lambda: make_masks([[np.nan, 0.0]]), "fields must be finite fields"),
        (lambda: make_masks(held=[[0.5, 1.0]]), "held must be states"),
        (lambda: make_masks([["a", "b"]]), "an array .rows, columns. of numbers"),
        (lambda: make_masks(FIELD, np.ones((2, 2))), "fields and held of one shape"),
        (lambda: replace(get_system("ising-periodic", 4), masks=make_masks(FIELD)), "masks .shape. must be .4, 4."),
        (lambda: replace(get_system("ising-periodic", 3), masks=make_masks(held=_one(3, 2))), "held must be one of"),
        (lambda: replace(get_system("ising-periodic", 3), masks=make_masks(held=np.ones((3, 3)))), "a site free"),
        (lambda: replace(get_system("ising-skewed", 3), masks=make_masks(held=-np.ones((3, 3)))), "as the edge is"),
    ],
)
def test_bad_masks_are_named(call, words: str) -> None:  # type: ignore[no-untyped-def]
    """Breaks when a mask that does not fit is cut, repeated or taken in silence."""
    with pytest.raises(InputError, match=words):
        call()


def test_masks_that_hold_nothing_are_none() -> None:
    """Breaks when an empty mask makes another system of the same one."""
    assert make_masks() is None
    assert make_masks(np.zeros((3, 3)), np.full((3, 3), np.nan)) is None


def test_log_partition_knows_fields() -> None:
    """Breaks when the ladder to infinite temperature is too coarse for fields: ln Z by enumeration, 4 errors."""
    system = System(Ising(), Square(3, 3), get_boundary("open", "open"), masks=make_masks(3 * FIELD, HELD[Ising]))
    found, error = log_partition(system, [1.0], replicas=32, sweeps=100, seed=1)
    exact = logsumexp(-energy(system, enumerate_states(system)))
    assert abs(found[0] - exact) < 4 * error[0]
    assert error[0] < 0.05
