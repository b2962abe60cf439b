"""Snapshots of quantum systems, and what they are not used for."""

from typing import Any

import numpy as np
import pytest

import spinlens
from spinlens.errors import InputError
from spinlens.montecarlo.film import film
from spinlens.montecarlo.protocols import Equilibrium
from spinlens.montecarlo.quantum import default_quantum_sweeps
from spinlens.montecarlo.updaters.registry import serving
from spinlens.montecarlo.updaters.weighted import update_weighted
from spinlens.physics.catalogue import get_system
from spinlens.physics.exact.diagonalization import diagonalize
from spinlens.physics.exact.free_fermions import chain_energy
from spinlens.testing import check_model


def test_samples_have_the_energy_and_order_of_exact_diagonalization() -> None:
    """Breaks when snapshots are taken before equilibrium, or energy and kinks belong to other snapshots."""
    system, t = get_system("tfim-square", (2, 3), gamma=2.0, h=0.2), 0.5
    batch, found = spinlens.sample(system, np.full(500, t), seed=1), diagonalize(system)
    assert batch.spins.shape == (500, 2, 3)
    assert batch.kinks is not None
    kinks = found.transverse_magnetization(t) * 6 * 2.0 / t
    for values, expected in (
        (batch.energy, found.energy(t)),
        (batch.kinks, kinks),
        (batch.magnetization, found.magnetization(t) / 6),
        (batch.magnetization**2, found.squared_magnetization(t) / 36),
    ):
        assert abs(values.mean() - expected) < 4.5 * values.std() / np.sqrt(500)


def test_chains_are_pictures_of_space_and_time() -> None:
    """Breaks when a picture has another shape, a row that is no time, or an energy of other than its columns' spins."""
    system = get_system("tfim-chain", (8, 20), gamma=0.7)
    batch = spinlens.sample(system, np.full(300, 0.25), seed=2)
    assert batch.spins.shape == (300, 8, 20)
    error = batch.energy.std() / np.sqrt(300)
    assert abs(batch.energy.mean() - chain_energy(system, 0.25)) < 4.5 * error
    assert error < 0.3
    changes = (batch.spins != np.roll(batch.spins, 1, 1)).sum((1, 2))
    assert batch.kinks is not None
    assert (changes <= batch.kinks).all()  # every change of sign between two times needs a kink
    assert ((batch.kinks - changes) % 2 == 0).all()


def test_samples_do_not_depend_on_threads() -> None:
    """Breaks when a snapshot's random numbers depend on which thread drew it."""
    system = get_system("tfim-chain-twisted", (4, 6))
    one, two = (spinlens.sample(system, np.full(40, 0.4), seed=3, threads=k) for k in (1, 3))
    np.testing.assert_array_equal(one.spins, two.spins)
    np.testing.assert_array_equal(one.energy, two.energy)


def test_both_starts_are_forgotten() -> None:
    """Breaks when the rounds are too few: ordered and random starts agree deep in both phases and between."""
    for gamma in (1.0, 3.0):
        system, t = get_system("tfim-square", 6, gamma=gamma), np.full(64, 0.25)
        short, long = (spinlens.sample(system, t, Equilibrium(sweeps=sweeps), seed=4) for sweeps in (None, 360))
        for a, b in ((short.energy, long.energy), (short.magnetization**2, long.magnetization**2)):
            assert abs(a.mean() - b.mean()) < 4 * np.sqrt((a.var() + b.var()) / 64)
    assert default_quantum_sweeps(get_system("tfim-square", 8, h=0.1)) > default_quantum_sweeps(system)


REFUSED: dict[str, Any] = {
    "temperature": lambda s: spinlens.sample(s, [0.0]),
    "temperature ": lambda s: spinlens.measure(s, [0.5, np.inf]),
    "protocol": lambda s: spinlens.sample(s, [0.5], "quench"),
    "classes.variable": lambda s: spinlens.ceiling(s, spinlens.Recipe(system="ising-periodic")),
    "system (model)": lambda s: film(s, 0.5, Equilibrium()),
    "system (model) ": lambda s: update_weighted(s, np.ones((1, 9), np.int8), np.ones(1), 1, np.random.default_rng()),
    "system (model)  ": lambda s: spinlens.exact.density_of_states(s),
}


@pytest.mark.parametrize("field", REFUSED)
def test_what_needs_weights_of_single_snapshots_is_refused(field: str) -> None:
    """Breaks when a quantum system is taken for the classical one with its pair energies."""
    with pytest.raises(InputError) as caught:
        REFUSED[field](get_system("tfim-square", 3))
    assert caught.value.args[0] == field.strip()


def test_no_classical_updater_serves_a_quantum_system() -> None:
    """Breaks when the classical house simulates it without its transverse field."""
    assert serving(get_system("tfim-chain", 4)) == []
    assert not spinlens.exact.is_solved(get_system("tfim-chain", 2))
    check_model(get_system("tfim-square", 4).model)  # its space, energies and symmetries are those of a model


IMPOSSIBLE = {
    "gamma": {"gamma": -1.0},
    "h": {"h": 1e200},
    "boundary": {"vertical": "open"},
    "boundary ": {"horizontal": "screw"},
}


@pytest.mark.parametrize("field", IMPOSSIBLE)
def test_systems_that_cannot_be(field: str) -> None:
    """Breaks when a chain gets edges in imaginary time, or a field that floats cannot hold."""
    with pytest.raises(InputError) as caught:
        get_system("tfim-chain", 8, **IMPOSSIBLE[field])
    assert caught.value.args[0] == field.strip()
