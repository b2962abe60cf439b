"""Energies that replica exchange compares: those of the physics, on every named system."""

import numpy as np
import pytest

from spinlens import energy, get_system
from spinlens.errors import InputError
from spinlens.montecarlo.energies import replica_energies
from spinlens.montecarlo.simulation import CROWD, rungs
from spinlens.montecarlo.starts import random_start
from spinlens.physics.catalogue import SYSTEMS


@pytest.mark.parametrize("shape", [(3, 3), (4, 5)])
def test_compiled_energies_are_the_energies(shape: tuple[int, int]) -> None:
    """Breaks when a bond is missed, counted twice, seen without its twist or without its factor."""
    for name in SYSTEMS:
        system = get_system(name, shape)
        spins = random_start(system, 5, np.random.default_rng(1))
        expected = energy(system, spins.reshape(-1, *shape))
        np.testing.assert_allclose(replica_energies(system, spins), expected, rtol=1e-12, atol=1e-12)
    with pytest.raises(InputError, match="spins must be an array of"):
        replica_energies(system, np.full((1, shape[0] * shape[1]), 99, np.int8))


def test_rungs_are_as_wide_as_the_batch() -> None:
    """Breaks when a data set's many temperatures get a ladder for the most frequent one, or one replica a rung."""
    system = get_system("ising-plus-minus", 16)
    spread, one = np.linspace(0.4, 4, 40), np.full(300, 0.5)
    assert np.unique(rungs(system, np.append(spread, [0.4] * 20)), return_counts=True)[1].max() == 1
    assert np.unique(rungs(system, one), return_counts=True)[1].max() == CROWD
