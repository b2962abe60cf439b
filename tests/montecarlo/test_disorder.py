"""Quenched disorder: every state of a realisation against Boltzmann, on all boundaries, by every updater."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from spinlens import BlumeCapel, InputError, Ising, Potts, Recipe, exact, get_system
from spinlens.montecarlo.analysis.convergence import prove
from spinlens.montecarlo.analysis.measure import measure
from spinlens.montecarlo.equilibrium import Equilibrium
from spinlens.montecarlo.updaters.registry import UPDATERS, serving
from spinlens.physics.boundary import EDGES
from spinlens.physics.couplings import Couplings, Diluted, Gaussian, PlusMinus, get_couplings
from spinlens.physics.models.protocol import Model
from spinlens.physics.systems import DOWN, LEFT, RIGHT, UP, System, energy
from spinlens.testing import count_states, g_test, small_system

HOT = 2.5  # above the transition without disorder, so that snapshots 15 sweeps apart forget each other
KINDS: tuple[Couplings, ...] = (PlusMinus(0.5, 3), Gaussian(0.8, 5), Diluted(0.4, 2))


def disordered(couplings: Couplings, vertical: str = "periodic", horizontal: str = "periodic") -> System:
    return replace(small_system(Ising(1.0, 0.2), vertical, horizontal), couplings=couplings)


@pytest.mark.parametrize("couplings", KINDS, ids=str)
@pytest.mark.parametrize(
    "edges", [("periodic", "antiperiodic"), ("open", "pinned+-"), ("periodic", "screw")], ids="-".join
)
def test_bonds_are_the_same_from_both_ends(couplings: Couplings, edges: tuple[str, str]) -> None:
    """Breaks when a bond has another factor seen from its other end, or the energy of a loop over bonds differs."""
    system = replace(disordered(couplings, *edges), model=Ising(0.7, -0.3))
    bonds, back = system.bonds, {RIGHT: LEFT, DOWN: UP}
    spins = np.random.default_rng(1).choice([-1, 1], system.lattice.sites)
    spins[system.held.ravel()] = system.pinned.ravel()[system.held.ravel()]
    total = 0.3 * spins.sum()
    for site, way in itertools.product(range(system.lattice.sites), (RIGHT, DOWN)):
        there = bonds.neighbour[site, way]
        if bonds.strength[site, way]:
            assert bonds.neighbour[there, back[way]] == site
            assert bonds.strength[there, back[way]] == bonds.strength[site, way]
        sign = -1 if bonds.turns[site, way] else 1
        total -= 0.7 * bonds.strength[site, way] * sign * spins[site] * spins[there]
    assert energy(system, spins.reshape(system.lattice.shape)) == pytest.approx(total)


@pytest.mark.parametrize("couplings", KINDS, ids=str)
@pytest.mark.parametrize("edges", [("periodic", "periodic"), ("antiperiodic", "open"), ("open", "pinned+-")])
def test_every_state_has_its_weight(couplings: Couplings, edges: tuple[str, str]) -> None:
    """Breaks when an updater takes a bond for another one, its sign for the other, or none for one."""
    system = disordered(couplings, *edges)
    for updater in serving(system):
        if updater.ergodic:
            p = g_test(system, count_states(system, updater.update, HOT), HOT)
            assert p > 1e-6, (updater.name, p)


@pytest.mark.slow
@pytest.mark.parametrize("couplings", KINDS, ids=str)
@pytest.mark.parametrize("seed", [0, 1])
def test_every_state_on_every_boundary(couplings: Couplings, seed: int) -> None:
    """As above on all pairs of edges, and the other cluster updates between sweeps of the heat bath."""
    for vertical, horizontal in itertools.product(EDGES, EDGES):
        if "screw" in (vertical, horizontal) and "periodic" not in (vertical, horizontal):
            continue
        system = disordered(couplings, vertical, horizontal)
        local = next(updater for updater in serving(system) if updater.ergodic).update
        for updater in serving(system):

            def mixed(system, spins, t, sweeps, rng, updater=updater, local=local):  # type: ignore[no-untyped-def]
                updater.update(system, spins, t, sweeps, rng)
                local(system, spins, t, sweeps, rng)

            update = updater.update if updater.ergodic else mixed
            p = g_test(system, count_states(system, update, HOT, seed), HOT)
            assert p > 1e-6, (vertical, horizontal, updater.name, p)


@pytest.mark.parametrize("model", [Potts(3), BlumeCapel(D=0.3, B=0.2)], ids=str)
def test_any_model_takes_any_couplings(model: Model) -> None:
    """Breaks when the kernel for bonds with factors of their own knows two states only, or forgets a twist."""
    system = replace(small_system(model, "antiperiodic", "periodic"), couplings=Gaussian(1.0, 4))
    update = UPDATERS["weighted"].update
    names = [updater.name for updater in serving(system)]
    assert names == ["weighted", "kawasaki", "kawasaki-nonlocal", "exchange"]
    assert g_test(system, count_states(system, update, 1.5), 1.5) > 1e-6
    wrong = sum(count_states(system, update, 1.5 * 1.1, seed) for seed in range(8))
    assert g_test(system, wrong, 1.5) < 1e-6


@pytest.mark.parametrize("couplings", KINDS, ids=str)
def test_energies_of_four_by_four_are_sums_over_all_states(couplings: Couplings) -> None:
    """Breaks when the protocol, with its exchange and its further temperatures, gives another mean energy."""
    system, t = replace(get_system("ising-periodic", 4), couplings=couplings), np.array([0.4, 1.0, 2.5])
    total = energy(system, exact.enumerate_states(system))
    found = measure(system, t, replicas=64, sweeps=40, seed=1).observables
    for k, each in enumerate(t):
        p = exact.boltzmann(total, each)
        assert abs(found["energy"][k] - p @ total / 16) < 4 * found["energy_error"][k]
    assert (found["r_hat"] < 1.1).all()


def test_exchange_forgets_its_start_in_a_spin_glass() -> None:
    """Breaks when replicas of a 16 x 16 spin glass stay where they began: ordered and random starts differ."""
    proof = prove(get_system("ising-plus-minus", 16), np.array([0.5, 1.0]), Equilibrium(), seed=1)
    assert all(each.r_hat_energy < 1.1 and each.r_hat_order < 1.1 for each in proof), proof


def test_realisations_are_a_function_of_kind_number_and_seed() -> None:
    """Breaks when two data sets of one recipe have other couplings, or a share or a width is ignored."""
    recipe = Recipe(system={"name": "ising-plus-minus", "size": 32, "coupling_seed": 7})
    system = recipe.system.system()
    assert system.couplings == PlusMinus(0.5, 7)
    np.testing.assert_array_equal(system.bonds.strength, Recipe(**recipe.model_dump()).system.system().bonds.strength)
    assert set(np.unique(system.bonds.strength)) == {-1.0, 1.0}
    assert abs(get_couplings("plus-minus", share=0.25).strengths((64, 64)).mean() - 0.5) < 5 * 0.87 / 90
    normal = get_couplings("gaussian", width=2.0).strengths((64, 64))
    assert abs(normal.mean()) < 5 * 2 / 90
    assert abs(normal.std() - 2) < 5 * 1.4 / 90
    assert "couplings" not in Recipe().model_dump()["system"]
    for values, words in (
        ({"couplings": "plus-minus", "width": 1.0}, "width must be left out with couplings plus-minus"),
        ({"couplings": "gauss"}, "couplings must be one of plus-minus, gaussian, diluted, got gauss"),
        ({"share": 0.5}, "share must be left out: the couplings of ising-periodic are uniform"),
        ({"couplings": "diluted", "share": 1.5}, "share must be a probability from 0 to 1"),
    ):
        with pytest.raises(InputError, match=words):
            Recipe(system=values)
