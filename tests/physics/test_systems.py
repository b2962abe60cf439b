"""Energies against a plain loop over bonds, and input that is no system."""

import math

import numpy as np
import pytest

from conftest import edge_pairs
from spinlens import (
    Ising,
    Square,
    System,
    energy,
    get_boundary,
    get_system,
    magnetization,
    order_parameter,
    register_system,
)
from spinlens.errors import InputError
from spinlens.physics.catalogue import SYSTEMS

PINS = {"pinned++": (1, 1), "pinned+-": (1, -1), "pinned-+": (-1, 1), "pinned--": (-1, -1)}


def plain_energy(spins: np.ndarray, J: float, B: float, vertical: str, horizontal: str) -> float:
    """The Hamiltonian written out: every site's bond to the right and down, seams by name."""
    m, n = spins.shape
    seam = {"periodic": 1, "screw": 1, "antiperiodic": -1}
    total = 0.0
    for i in range(m):
        for j in range(n):
            total -= B * spins[i, j]
            turn_right, turn_down = (horizontal == "screw" and j + 1 == n), (vertical == "screw" and i + 1 == m)
            right, down = spins[(i + turn_right) % m, (j + 1) % n], spins[(i + 1) % m, (j + turn_down) % n]
            total -= J * spins[i, j] * right * (1 if j + 1 < n else seam.get(horizontal, 0))
            total -= J * spins[i, j] * down * (1 if i + 1 < m else seam.get(vertical, 0))
    return total


@pytest.mark.parametrize(("vertical", "horizontal"), edge_pairs())
def test_energy_is_the_plain_sum_over_bonds(vertical: str, horizontal: str) -> None:
    """Breaks when a bond is missed, doubled or has the wrong sign at a seam, side 2 included."""
    rng = np.random.default_rng(1)
    for shape in ((3, 3), (2, 5), (4, 3)):
        try:
            system = System(Ising(J=-0.7, B=0.3), Square(*shape), get_boundary(vertical, horizontal))
        except InputError:
            assert shape[0] == 2, "only two rows, both pinned, leave nothing to simulate"
            assert vertical in PINS
            continue
        spins = rng.choice([-1, 1], (6, *shape))
        expected = [plain_energy(s, -0.7, 0.3, vertical, horizontal) for s in spins]
        np.testing.assert_allclose(energy(system, spins), expected, rtol=0, atol=1e-12)


def test_the_torus_of_side_two_has_two_bonds_between_a_pair() -> None:
    """Breaks when doubled bonds are merged: all up is -8 (design: every bond once, to the right and down)."""
    assert energy(get_system("ising-periodic", 2), np.ones((2, 2))) == -8


def test_frames_are_pinned_and_columns_win_the_corners() -> None:
    """Breaks when the order of pinning changes."""
    frame = get_system("ising-skewed-frame", 4).pinned
    assert frame[:, 0].tolist() == [1, 1, 1, 1]
    assert frame[:, -1].tolist() == [-1, -1, -1, -1]
    assert frame[0, 1:-1].tolist() == [1, 1]
    assert frame[-1, 1:-1].tolist() == [-1, -1]
    assert not frame[1:-1, 1:-1].any()
    skewed = get_system("ising-skewed", 4).pinned
    assert skewed[[0, -1]].tolist() == [[1] * 4, [-1] * 4]


def test_magnetization_and_order_parameter() -> None:
    """Breaks when the antiferromagnet's order is not staggered or the mean is not over sites."""
    checkerboard = 1 - 2 * (np.indices((4, 4)).sum(0) % 2)
    antiferro = get_system("ising-antiferro", 4)
    assert magnetization(antiferro, checkerboard) == 0
    assert order_parameter(antiferro, checkerboard) == 1
    assert order_parameter(get_system("ising-periodic", 4), checkerboard) == 0
    assert magnetization(antiferro, np.ones((3, 4, 4))).tolist() == [1, 1, 1]


@pytest.mark.parametrize("size", [0, 1, -3, 10**6, 2.5, True])
def test_sizes_that_are_no_lattice(size: object) -> None:
    """Breaks when a bad side is accepted or named wrongly."""
    with pytest.raises(InputError, match="size"):
        get_system("ising-periodic", size)  # type: ignore[arg-type]


def test_own_names_can_be_given_again_and_those_of_spinlens_not() -> None:
    """Breaks when a program can change what `ising-periodic` means, or cannot correct a system of its own."""
    with pytest.raises(InputError, match="ising-periodic"):
        register_system("ising-periodic", "stronger", Ising(J=2.0), get_boundary("periodic", "periodic"))
    assert get_system("ising-periodic").model == Ising()
    register_system("ising-periodic", "ferromagnet on a torus", Ising(), get_boundary("periodic", "periodic"))
    try:
        for J in (2.0, 3.0):
            register_system("test-own", "a test", Ising(J=J), get_boundary("open", "periodic"))
            assert get_system("test-own", (4, 6)).model.J == J
    finally:
        del SYSTEMS["test-own"]


def test_a_system_is_a_value_with_its_name() -> None:
    """Breaks when systems that draw other random numbers are equal, or the name is part of the physics."""
    first, second = (System(Ising(), Square(4, 4), get_boundary("open", "open"), name) for name in ("one", "two"))
    assert first != second
    assert len({first, second, System(Ising(J=1), Square(4, 4), get_boundary("open", "open"), "one")}) == 2
    assert first.physics == second.physics
    assert first.physics != get_system("ising-periodic", 4).physics
    for bad in (None, 3, "a\nb", "\ud800"):
        with pytest.raises(InputError, match="name"):
            System(Ising(), Square(4, 4), get_boundary("open", "open"), bad)  # type: ignore[arg-type]


def test_nobody_can_change_what_a_system_remembers() -> None:
    """Breaks when a caller writes into arrays that the next one gets."""
    system = get_system("ising-skewed", 4)
    seen = system.bonds
    parts = (seen.neighbour, seen.turns, seen.strength, seen.sign)
    for array in (*parts, system.held, system.pinned, system.free_sites, system.ground_pattern):
        with pytest.raises(ValueError, match="read-only"):
            array.flat[0] = 3


def test_other_bad_input_names_its_field() -> None:
    """Breaks when a bad value gets through or the message does not name the field."""
    with pytest.raises(InputError, match="system must be one that `spinlens systems` lists, got ising"):
        get_system("ising")
    for bad in (math.nan, math.inf):
        with pytest.raises(InputError, match="J"):
            Ising(J=bad)
        with pytest.raises(InputError, match="B"):
            Ising(B=bad)
    with pytest.raises(InputError, match="coupling"):
        Ising(J=0.0)
    with pytest.raises(InputError, match="size"):
        get_system("ising-skewed", 2)
    system = get_system("ising-periodic", 4)
    with pytest.raises(InputError, match="shape"):
        energy(system, np.ones((4, 5)))
    for bad in (0, 2, math.nan):
        with pytest.raises(InputError, match="spins"):
            energy(system, np.full((4, 4), bad))
    for spins in ([[1, 1], [1]], np.full((4, 4), "1"), np.ones((4, 4), complex), np.full((4, 4), None)):
        with pytest.raises(InputError, match="spins"):
            energy(system, spins)
    for size in ((4,), (4, 4, 4), ()):
        with pytest.raises(InputError, match="size"):
            get_system("ising-periodic", size)  # type: ignore[arg-type]


def test_energies_of_large_lattices_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when the parts that bound the memory change an energy: 7 snapshots at once, then one by one."""
    system = System(Ising(J=-0.7, B=0.3), Square(30, 40), get_boundary("open", "antiperiodic"))
    spins = np.random.default_rng(0).choice([-1, 1], (7, 30, 40)).astype(np.int8)
    whole = energy(system, spins)
    monkeypatch.setattr("spinlens.physics.systems.CHUNK_SITES", 1)
    np.testing.assert_array_equal(energy(system, spins), whole)
