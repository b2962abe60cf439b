"""The overlap of replicas with the same couplings, and observables of a user's own, against sums over all states."""

from dataclasses import replace

import numpy as np
import pytest

from spinlens import BlumeCapel, InputError, Ising, Square, System, exact, get_boundary, get_system
from spinlens.montecarlo.analysis.measure import measure
from spinlens.physics.couplings import PlusMinus
from spinlens.physics.observables import MEASURED, OBSERVABLES, Observable, register_observable
from spinlens.physics.systems import energy


def test_overlaps_are_sums_over_pairs_of_states() -> None:
    """Breaks when the two replicas have other couplings or temperatures, or q is one of a replica with itself."""
    system = System(Ising(), Square(3, 3), get_boundary("periodic", "open"), "x", PlusMinus(0.5, 3))
    t = np.array([0.7, 2.0])
    states = exact.enumerate_states(system)
    total, spins = energy(system, states), states.reshape(len(states), -1).astype(float)
    found = measure(system, t, replicas=128, sweeps=60, seed=2).observables
    q = spins @ spins.T / 9
    for k, each in enumerate(t):
        p = exact.boltzmann(total, each)
        q2, q4 = p @ q**2 @ p, p @ q**4 @ p
        expected = {"abs_overlap": p @ np.abs(q) @ p, "overlap_susceptibility": 9 * q2}
        expected["overlap_binder"] = 1 - q4 / (3 * q2**2)
        for name, value in expected.items():
            assert abs(found[name][k] - value) < 4.5 * found[f"{name}_error"][k], (name, k)


def test_overlaps_are_of_disordered_systems_alone() -> None:
    """Breaks when tables of other systems get empty columns, or the reweighted table holds pairs of replicas."""
    plain = get_system("ising-periodic", 4)
    glass = replace(plain, couplings=PlusMinus())
    assert "abs_overlap" not in measure(plain, [1.0, 2.0], 4, 8).observables
    result = measure(glass, [1.0, 2.0], 5, 8)
    assert "abs_overlap" in result.observables
    assert "abs_overlap" not in result.reweighted


def test_an_observable_of_ones_own_is_measured() -> None:
    """Breaks when a registered series is not recorded, its rows are mixed up, or its name may be taken twice."""
    system, t = System(BlumeCapel(D=0.4), Square(3, 2), get_boundary("open", "open")), np.array([0.8, 1.6])
    states = exact.enumerate_states(system)
    zeros = (states == 0).mean((1, 2))
    own = Observable(
        "zeros", "<v>", "share of zeros", "<v>", "per site", ("zeros",), lambda s, t, v: v, lambda s: "",
        lambda s, t: t == t,
    )  # fmt: skip
    register_observable(own, lambda system, images: (images == 0).mean((1, 2)))
    try:
        result = measure(system, t, replicas=64, sweeps=60, seed=5)
        for k, each in enumerate(t):
            expected = exact.boltzmann(energy(system, states), each) @ zeros
            assert abs(result.observables["zeros"][k] - expected) < 4 * result.observables["zeros_error"][k]
        assert np.isfinite(result.reweighted["zeros"]).all()
        with pytest.raises(InputError, match="observable must be a name that none has"):
            register_observable(own)
    finally:
        del OBSERVABLES["zeros"], MEASURED["zeros"]
