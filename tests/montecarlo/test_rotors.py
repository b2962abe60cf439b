"""Angles: every updater against quadrature on tiny lattices, with all boundaries, couplings and fields."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pytest
from rotor_quadrature import Means, quadrature, shape_of
from scipy.special import iv

import spinlens
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.montecarlo.updaters.registry import UPDATERS, local_updater, quench_updater, serving
from spinlens.physics.boundary import Boundary, get_boundary, get_edge
from spinlens.physics.lattices import Square
from spinlens.physics.masks import make_masks
from spinlens.physics.models.clock import Clock
from spinlens.physics.models.xy import XY
from spinlens.physics.order import order_parameter
from spinlens.physics.systems import System, energy
from spinlens.physics.vortices import bond_strength, squared_current
from spinlens.testing import count_states, g_test

TEMPERATURES = (0.5, 0.9, 1.6)
BOUNDARIES = (
    ("periodic", "periodic"),
    ("open", "open"),
    ("antiperiodic", "periodic"),
    ("periodic", "antiperiodic"),
    ("antiperiodic", "antiperiodic"),
    ("open", "antiperiodic"),
    ("pinned+-", "periodic"),
    ("pinned++", "antiperiodic"),
    ("periodic", "pinned+-"),
    ("pinned+-", "pinned++"),
    ("periodic", "screw"),
)
CASES = [(edges, 0.0, 1.0) for edges in BOUNDARIES] + [
    (("periodic", "periodic"), 0.4, 1.0),
    (("open", "antiperiodic"), -0.7, 1.0),
    (("pinned+-", "periodic"), 0.4, -1.0),
    (("periodic", "periodic"), 0.0, -1.0),
]
LANES, SNAPSHOTS, GAP, START = 1024, 8, 6, 250
LARGEST = 4.6  # of about 1000 normal numbers exceeds it with a probability below 0.5 %


@lru_cache
def exact(edges: tuple[str, str], T: float, J: float, B: float) -> Means:
    (m, n), held = shape_of(*edges), [edge.startswith("pinned") for edge in edges]
    free = (m - 2 * held[0]) * (n - 2 * held[1]) - (not any(held) and B == 0)  # where all may turn, one is fixed
    points = {1: 256, 2: 64, 3: 64, 4: 32, 5: 24, 6: 14}  # |m| has a tip at 0, which needs more of them
    return quadrature(m, n, *edges, T, J, B, points.get(free, 8))


def scores(system, T, update, means, seed):  # type: ignore[no-untyped-def]
    """(4,) deviations from the exact means in standard errors over independent lanes."""
    rng, lanes = np.random.default_rng(seed), np.full(LANES, T)
    spins = random_start(system, LANES, rng)
    spins[::2] = ordered_start(system, LANES // 2, rng)
    update(system, spins, lanes, START, rng)  # clusters held by pins and fields forget slowly
    found = np.zeros((4, LANES))
    plain = replace(system, model=XY())  # uniform |m|, as the quadrature has it
    for _ in range(SNAPSHOTS):
        update(system, spins, lanes, GAP, rng)
        states = spins.reshape(-1, *system.lattice.shape)
        stiffness = bond_strength(system, states) - squared_current(system, states) / T
        E = energy(system, states)
        found += [E, (E - means.energy) ** 2, order_parameter(plain, states), stiffness]
    found /= SNAPSHOTS
    return (found.mean(1) - means) / (found.std(1) / np.sqrt(LANES) + 1e-12)


@pytest.mark.parametrize("T", [pytest.param(T, marks=pytest.mark.slow) if T != 0.9 else T for T in TEMPERATURES])
@pytest.mark.parametrize("name", ["rotor-metropolis", "rotors", "overrelaxation", "clusters", "wolff"])
@pytest.mark.parametrize(("edges", "B", "J"), CASES)
def test_every_updater_agrees_with_quadrature(name: str, edges: tuple[str, str], B: float, J: float, T: float) -> None:
    """Energy, its variance, |m| and the helicity modulus.

    Breaks when a move, a seam, a pinned edge, a field or the sign of J is wrong: 1 % of the energy is 10 errors.
    """
    updater = UPDATERS[name]

    def mixed(*arguments):  # type: ignore[no-untyped-def]
        for each in (updater, *([UPDATERS["rotor-metropolis"]] if name == "overrelaxation" else [])):
            each.update(*arguments)

    system = spinlens.get_system("xy", shape_of(*edges), vertical=edges[0], horizontal=edges[1], B=B, J=J)
    z = scores(system, T, mixed, exact(edges, T, J, B), round(10 * T))
    assert np.abs(z[np.isfinite(z)]).max() < LARGEST, z


@dataclass(frozen=True)
class Comb:
    """All bonds to the right and those of the first column, with random factors: a tree."""

    seed: int = 0

    def strengths(self, shape: tuple[int, int]) -> np.ndarray:
        drawn = np.random.default_rng(self.seed).normal(0, 1.0, (*shape, 2))
        drawn[:, 1:, 1] = 0
        return drawn


@pytest.mark.parametrize("name", ["rotor-metropolis", "clusters", "wolff"])
@pytest.mark.parametrize("shape", [(3, 5), (2, 70)])
def test_each_bond_of_a_tree_has_the_energy_of_a_chain(name: str, shape: tuple[int, int]) -> None:
    """-J I1(J / T) / I0(J / T) a bond, whatever its own coupling J; a row of 70 sites needs two words.

    Breaks when a bond's factor goes to another bond, or bits are lost where one word ends and the next begins.
    """
    T, edge = 0.8, get_edge("open")
    system = System(XY(), Square(*shape), Boundary(edge, edge), couplings=Comb())
    strength, neighbour = system.bonds.strength[:, :2], system.bonds.neighbour[:, :2]
    rng, lanes = np.random.default_rng(3), 512
    spins = random_start(system, lanes, rng)
    UPDATERS[name].update(system, spins, np.full(lanes, T), 400, rng)
    found = np.zeros((lanes, *strength.shape))
    for _ in range(8):
        UPDATERS[name].update(system, spins, np.full(lanes, T), 40 if name == "wolff" else 8, rng)
        found += np.cos(spins[:, :, None].astype(float) - spins[:, neighbour]) / 8
    there = strength != 0
    expected = iv(1, strength[there] / T) / iv(0, strength[there] / T)
    z = (found.mean(0)[there] - expected) / (found.std(0)[there] / np.sqrt(lanes))
    assert np.abs(z).max() < LARGEST
    assert there.sum() == shape[0] * shape[1] - 1


def test_overrelaxation_changes_no_energy() -> None:
    """Breaks when a spin is mirrored at anything but the field of its neighbours, B included."""
    system = spinlens.get_system("xy-twisted", 12, B=0.3)
    rng = np.random.default_rng(0)
    spins = random_start(system, 20, rng)
    before, start = energy(system, spins.reshape(-1, 12, 12)), spins.copy()
    UPDATERS["overrelaxation"].update(system, spins, np.ones(20), 10, rng)
    assert (
        np.abs(energy(system, spins.reshape(-1, 12, 12)) - before).max() < 2e-3
    )  # 288 bonds, 10 roundings of 1e-7 each
    assert np.abs(spins - start).mean() > 0.5


def test_zero_and_infinite_temperature() -> None:
    """At T = 0 energies only fall, at infinity angles are uniform: no NaN from 1 / T."""
    system, rng = spinlens.get_system("xy", 8), np.random.default_rng(1)
    for name in ("rotors", "rotor-metropolis", "clusters", "wolff"):
        spins = random_start(system, 64, rng)
        before = energy(system, spins.reshape(-1, 8, 8))
        UPDATERS[name].update(system, spins, np.repeat([0.0, np.inf], 32), 50, rng)
        after = energy(system, spins.reshape(-1, 8, 8))
        assert (after[:32] <= before[:32] + 1e-3).all()
        assert abs(after[32:].mean()) < LARGEST * np.sqrt(64 / 32)  # variance 1/2 a bond, 128 bonds


def test_angles_keep_their_seat_beside_pinned_ones() -> None:
    """Pinned angles never move, to the last bit; ground states between opposite pins turn evenly."""
    system, rng = spinlens.get_system("xy-pinned", (9, 6)), np.random.default_rng(2)
    spins = ordered_start(system, 40, rng)
    exact_energy = -6 * 8 * np.cos(np.pi / 8) - 9 * 6
    assert np.allclose(energy(system, spins.reshape(-1, 9, 6)), exact_energy, atol=1e-4)
    for name in ("rotors", "clusters", "wolff"):
        UPDATERS[name].update(system, spins, np.full(40, 0.7), 20, rng)
    assert (spins.reshape(-1, 9, 6)[:, [0, -1]] == system.pinned[[0, -1]]).all()


def test_what_serves_angles() -> None:
    """Breaks when an updater of discrete states takes angles, or Metropolis is not what quenches them."""
    system = spinlens.get_system("xy", 4)
    names = [updater.name for updater in serving(system)]
    assert names == ["rotors", "rotor-metropolis", "overrelaxation", "clusters", "wolff", "exchange"]
    assert (local_updater(system).name, quench_updater(system).name) == ("rotors", "rotor-metropolis")


@pytest.mark.parametrize(
    ("spins", "words"),
    [
        (np.zeros((2, 16)), "spins (type) must be an array (count, 16) of float32"),
        (np.full((2, 16), np.nan, np.float32), "spins must be angles in radians from -1000 to 1000, got nan"),
    ],
)
def test_bad_angles_are_refused(spins: np.ndarray, words: str) -> None:
    """Breaks when compiled code meets angles that it cannot turn into directions."""
    with pytest.raises(spinlens.InputError) as caught:
        UPDATERS["rotors"].update(spinlens.get_system("xy", 4), spins, np.ones(2), 1, np.random.default_rng(0))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("q", "edges"),
    [(q, edges) for q in (4, 5, 6) for edges in (("periodic", "open"), ("pinned+-", "periodic"))]
    + [(q, ("antiperiodic", "periodic")) for q in (4, 6)],  # an odd number of directions has no half turn
)
def test_clusters_of_clocks_give_every_state_its_weight(q: int, edges: tuple[str, str]) -> None:
    """Counted states of a few sites. Breaks when an axis maps a direction between two others, or B turns about."""
    shape = (3, 2) if edges[0].startswith("pinned") or (q == 4 and edges[0] == "antiperiodic") else (2, 2)
    system = System(Clock(q, B=0.3), Square(*shape), get_boundary(*edges))
    assert "clusters" in [updater.name for updater in serving(system)]
    assert g_test(system, count_states(system, UPDATERS["clusters"].update, 1.5), 1.5) > 1e-6


def test_clusters_leave_clocks_with_fields_on_sites_alone() -> None:
    """Breaks when clusters are served where each site has a field of its own, which they do not know."""
    system = System(Clock(6), Square(4, 4), get_boundary("open", "open"), masks=make_masks(fields=np.eye(4)))
    assert "clusters" not in [updater.name for updater in serving(system)]
    assert spinlens.sample(system, [1.0], sweeps=5).spins.shape == (1, 4, 4)
