"""The bit kernels beyond whole batches: replicas that fill no vector, lattices larger than what is packed at once."""

from collections.abc import Callable

import numpy as np
import pytest

from spinlens import Ising, Square, System, get_boundary
from spinlens.montecarlo.kernels.simd import LANES
from spinlens.montecarlo.starts import random_start
from spinlens.montecarlo.updaters.bits import (
    MAX_CELLS,
    Lanes,
    heat_bath,
    pack,
    unpack,
    update_heat_bath,
    update_metropolis,
)
from spinlens.testing import g_test

PLAIN = System(Ising(), Square(3, 3), get_boundary("periodic", "periodic"))
OPEN = System(Ising(1.0, 0.1), Square(3, 3), get_boundary("open", "periodic"))
CASES = [(PLAIN, update_metropolis), (OPEN, update_metropolis), (PLAIN, update_heat_bath), (OPEN, update_heat_bath)]


def p_value(system: System, update: Callable, replicas: int, factor: float = 1.0) -> float:
    """Of the counted states of replicas at 2 and 4 in turn, each group against Boltzmann; the smaller one."""
    rng, temperatures = np.random.default_rng(5), np.array([2.0, 4.0])
    lanes, counts = np.resize(temperatures, replicas), np.zeros((2, 512), int)
    spins = random_start(system, replicas, rng)
    for turn in range(-3, 260000 // replicas):
        update(system, spins, factor * lanes, 15, rng)
        if turn >= 0:
            np.add.at(counts, (np.arange(replicas) % 2, (spins > 0) @ (1 << np.arange(9))), 1)
    return min(g_test(system, seen, T) for seen, T in zip(counts, temperatures, strict=True))


@pytest.mark.parametrize("replicas", [190, LANES, LANES + 70, 4 * LANES - 1])
@pytest.mark.parametrize(("system", "update"), CASES)
def test_any_number_of_replicas(system: System, update: Callable, replicas: int) -> None:
    """Breaks when unused lanes change those in use, or a second batch gets the temperatures of the first."""
    assert p_value(system, update, replicas) > 1e-6


@pytest.mark.parametrize(("system", "update"), CASES)
def test_two_percent_in_temperature_fail(system: System, update: Callable) -> None:
    """The power of these counts: what is simulated at 1.02 T is no sample at T."""
    assert p_value(system, update, LANES + 70, 1.02) < 1e-6


@pytest.mark.parametrize("replicas", [1, 63, 200, LANES])
@pytest.mark.parametrize("sites", [5, 64, MAX_CELLS, MAX_CELLS + 65])
def test_unpacked_is_what_was_packed(replicas: int, sites: int) -> None:
    """Breaks when a row beyond the first 64 sites or a part is lost or moved: bits against their definition."""
    spins = np.random.default_rng(1).choice(np.array([-1, 1], np.int8), (replicas, sites))
    words = pack(spins)
    bits = np.unpackbits(words.view(np.uint8), bitorder="little").reshape(sites + 1, LANES)
    np.testing.assert_array_equal(bits[:sites, :replicas].T, spins > 0)
    assert not bits[sites].any()
    assert not bits[:, replicas:].any()
    out = np.zeros_like(spins)
    unpack(words, out)
    np.testing.assert_array_equal(out, spins)


def test_streams_that_are_alike_fail() -> None:
    """The power of these counts: where both random streams draw the same, pairs of digits are equal."""

    def update(system: System, spins: np.ndarray, temperature: np.ndarray, sweeps: int, rng: np.random.Generator):
        lanes = Lanes(system, spins, temperature, heat_bath, rng)
        lanes.state[1] = lanes.state[0]
        lanes.visit(np.tile(system.free_sites, sweeps))
        spins[:] = lanes.spins()

    assert p_value(PLAIN, update, LANES) < 1e-6
