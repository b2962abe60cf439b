"""The XY model and its discrete sibling: energies, ground states, symmetries, vortices, stiffness and temperatures."""

import numpy as np
import pytest

from spinlens import InputError, get_system
from spinlens.montecarlo.starts import ordered_start, random_start
from spinlens.montecarlo.updaters.rotors import update_rotors
from spinlens.physics.angles import wrap
from spinlens.physics.defined import is_odd
from spinlens.physics.exact.enumeration import enumerate_states
from spinlens.physics.local_temperatures import allowed_temperatures
from spinlens.physics.models.clock import Clock
from spinlens.physics.models.potts import Potts
from spinlens.physics.models.protocol import energy_bounds, has_field
from spinlens.physics.models.xy import XY
from spinlens.physics.observables import OBSERVABLES, listed, present
from spinlens.physics.order import magnetization, order_parameter
from spinlens.physics.symmetry import symmetry_group
from spinlens.physics.systems import energy
from spinlens.physics.vortices import bond_strength, squared_current, vortex_density, vorticity

NAMES = ("xy", "xy-open", "xy-pinned", "xy-twisted")


@pytest.mark.parametrize("name", NAMES)
def test_energy_is_that_of_a_loop_over_bonds(name: str) -> None:
    """Breaks when a bond is counted twice, a seam adds no half turn, or angles are taken for numbers."""
    system, (m, n) = get_system(name, (3, 4), B=0.3, J=-1.5), (3, 4)
    state = random_start(system, 1, np.random.default_rng(0)).reshape(m, n).astype(float)
    closed = {"xy": (1, 1), "xy-open": (0, 0), "xy-pinned": (0, 1), "xy-twisted": (-1, -1)}[name]
    total = -0.3 * np.cos(state).sum()
    for i in range(m):
        for j in range(n):
            down, right = closed[0] if i == m - 1 else 1, closed[1] if j == n - 1 else 1
            total += 1.5 * down * np.cos(state[i, j] - state[(i + 1) % m, j])
            total += 1.5 * right * np.cos(state[i, j] - state[i, (j + 1) % n])
    assert np.isclose(energy(system, state), total)
    assert np.isclose(magnetization(system, state), np.cos(state).mean())


@pytest.mark.parametrize(
    ("name", "J", "least"),
    [
        ("xy", 1.0, -2 * 48),
        ("xy", -1.0, -2 * 48),
        ("xy-twisted", 1.0, -48 * (np.cos(np.pi / 6) + np.cos(np.pi / 8))),
        ("xy-pinned", 1.0, -5 * 8 * np.cos(np.pi / 5) - 48),
    ],
)
def test_ordered_starts_are_ground_states(name: str, J: float, least: float) -> None:
    """A twist is spread evenly over the side, in either sense. Breaks when starts hold a wall, which costs more."""
    system = get_system(name, (6, 8), J=J)
    spins = ordered_start(system, 50, np.random.default_rng(1)).reshape(-1, 6, 8)
    assert np.allclose(energy(system, spins), least, atol=1e-4)
    assert len(np.unique(spins[:, 2, 3].round(3))) > ("twisted" in name) * 1


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("J", [1.0, -1.0])
def test_symmetries_keep_energies(name: str, J: float) -> None:
    """Breaks when a drawn symmetry changes an energy or a pinned angle, or a torus lacks its rotations."""
    system, rng = get_system(name, (4, 6), J=J), np.random.default_rng(2)
    group, spins = symmetry_group(system), random_start(system, 1, rng).reshape(4, 6)
    assert group.rotates == (name != "xy-pinned")
    seen = []
    for _ in range(20):
        moved = group.apply(group.draw(rng), spins)
        assert moved.dtype == np.float32
        assert np.isclose(energy(system, moved), energy(system, spins), atol=1e-4)
        seen.append(magnetization(system, moved))
    assert np.std(seen) > 1e-3
    assert is_odd(system, False)
    assert not is_odd(get_system(name, (4, 6), J=J, B=0.2), False)


def test_a_vortex_and_its_opposite_are_found() -> None:
    """Four angles that turn once are one vortex; on a torus an antivortex makes up for it. Breaks with a wrong sign."""
    rows, columns = np.indices((8, 8)) - 3.5
    one = np.arctan2(-rows, columns).astype(np.float32)[None]  # rows run down: -rows turns to the left
    found = vorticity(get_system("xy-open", 8), one)[0]
    assert abs(found).sum() == 1
    assert abs(found[3, 3]) == 1
    mirrored = vorticity(get_system("xy-open", 8), -one)[0]
    assert mirrored[3, 3] == -found[3, 3]
    torus, rng = get_system("xy", 8), np.random.default_rng(3)
    spins = random_start(torus, 20, rng).reshape(-1, 8, 8)
    winding = vorticity(torus, spins)
    assert (winding.sum((1, 2)) == 0).all()
    assert np.array_equal(vortex_density(torus, spins), (winding != 0).mean((1, 2)))
    assert abs(vortex_density(torus, spins).mean() - 1 / 3) < 4.6 * np.sqrt(2 / 9 / 1280 * 2)  # 1/3 at random


def test_vortices_do_not_know_the_gauge() -> None:
    """The same vortices with J < 0, and across twisted seams. Breaks when a half turn is forgotten."""
    rng = np.random.default_rng(4)
    ferro, anti = get_system("xy", 6), get_system("xy", 6, J=-1.0)
    spins = random_start(ferro, 5, rng).reshape(-1, 6, 6)
    turned = wrap(spins + np.float32(np.pi) * (np.indices((6, 6)).sum(0) % 2).astype(np.float32))
    assert np.array_equal(vorticity(ferro, spins), vorticity(anti, turned))
    twisted = get_system("xy-twisted", 6)
    ground = ordered_start(twisted, 4, rng).reshape(-1, 6, 6)
    assert vortex_density(twisted, ground).max() == 0


def test_helicity_modulus_of_ground_and_random_states() -> None:
    """|J| where all angles are equal; at random <J cos> = 0 and <(J sin)^2> = J^2 / 2 a bond."""
    torus, rng = get_system("xy", 16, J=2.0), np.random.default_rng(5)
    equal = np.full((1, 16, 16), 0.7, np.float32)
    assert np.allclose([bond_strength(torus, equal)[0], squared_current(torus, equal)[0]], [2.0, 0.0], atol=1e-5)
    spins = random_start(torus, 4000, rng).reshape(-1, 16, 16)
    values = squared_current(torus, spins)
    assert abs(values.mean() - 4 / 2) < 4.6 * values.std() / np.sqrt(4000)


def test_observables_of_the_plane_are_theirs_alone() -> None:
    """Breaks when tables of the Ising model get columns of vortices, or pinned systems a stiffness that they lack."""
    planar = [OBSERVABLES["helicity_modulus"], OBSERVABLES["vortex_density"]]
    assert not set(planar) & set(listed(get_system("ising-periodic", 4)))
    assert set(planar) <= set(present(get_system("clock-6", 4)))
    assert set(planar) & set(present(get_system("xy-twisted", 4))) == {planar[1]}
    assert set(planar) & set(present(get_system("xy", 4, couplings="plus-minus"))) == {planar[0]}


def test_clock_models_that_are_others() -> None:
    """q = 2 is Ising, 3 Potts with 3/2 of the coupling, 4 two Ising models of half of it: transitions and energies."""
    ising = get_system("ising-periodic", 4).model.transition.temperature
    assert np.isclose(Clock(2).transition.temperature, ising)
    assert np.isclose(Clock(4).transition.temperature, ising / 2)
    assert np.isclose(Clock(3).transition.temperature, Potts(3, J=1.5).transition.temperature)
    system, potts = get_system("clock-4", (2, 3), q=3), get_system("potts-3", (2, 3), J=1.5)
    states = enumerate_states(system)
    assert np.allclose(energy(system, states), energy(potts, states) + 12 / 2)
    assert Clock(6).transition is None


def test_what_has_infinitely_many_states_is_refused_in_one_line() -> None:
    """Breaks when exact enumeration of angles fails with a traceback."""
    with pytest.raises(InputError, match="one with finitely many states a site, got angles"):
        enumerate_states(get_system("xy", 2))


def test_bounds_and_fields() -> None:
    """Breaks when trial angles miss the extremes of the energy, or a field of the model goes unseen."""
    assert np.allclose(energy_bounds(XY(J=-2.0, B=0.5)), (-4.5, 4.5))
    assert not has_field(XY())
    assert has_field(XY(B=0.1))
    for values in ({"J": 0.0}, {"B": 1e7}, {"B": np.nan}):
        with pytest.raises(InputError):
            XY(**values)


def test_single_snapshots_allow_their_temperature() -> None:
    """The interval of each snapshot at equilibrium holds its T, and excludes T far away: each angle given its field."""
    system, rng = get_system("xy", 24, B=0.2), np.random.default_rng(6)
    T = np.repeat([0.4, 0.9, 1.6], 16)
    spins = random_start(system, 48, rng)
    update_rotors(system, spins, T, 300, rng)
    low, high = allowed_temperatures(system, spins.reshape(-1, 24, 24), 1e-4).T
    assert ((low < T) & (high > T)).all()
    assert (high / low < 2.5).all()
    cold = np.zeros((1, 24, 24), np.float32)
    assert allowed_temperatures(system, cold, 1e-4)[0, 0] == 0
    assert order_parameter(system, cold)[0] == 1
