"""Ramps and cycles: what goes where, what is recorded, and the loops of hysteresis."""

import numpy as np
import pytest

from spinlens import InputError, Ising, Potts, Square, System, energy, get_boundary, get_system, magnetization
from spinlens.montecarlo.film import film
from spinlens.montecarlo.patterns import Start
from spinlens.montecarlo.ramps import Ramp, Stage, loop_area, record_ramp
from spinlens.physics.boltzmann import boltzmann
from spinlens.physics.exact.enumeration import enumerate_states

UP = Stage((("B", -2.0, 2.0),), 4, 3)


def test_the_steps_are_those_asked_for() -> None:
    """Breaks when a cycle skips an end, takes another way back, or loses the sweeps of a stage."""
    system = get_system("ising-periodic", 4, B=0.5)
    found = record_ramp(system, Ramp((UP,), 2), 3, 1.5)
    assert found.values["B"].tolist() == [-2, -1, 0, 1, 2, 1, 0, -1, -2, -1, 0, 1, 2, 1, 0, -1, -2]
    assert found.values["T"].tolist() == [1.5] * 17
    assert found.sweep.tolist() == list(range(3, 52, 3))
    stages = (Stage((("T", 4.0, 1.0),), 3, 5), Stage((("T", 1.0, 1.0), ("B", 0.0, 0.5)), 2, 7))
    found = record_ramp(system, Ramp(stages), 2)
    assert found.values["T"].tolist() == [4, 3, 2, 1, 1, 1]
    assert found.values["B"].tolist() == [0, 0, 0, 0, 0.25, 0.5]
    assert found.sweep.tolist() == [5, 10, 15, 20, 27, 34]


def test_what_is_recorded_belongs_to_the_states() -> None:
    """Breaks when energies are those of another field, or the last row is not that of the final states."""
    system = get_system("ising-skewed", (6, 5))
    found = record_ramp(system, Ramp((UP,)), 4, 1.5, seed=2)
    final = get_system("ising-skewed", (6, 5), B=2.0)
    assert found.energy[-1].tolist() == energy(final, found.spins).tolist()
    assert found.magnetization[-1].tolist() == magnetization(final, found.spins).tolist()
    again = record_ramp(system, Ramp((UP,)), 4, 1.5, seed=2)
    assert (again.spins == found.spins).all()


@pytest.mark.parametrize("updater", ["metropolis", "heat-bath", "weighted"])
def test_a_slow_ramp_is_at_equilibrium(updater: str) -> None:
    """Breaks when the field of a step is not that of its sweeps: <m> of 3 x 3 at every B, four standard errors."""
    system, states = get_system("ising-periodic", 3), enumerate_states(get_system("ising-periodic", 3))
    found = record_ramp(system, Ramp((Stage((("B", -1.0, 1.0),), 4, 100),), updater=updater), 4000, 3.0)
    for B, m in zip(found.values["B"], found.magnetization, strict=True):
        weights = boltzmann(energy(get_system("ising-periodic", 3, B=B), states), 3.0)
        exact = weights @ magnetization(system, states)
        assert abs(m.mean() - exact) < 4 * m.std(ddof=1) / len(m) ** 0.5


def test_hysteresis() -> None:
    """Breaks when a loop is turned, or its area is lost: cold and fast the field does work, hot and slow it does none.

    At T = 1 the state against the field lives on until B is near 1: the loop, |m| near 1, encloses more than 1. At
    T = 20 m follows B within some sweeps, and the area is 0 within four standard errors.
    """
    system, loop = get_system("ising-periodic", 16), Stage((("B", -3.0, 3.0),), 30, 2)
    cold = record_ramp(system, Ramp((loop,), 1, Start("aligned-down")), 16, 1.0)
    area = loop_area(cold.values["B"], cold.magnetization)
    assert area.min() > 1.0
    hot = record_ramp(system, Ramp((Stage(loop.ends, 30, 20),), 1), 64, 20.0)
    area = loop_area(hot.values["B"], hot.magnetization)
    assert abs(area.mean()) < 4 * area.std(ddof=1) / 8


def test_the_area_of_a_known_loop() -> None:
    """Breaks with another sign or rule: m = -1 on the way up and +1 on the way down encloses 2 * 4."""
    field = np.array([-2.0, 0, 2, 2, 0, -2])
    m = np.array([[-1.0], [-1], [-1], [1], [1], [1]])
    assert loop_area(field, m).tolist() == [8.0]
    with pytest.raises(InputError, match="a closed loop"):
        loop_area(field[:-1], m[:-1])


def test_exchange_keeps_the_magnetization_along_a_ramp() -> None:
    """Breaks when another updater than the one that was asked for drives the ramp."""
    ramp = Ramp((Stage((("T", 4.0, 0.0),), 10, 5),), 1, Start("random", 0.25), "kawasaki")
    found = record_ramp(get_system("ising-antiperiodic", 8), ramp, 5)
    assert (found.magnetization == -0.5).all()
    assert found.energy[10].mean() < found.energy[0].mean()


def test_the_film_of_a_ramp() -> None:
    """Breaks when frames are not those of the steps, or a frame shows another field than that of its sweeps."""
    shown = film(get_system("ising-periodic", 4), 1.5, Ramp((UP,), 1), None)
    assert shown.sweep.tolist() == list(range(0, 28, 3))
    assert shown.values["B"].tolist() == [-2, -2, -1, 0, 1, 2, 1, 0, -1, -2]
    cooled = film(get_system("potts-3", 4), None, Ramp((Stage((("T", 2.0, 0.0),), 4, 3),)), 3)
    assert cooled.temperature.tolist() == [2.0, 1.5, 0.0]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Stage((("B", np.nan, 1.0),)), "B must be a finite number"),
        (lambda: Stage((("T", 1.0, -1.0),)), "temperature must be a number from 0"),
        (lambda: Stage((), 3), "one that changes"),
        (lambda: Stage((("T", 1.0, 2.0),), 0), "steps must be"),
        (lambda: Ramp(()), "stages must be at least one"),
        (lambda: Ramp((UP,), -1), "cycles must be"),
        (lambda: Ramp((UP,), 10**6), "steps .of all stages and cycles. must be"),
        (lambda: record_ramp(get_system("ising-periodic", 4), Ramp((UP,))), "temperatures must be given, or T varied"),
        (lambda: record_ramp(get_system("potts-3", 4), Ramp((UP,)), 1, 1.0), "vary must be one of T, J, got B"),
        (lambda: record_ramp(System(Potts(3), Square(4, 4), get_boundary("open", "open")),
                             Ramp((Stage((("J", -1.0, 1.0),), 2),)), 1, 1.0), "J must be a coupling"),
        (lambda: record_ramp(System(Ising(), Square(4, 4), get_boundary("open", "open")),
                             Ramp((UP,), updater="potts"), 1, 1.0), "updater must be one that serves Ising"),
    ],
)  # fmt: skip
def test_bad_ramps_are_named(call, words: str) -> None:  # type: ignore[no-untyped-def]
    """Breaks when a ramp that cannot be is begun."""
    with pytest.raises(InputError, match=words):
        call()
