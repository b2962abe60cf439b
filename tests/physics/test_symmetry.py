"""Every element of every symmetry group leaves every energy as it is."""

import itertools

import numpy as np
import pytest

from conftest import edge_pairs
from spinlens import Ising, Square, System, energy, get_boundary, get_system
from spinlens.physics.symmetry import Element, SymmetryGroup, symmetry_group


def elements(group: SymmetryGroup) -> list[Element]:
    return [
        Element(down, right, point, map_)
        for down, right, (point, map_) in itertools.product(range(group.downs), range(group.rights), group.points)
    ]


def states(system: System, count: int = 5) -> np.ndarray:
    spins = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (count, *system.lattice.shape))
    return np.where(system.held, system.pinned, spins)


@pytest.mark.parametrize(("vertical", "horizontal"), edge_pairs())
@pytest.mark.parametrize("field", [0.0, 0.4])
def test_every_element_keeps_energies_and_pinned_spins(vertical: str, horizontal: str, field: float) -> None:
    """Breaks when an element moves a pinned spin or changes any energy."""
    for shape, J in (((4, 4), 1.0), ((3, 5), -1.0)):
        system = System(Ising(J, field), Square(*shape), get_boundary(vertical, horizontal))
        group = symmetry_group(system)
        spins = states(system)
        for element in elements(group):
            moved = np.stack([group.apply(element, s) for s in spins])
            np.testing.assert_allclose(energy(system, moved), energy(system, spins), atol=1e-12)
            assert (moved == system.pinned)[:, system.held].all()


def test_sizes_of_the_groups() -> None:
    """Breaks when symmetries are lost: shifts x the square's 8 x the flip; pinned rows keep shifts along, a mirror
    and the up-down mirror with a flip; the frame keeps only the half turn with a flip, for its corners differ;
    a screw loses the mirrors."""
    sizes = {name: len(elements(symmetry_group(get_system(name, 6)))) for name in ("ising-periodic", "ising-antiferro")}
    assert sizes == {"ising-periodic": 36 * 8 * 2, "ising-antiferro": 36 * 8 * 2}
    assert len(elements(symmetry_group(get_system("ising-antiperiodic", 6)))) == 36 * 8 * 2
    assert len(elements(symmetry_group(get_system("ising-skewed", 6)))) == 6 * 4
    assert symmetry_group(get_system("ising-skewed-frame", 6)).points == ((0, 0), (3, 1))
    assert len(elements(symmetry_group(get_system("ising-screw", 6)))) == 36 * 2 * 2  # a screw has a hand: no mirrors


def test_without_the_gauge_flip_an_antiperiodic_shift_is_no_symmetry() -> None:
    """The power of the test above: the same shift without the signs changes energies."""
    system = get_system("ising-antiperiodic", 4)
    group = symmetry_group(system)
    plain = SymmetryGroup(get_system("ising-periodic", 4), group.downs, group.rights, group.points)
    spins = states(system)
    moved = np.stack([plain.apply(Element(1, 0, 0, 0), s) for s in spins])
    assert not np.allclose(energy(system, moved), energy(system, spins))


def test_draws_reach_the_whole_group() -> None:
    """Breaks when the draw leaves part of the group out."""
    group, rng = symmetry_group(get_system("ising-skewed", 3)), np.random.default_rng(0)
    assert {group.draw(rng) for _ in range(2000)} == set(elements(group))
