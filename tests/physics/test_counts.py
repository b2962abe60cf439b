"""Whole numbers of NumPy are whole numbers, and a message never contradicts itself."""

import numpy as np
import pytest

from spinlens import Edge, Square, get_system
from spinlens.errors import InputError
from spinlens.montecarlo.analysis.series import record
from spinlens.montecarlo.film import film
from spinlens.montecarlo.protocols import Quench
from spinlens.physics.counts import check_count

FOUR = np.int64(4)


def test_numpy_integers_are_integers() -> None:
    """Breaks when a message says "must be an integer, got 4": of sides, shifts, frames, replicas or sweeps."""
    assert Square(FOUR, FOUR) == Square(4, 4)
    assert all(type(side) is int for side in Square(FOUR, np.uint8(4)).shape)
    assert get_system("ising-periodic", FOUR) == get_system("ising-periodic", 4)
    assert Edge("shifted", seam=1, shift=np.int32(3)) == Edge("shifted", seam=1, shift=3)
    system = get_system("ising-periodic", 4)
    np.testing.assert_array_equal(film(system, 2.0, Quench(8), FOUR).spins, film(system, 2.0, Quench(8), 4).spins)
    counts = record(system, [2.0], FOUR, np.int64(8)), record(system, [2.0], 4, 8)
    np.testing.assert_array_equal(counts[0].energy, counts[1].energy)


@pytest.mark.parametrize("number", [4.0, True, np.bool_(True), "4", None, -1, 10**9 + 1, np.float64(4)])
def test_other_values_are_refused(number: object) -> None:
    """Breaks when a float, a truth value or text counts as a whole number."""
    with pytest.raises(InputError, match="count must be an integer from 0 to 1000000000"):
        check_count("count", number, 0)
