"""What a user registers is looked at before it is known, and bad parts are named in one line."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calls import run
from spinlens import InputError, Potts, Recipe, Transition, Values, get_system, register_edge, register_model, sample
from spinlens.data.channels import spin_channels
from spinlens.data.checks.equilibrium import judge
from spinlens.learning.networks.registry import Network, register_network
from spinlens.physics.catalogue import SYSTEMS
from spinlens.physics.couplings import get_couplings
from spinlens.physics.observables import OBSERVABLES, register_observable
from spinlens.physics.spaces import Colours
from spinlens.physics.systems import energy

OWN = {"names": ("cold", "hot"), "edges": (0.2, 0.8, 2.0), "step": 0.05}
COUNTS = dict.fromkeys(("train", "validation", "test"), (2, 2))


@dataclass(frozen=True)
class Wrong(Potts):
    """A Potts model with a fault."""

    fault: str = ""
    transition: Any = None

    def pair_energy(self, state: Any, neighbour: Any) -> Any:
        right = super().pair_energy(state, neighbour)
        found = {"nan": right * np.nan, "shape": np.zeros(3), "asymmetric": right + np.asarray(state) + 0 * neighbour}
        return found.get(self.fault, right)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: register_model("test-x", Wrong(fault="nan")), "finite energies"),
        (lambda: register_model("test-x", Wrong(fault="shape")), "model Wrong \\(energies\\)"),
        (lambda: register_model("test-x", Wrong(fault="asymmetric")), "the same for \\(s, t\\) and \\(t, s\\)"),
        (lambda: register_model("test-x", Wrong(transition=1.0)), "a Transition, or None"),
        (lambda: register_model("potts-3", Wrong()), "does not come with spinlens"),
        (lambda: register_model(None, Potts(3)), "name must be"),  # type: ignore[arg-type]
        (lambda: register_model("x" * 60, Potts(3)), "name must be"),
        (lambda: Transition(0.7, "first-order"), "transition \\(kind\\) must be one of continuous, first order"),
        (lambda: Transition("x"), "transition \\(temperature\\)"),  # type: ignore[arg-type]
        (lambda: Values((-0.5, 0.5)), "values must be a tuple of integers"),  # type: ignore[arg-type]
        (lambda: register_edge("screw"), "edge must be an Edge"),  # type: ignore[arg-type]
        (lambda: register_observable("m"), "observable must be an Observable"),  # type: ignore[arg-type]
        (lambda: register_observable(replace(OBSERVABLES["energy"], name="m2")), "a name that none has"),
        (lambda: register_network(Network("spin-vit", "x", print)), "a name that no weights have"),  # type: ignore[arg-type]
        (lambda: get_couplings("plus-minus", share="a"), "share must be a probability"),  # type: ignore[arg-type]
        (lambda: get_couplings("gaussian", width=True), "width must be a standard deviation"),
        (lambda: get_couplings("gaussian", share=0.5), "which take width and coupling_seed"),
    ],
)
def test_bad_parts_are_named(call: Any, words: str) -> None:
    """Breaks when a bad part is accepted, ends in another exception, or is known in part afterwards."""
    before = set(SYSTEMS)
    with pytest.raises(InputError, match=words):
        call()
    assert set(SYSTEMS) == before


def test_numpy_integers_are_numbers_of_colours() -> None:
    """Breaks when q = np.int64(3) is refused as no integer."""
    assert Potts(np.int64(5)) == Potts(5)  # type: ignore[arg-type]
    assert Colours(np.int64(3)).states.tolist() == [0, 1, 2]  # type: ignore[arg-type]


def test_a_recipe_gives_classes_where_no_transition_is_known() -> None:
    """Breaks when classes of a recipe are refused because there are no default ones, or the step is guessed."""
    system = {"name": "blume-capel", "D": 2.5, "size": 4}
    assert Recipe(system=system, classes=OWN, counts=COUNTS).classes.edges == (0.2, 0.8, 2.0)
    with pytest.raises(InputError, match=r"classes\.step must be given too"):
        Recipe(system=system, classes={key: OWN[key] for key in ("names", "edges")}, counts=COUNTS)
    assert get_system("blume-capel", 4, J=0.7, D=0.7 * 1.5).model.transition is not None


def test_broken_bonds_of_both_signs_cost_two() -> None:
    """Breaks when the channel of a bond with the factor -1 is not what it costs above its own least energy."""
    system = get_system("ising-plus-minus", 8, coupling_seed=1)
    spins = np.ones((1, 8, 8), np.int8)
    costs = spin_channels(system, spins)[0, 1:]
    assert set(np.unique(costs)) == {0.0, 2.0}
    assert costs.sum() - 2 * 64 == pytest.approx(float(energy(system, spins)[0]))


def test_another_boundary_is_not_at_equilibrium() -> None:
    """Breaks when energies that are too low where cold and too high where hot cancel in the test."""
    t = np.tile(np.linspace(0.5, 4.0, 15), 30)
    batch = sample(get_system("ising-periodic", 24), t, seed=6)
    other = get_system("ising-antiperiodic", 24)
    energies, chain = energy(other, batch.spins), np.arange(len(t))
    assert judge(other, t, energies, chain).ok is False
    assert judge(batch.system, t, batch.energy, chain).ok is True


def test_disorder_is_measured_and_drawn(capsys: Any, tmp_path: Path) -> None:
    """Breaks when a figure asks for a reweighted overlap, or --J and --set J contradict each other in silence."""
    quick = ("--size", "4", "--temperatures", "1,2", "--replicas", "4", "--sweeps", "8")
    code, _, err = run(capsys, "measure", "ising-plus-minus", *quick, "--out", tmp_path / "m")
    assert code == 0, err
    code, _, err = run(capsys, "measure", "potts-3", *quick, "--J", "1", "--set", "J=2", "--out", tmp_path / "n")
    assert (code, "set must be left out where --J is given" in err) == (2, True)
