"""T = -0.0, which rounding makes of small negative numbers, is T = 0."""

import numpy as np

import spinlens


def test_minus_zero_is_the_ground_state() -> None:
    """Breaks when 1 / -0.0 turns every weight over: energies of 8 x 8 at T = 0 are -128."""
    system = spinlens.get_system("ising-periodic", 8)
    assert spinlens.exact.mean_energy(system, -0.0) == -128
    assert (spinlens.sample(system, np.array([-0.0, 0.0]), seed=1).energy == -128).all()
