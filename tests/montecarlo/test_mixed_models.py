"""Models of a user's own in which bonds like some states to agree and others to differ."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from spinlens import Values, get_system, register_model
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.updaters.clusters import reflections
from spinlens.montecarlo.updaters.registry import UPDATERS, Updater, local_updater, register_updater, serving
from spinlens.montecarlo.updaters.tables import update_table
from spinlens.physics.catalogue import SYSTEMS
from spinlens.physics.models.protocol import has_field
from spinlens.physics.spaces import Colours
from spinlens.testing import check_model, count_states, g_test, small_system


@dataclass(frozen=True)
class Emery:
    """Blume, Emery and Griffiths (1971): -J s s' - K s^2 s'^2; with J, K < 0 spins like vacancies best."""

    J: float = -1.0
    K: float = -2.0
    space: ClassVar[Values] = Values((-1, 0, 1))
    formula: ClassVar[str] = "H(s) = -J sum_<ij> s_i s_j - K sum_<ij> s_i^2 s_j^2"
    transition: ClassVar[None] = None
    scale = property(lambda self: abs(self.J))

    def pair_energy(self, s: Any, t: Any) -> Any:
        return -self.J * np.asarray(s, float) * t - self.K * np.asarray(s, float) ** 2 * np.asarray(t, float) ** 2

    def site_energy(self, s: Any) -> Any:
        return np.zeros(np.shape(s))


@dataclass(frozen=True)
class Favoured(Emery):
    """Three colours, the third preferred by a field."""

    space: ClassVar[Any] = Colours(3)

    def pair_energy(self, s: Any, t: Any) -> Any:
        return -1.0 * (np.asarray(s) == t)

    def site_energy(self, s: Any) -> Any:
        return -1.0 * (np.asarray(s) == 2)


def test_pairs_that_like_to_differ_are_no_reflections_of_uniform_order() -> None:
    """Breaks when clusters take the sign of a bond from the model and not from the two states that they swap."""
    system = small_system(Emery(), "periodic", "open")
    assert not system.staggered
    assert reflections(system) == ()
    for updater in serving(system):
        if updater.ergodic:
            assert g_test(system, count_states(system, updater.update, 3.0), 3.0) > 1e-6, updater.name
    check_model(Emery(J=1.0, K=0.5))


def test_a_field_on_any_state_is_one() -> None:
    """Breaks when only the poles are compared, so that a model with a field gets the schedule of one without."""
    assert has_field(Favoured())
    assert not has_field(Emery())


def test_without_a_known_transition_both_starts_take_part() -> None:
    """Breaks when all replicas start in one phase, so that R-hat cannot show that another one exists."""
    register_model("test-emery", Emery(J=1.0, K=0.0))
    try:
        system = get_system("test-emery", 16)
        spins = Equilibrium().start(system, np.full(64, 0.1), np.random.default_rng(0))
        ordered = (spins == spins[:, :1]).all(1)
        assert ordered.sum() == 32
    finally:
        for name in [name for name in SYSTEMS if name.startswith("test-emery")]:
            del SYSTEMS[name]


def test_an_updater_of_ones_own_is_used() -> None:
    """Breaks when those that come with spinlens are taken before a user's."""
    own = Updater("test-own", update_table, lambda system: system.name == "blume-capel", ergodic=True)
    register_updater(own)
    try:
        assert local_updater(get_system("blume-capel", 4)) == own
        assert local_updater(get_system("potts-3", 4)).name == "potts"
        with pytest.raises(ValueError, match="updater must be an Updater"):
            register_updater(Updater("test-odd", None, None, ergodic=True))  # type: ignore[arg-type]
    finally:
        del UPDATERS["test-own"]
