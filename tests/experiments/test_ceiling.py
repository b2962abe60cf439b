"""The ceiling as a function of its arguments: names, order of asking, what is kept, and what is refused."""

import numpy as np
import pytest

from spinlens import Ising, Square, System, get_boundary, get_system
from spinlens.errors import InputError
from spinlens.experiments import ceiling as module
from spinlens.experiments.ceiling import ceiling
from spinlens.montecarlo.analysis import densities as energies
from spinlens.montecarlo.analysis.densities import MAX_SIDE, MAX_SITES, estimated_density_of_states
from spinlens.montecarlo.sample import sample
from spinlens.physics.control import Temperature


def alias(name: str) -> System:
    return System(Ising(), Square(6, 6), get_boundary("open", "open"), name)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few replicas and temperatures: who draws which random numbers shows in any result."""
    for name, value in {"REPLICAS": 128, "TEMPERATURES": 32, "BLOCKS": 4, "MEASUREMENTS": 12}.items():
        monkeypatch.setattr(energies, name, value)
    monkeypatch.setattr(module, "_known", {})


@pytest.mark.usefixtures("quick")
def test_a_ceiling_does_not_depend_on_who_asked_first() -> None:
    """Breaks when systems of two names share what is kept, though they draw different random numbers."""
    results = []
    for order in (("one", "two"), ("two", "one")):
        module._known.clear()
        found = {name: ceiling(alias(name)) for name in order}
        assert ceiling(alias("one")) is found["one"]
        results.append((found["one"].macro_f1, found["two"].macro_f1))
    assert results[0] == results[1]
    assert len(set(results[0])) == 2, "two names, two simulations"
    assert (sample(alias("one"), [2.0] * 8).spins != sample(alias("two"), [2.0] * 8).spins).any()


def test_nobody_can_change_what_is_kept() -> None:
    """Breaks when a caller's arithmetic in place changes the next caller's ceiling."""
    result = ceiling(get_system("ising-periodic", 4))
    for array in (result.levels, result.joint, result.shares):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("name", ["ising-periodic", "ising-open"])
def test_progress_counts_to_the_end(name: str) -> None:
    """Breaks when minutes of work are silent, or the last news is not the end."""
    told: list[tuple[int, int]] = []
    ceiling(get_system(name, 10), progress=lambda done, total, note: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]


def test_lattices_that_would_take_hours_are_refused() -> None:
    """Breaks when a size is simulated for hours, or for nothing: beyond 200 x 200 histograms hardly overlap."""
    side = int(MAX_SITES**0.5)
    for shape in ((1000, 1000), (side, side + 1), (MAX_SIDE + 1, 4)):
        with pytest.raises(InputError, match=f"size must be at most {side} x {side}"):
            ceiling(get_system("ising-open", shape))
    with pytest.raises(InputError, match="size"):
        ceiling(get_system("ising-periodic", 1000))


def test_a_grid_of_ground_states_alone_is_refused() -> None:
    """Breaks when temperatures far below |J| are simulated, where only ground states occur."""
    with pytest.raises(InputError, match="temperature"):
        estimated_density_of_states(Temperature(alias("cold")), np.array([0.0, 0.05]))


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("field", [1e11, 1e23])
def test_a_field_that_nothing_resists_leaves_the_shares_of_the_classes(field: float) -> None:
    """Breaks when energies far from zero cost the multi-histogram equations their digits, or their solution.

    All snapshots are the same, so the Bayes classifier names the largest class always: its accuracy is that class's
    share p = 150 / 400, its F1 2 p / (1 + p), that of the others 0. The greatest macro F1 is that of guesses in the
    proportions of the classes, 1 / classes.
    """
    bound = ceiling(System(Ising(1.0, field), Square(6, 6), get_boundary("antiperiodic", "antiperiodic")))
    share = 150 / 400
    assert bound.accuracy == pytest.approx(share, rel=1e-9)
    assert bound.bayes.macro_f1 == pytest.approx(2 * share / (1 + share) / 4, rel=1e-9)
    assert bound.macro_f1 == pytest.approx(1 / 4, rel=1e-9)
