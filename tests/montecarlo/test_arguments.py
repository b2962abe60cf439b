"""Arguments that compiled code would follow out of its arrays: one line, and nothing is touched."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from spinlens import get_system, sample
from spinlens.errors import InputError
from spinlens.montecarlo.checks import MAX_SWEEPS
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.protocols import Anneal, Quench
from spinlens.montecarlo.simulation import turn
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.montecarlo.updaters import clusters
from spinlens.montecarlo.updaters.bits import Lanes, metropolis, update_heat_bath, update_metropolis
from spinlens.montecarlo.updaters.exchange import update_exchange
from spinlens.montecarlo.updaters.shifts import update_shifts

SYSTEM = get_system("ising-skewed", (6, 4))
UPDATERS = (
    update_metropolis,
    update_heat_bath,
    clusters.update_clusters,
    clusters.update_wolff,
    update_shifts,
    update_exchange,
)
GOOD: dict[str, Any] = {"spins": np.ones((3, 24), np.int8), "temperature": np.full(3, 2.0), "sweeps": 1}
READ_ONLY = np.ones((3, 24), np.int8)
READ_ONLY.setflags(write=False)
BAD: list[tuple[str, Any]] = [
    ("spins", np.ones(24, np.int8)),
    ("spins", np.ones((6, 4), np.int8)),
    ("spins", np.ones((3, 6, 4), np.int8)),
    ("spins", np.ones((3, 25), np.int8)),
    ("spins", np.ones((3, 23), np.int8)),
    ("spins", np.ones((3, 24))),
    ("spins", np.ones((3, 24), np.uint8)),
    ("spins", np.ones((24, 3), np.int8).T),
    ("spins", np.ones((6, 24), np.int8)[::2]),
    ("spins", np.ones((3, 48), np.int8)[:, ::2]),
    ("spins", np.zeros((3, 24), np.int8)),
    ("spins", np.full((3, 24), -128, np.int8)),
    ("spins", READ_ONLY),
    ("spins", [[1] * 24] * 3),
    ("temperature", np.full(2, 2.0)),
    ("temperature", np.full(4, 2.0)),
    ("temperature", np.array(2.0)),
    ("temperature", np.array([1.0, np.nan, 1.0])),
    ("temperature", np.array([1.0, -1e-300, 1.0])),
    ("temperature", np.array([1.0, 1j, 1.0])),
    ("temperature", ["a", "b", "c"]),
    ("sweeps", -1),
    ("sweeps", 10**23),
    ("sweeps", MAX_SWEEPS + 1),
    ("sweeps", 1.5),
    ("sweeps", True),
    ("sweeps", None),
]


@pytest.mark.parametrize("update", UPDATERS)
@pytest.mark.parametrize(("field", "value"), BAD)
def test_updaters_refuse_what_would_leave_their_arrays(update: Callable, field: str, value: Any) -> None:
    """Breaks when a single snapshot, another lattice, type or memory layout, or a bad temperature reaches compiled
    code, which reads and writes where it should not, or when a refusal has changed spins already."""
    arguments = GOOD | {"spins": np.ones((3, 24), np.int8), field: value}
    before = np.array(arguments["spins"])
    with pytest.raises(InputError, match=rf"^{field}"):
        update(SYSTEM, *arguments.values(), np.random.default_rng(0))
    np.testing.assert_array_equal(arguments["spins"], before)


@pytest.mark.parametrize("update", UPDATERS)
def test_updaters_take_no_replicas_and_no_sweeps(update: Callable) -> None:
    """Breaks when an empty batch or zero sweeps, which leave everything as it is, raise or change spins."""
    update(SYSTEM, np.empty((0, 24), np.int8), np.empty(0), 3, np.random.default_rng(0))
    spins = ordered_start(SYSTEM, 3, np.random.default_rng(0))
    before = spins.copy()
    update(SYSTEM, spins, np.full(3, 2.0), 0, np.random.default_rng(0))
    np.testing.assert_array_equal(spins, before)


def test_lanes_refuse_other_batches_and_sites() -> None:
    """Breaks when more replicas than lanes, none, or a number that is no site reaches compiled code."""
    rng = np.random.default_rng(0)
    for count, temperatures in ((0, 0), (257, 257), (3, 2)):
        with pytest.raises(InputError, match="temperature"):
            Lanes(SYSTEM, np.ones((count, 24), np.int8), np.ones(temperatures), metropolis, rng)
    with pytest.raises(InputError, match="spins"):
        Lanes(SYSTEM, np.ones((3, 16), np.int8), np.ones(3), metropolis, rng)
    lanes = Lanes(SYSTEM, np.ones((3, 24), np.int8), np.ones(3), metropolis, rng)
    for order in ([24], [-1], [2**40], [1.5], [[1]]):
        with pytest.raises(InputError, match="order"):
            lanes.visit(np.array(order))


def test_starts_turns_and_protocols_name_bad_arguments() -> None:
    """Breaks when a bad count, batch, number of sweeps or rounds, or temperature runs, hangs or is not named."""
    rng = np.random.default_rng(0)
    for start in (random_start, ordered_start):
        with pytest.raises(InputError, match="count"):
            start(SYSTEM, -1, rng)
    with pytest.raises(InputError, match="spins"):
        turn(SYSTEM, np.ones(24, np.int8), rng)
    for bad in ({"rounds": 0}, {"rounds": 10**23}, {"rounds": 1.5}, {"cluster_sweeps": -1}, {"sweeps": 10**23}):
        with pytest.raises(InputError, match=next(iter(bad))):
            Equilibrium(**bad)
    with pytest.raises(InputError, match="start_below"):
        Equilibrium(start_below=np.nan)
    for bad in ({"step": 0.0}, {"step": 1e-20}, {"step": np.nan}, {"start": np.inf}, {"start": -1.0}):
        with pytest.raises(InputError, match="start and step"):
            Anneal(**bad)
    for protocol in (Equilibrium(), Anneal(sweeps=1, step=1.0), Quench(1)):
        for temperature in (np.array([np.nan]), np.array([-1.0]), np.empty(0)):
            with pytest.raises(InputError, match="temperature"):
                protocol.run(SYSTEM, temperature, rng)
    with pytest.raises(InputError, match="sweeps must be an integer from 1 to 1000000000"):
        sample(SYSTEM, [1.0], "quench", sweeps=10**23)
    with pytest.raises(InputError, match="stream"):
        sample(SYSTEM, [1.0], "quench", sweeps=1, stream=(-1,))
