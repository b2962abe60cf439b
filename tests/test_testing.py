"""The public checks pass for what is right, for a model of a few lines too, and fail for what is wrong."""

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from spinlens import Ising, Square, System, energy, get_boundary, sample
from spinlens.montecarlo.updaters.clusters import _swap, swendsen_wang
from spinlens.montecarlo.updaters.registry import UPDATERS, Updater, serving
from spinlens.physics.exact.density import mean_energy
from spinlens.physics.models.blume_capel import BlumeCapel
from spinlens.physics.models.potts import Potts
from spinlens.physics.spaces import Directions
from spinlens.testing import CheckError, check_model, check_updater, count_states, g_test, small_system, small_systems


@dataclass(frozen=True)
class Clock:
    """H = -J sum cos(2 pi (s_i - s_j) / 4): two Ising models at half the coupling."""

    J: float = 1.0
    space: ClassVar[Directions] = Directions(4)
    formula: ClassVar[str] = "H(s) = -J sum_<ij> cos(pi (s_i - s_j) / 2)"
    transition: ClassVar[None] = None
    scale = property(lambda self: abs(self.J))

    def pair_energy(self, state: Any, neighbour: Any) -> Any:
        return -self.J * np.cos(np.pi / 2 * (np.asarray(state, float) - neighbour)).round()

    def site_energy(self, state: Any) -> Any:
        return np.zeros(np.shape(state))


MODELS = (BlumeCapel(D=0.5, B=0.2), Potts(3), Clock())
FURTHER = (Ising(-0.8, 0.3), BlumeCapel(J=-1.0, D=0.5), Potts(4, J=-1.0), Potts(5), Potts(10))


@pytest.mark.parametrize("model", MODELS, ids=str)
def test_right_models_pass(model: Any) -> None:
    """Breaks when an updater, a symmetry, a twist or an energy is wrong for any of these models."""
    check_model(model)


@pytest.mark.slow
@pytest.mark.parametrize("model", [*MODELS, *FURTHER], ids=str)
@pytest.mark.parametrize("name", list(UPDATERS))
def test_every_updater_on_every_boundary(name: str, model: Any) -> None:
    """Breaks when an updater gives any state another weight, on any pair of named edges that it serves."""
    check_updater(UPDATERS[name], model)


POWER = [
    (BlumeCapel(D=0.5), "table", (3, 3), 1.5),
    (Ising(), "clusters", (3, 3), 1.5),
    (Potts(3), "clusters", (2, 3), 1.0),
]


@pytest.mark.parametrize(("model", "name", "shape", "temperature"), POWER, ids=str)
def test_two_percent_in_temperature_fail(model: Any, name: str, shape: tuple[int, int], temperature: float) -> None:
    """The power of the counts: what is simulated at 1.02 T is no sample at T."""
    system = System(
        model, Square(*shape), get_boundary("antiperiodic" if name == "clusters" else "periodic", "periodic")
    )
    counts = sum(count_states(system, UPDATERS[name].update, 1.02 * temperature, seed) for seed in range(16))
    assert g_test(system, counts, temperature) < 1e-6


def test_swaps_of_two_colours_fail_on_a_cyclic_seam() -> None:
    """Breaks when the usual Potts clusters are thought right where the seam shows the next colour: 0 and 1 swapped do
    not commute with that."""
    system = small_system(Potts(3), "antiperiodic", "periodic")
    names = {updater.name for updater in serving(system)}
    assert "clusters" in names, "by shifts"
    assert "wolff" not in names, "by swaps"

    def update(system, spins, temperature, sweeps, rng) -> None:
        for _ in range(sweeps):
            pair = [(0, 1), (0, 2), (1, 2)][rng.integers(3)]
            _swap(swendsen_wang, system, pair, spins, temperature, 1, rng)

    with pytest.raises(CheckError, match="Boltzmann"):
        check_updater(Updater("wrong", update, lambda system: system.boundary.vertical.seam < 0, True), Potts(3))


@dataclass(frozen=True)
class OneWay(Clock):
    """A bond that depends on which end is which."""

    def pair_energy(self, state: Any, neighbour: Any) -> Any:
        return np.sin(np.pi / 2 * (np.asarray(state, float) - neighbour))


def test_wrong_models_are_named() -> None:
    """Breaks when a check lets a model pass that other parts would misread, or does not say which check failed."""
    with pytest.raises(CheckError, match=r"pair_energy\(s, t\) = pair_energy\(t, s\)"):
        check_model(OneWay())
    with pytest.raises(CheckError, match="scale is above 0"):
        check_model(replace(Clock(), J=0.0))


@pytest.mark.parametrize("D", [-40.0, -80.0])
def test_blume_capel_without_zeros_is_ising(D: float) -> None:
    """Breaks when D has the wrong sign or scale: zeros have vanished, and E = E_Ising + D N, exactly enumerated.

    A zero costs |D| - 4 at least, and each of 9 sites changes E by |D| + 4 at most where it is one.
    """
    for T in (1.5, 3.0):
        system = System(BlumeCapel(D=D), Square(3, 3), get_boundary("periodic", "open"))
        other, rest = replace(system, model=Ising()), 9 * (abs(D) + 4) * np.exp(-(abs(D) - 4) / T) + 1e-9
        assert mean_energy(system, T) - 9 * D == pytest.approx(float(mean_energy(other, T)), abs=rest)


def test_two_colours_are_ising_at_half_the_coupling() -> None:
    """Breaks when q = 2 is not the Ising model with J / 2: delta(s, t) = (1 + s t) / 2, on every boundary."""
    for system in small_systems(Potts(2)):
        other, bonds = replace(system, model=Ising(0.5)), system.bonds.strength[:, :2].sum()
        potts, ising = (float(mean_energy(each, 1.3)) for each in (system, other))
        assert potts == pytest.approx(ising - bonds / 2, abs=1e-9)


def test_samples_have_the_exact_energy() -> None:
    """Breaks when the equilibrium protocol starts, helps or turns wrongly for a model: 4.5 standard errors."""
    for model, edges in ((Potts(3), ("antiperiodic", "pinned+-")), (BlumeCapel(), ("periodic", "antiperiodic"))):
        system = System(model, Square(3, 4), get_boundary(*edges))
        for T in (0.5, 0.9, 2.0):
            energies = energy(system, sample(system, np.full(2048, T), seed=3).spins)
            error = energies.std() / 2048**0.5
            assert abs(energies.mean() - mean_energy(system, T)) < 4.5 * error
