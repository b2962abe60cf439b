"""What the public functions are given: names of systems, NumPy's numbers, and one line for everything else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import spinlens
from conftest import small_recipe
from spinlens import Boundary, Edge, InputError, Ising, Recipe, Square, System, get_boundary, get_system
from spinlens.learning.scope import check_average
from spinlens.montecarlo.protocols import Quench
from spinlens.physics.catalogue import SYSTEMS

SPINS = np.ones((3, 4, 6), np.int8)
OPEN = get_boundary("open", "open")
TAKERS: dict[str, Callable[[Any], Any]] = {
    "sample": lambda system: spinlens.sample(system, [2.0], "quench", 1),
    "measure": lambda system: spinlens.measure(system, [2.0]),
    "ceiling": lambda system: spinlens.ceiling(system),
    "energy": lambda system: spinlens.energy(system, SPINS),
    "magnetization": lambda system: spinlens.magnetization(system, SPINS),
    "order_parameter": lambda system: spinlens.order_parameter(system, SPINS),
    "is_solved": lambda system: spinlens.exact.is_solved(system),
    "density_of_states": lambda system: spinlens.exact.density_of_states(system),
    "energy_distribution": lambda system: spinlens.exact.energy_distribution(system, 2.0),
    "mean_energy": lambda system: spinlens.exact.mean_energy(system, 2.0),
    "heat_capacity": lambda system: spinlens.exact.heat_capacity(system, 2.0),
    "enumerate_states": lambda system: spinlens.exact.enumerate_states(system),
    "load_classifier": lambda system: spinlens.load_classifier("spin-vit", system),
}


@pytest.mark.parametrize("name", TAKERS)
def test_what_is_no_system_is_named(name: str) -> None:
    """Breaks when a public function ends in an AttributeError for a misspelt system, or for what is none."""
    with pytest.raises(InputError, match=r"^system must be .*, got ising-perodic; did you mean ising-periodic\?$"):
        TAKERS[name]("ising-perodic")
    with pytest.raises(InputError, match=r"^system must be a System, or the name of one, got 5"):
        TAKERS[name](5)


def test_a_name_stands_for_its_system() -> None:
    """Breaks when a name is another system than `get_system` gives, or not as large as the spins that come with it.

    24 aligned spins on a 4 x 6 torus have 48 bonds of energy -1.
    """
    spins = [spinlens.sample(given, [2.0], "quench", 1).spins for given in ("ising-open", get_system("ising-open"))]
    np.testing.assert_array_equal(*spins)
    assert spins[0].shape == (1, 100, 100)
    assert spinlens.energy("ising-periodic", SPINS).tolist() == [-48.0] * 3
    assert spinlens.magnetization("ising-antiferro", SPINS).tolist() == [1.0] * 3
    assert spinlens.order_parameter("ising-antiferro", SPINS).tolist() == [0.0] * 3
    assert not spinlens.exact.is_solved("ising-open")


BAD: dict[str, tuple[Callable[[], Any], str]] = {
    "names of edges": (lambda: Boundary("open", "open"), "vertical must be an Edge, got open; get_boundary"),
    "no edge": (lambda: Boundary(OPEN.vertical, 3), "horizontal must be an Edge, got 3"),
    "edge": (lambda: get_boundary("opn", "open"), "got opn; did you mean open?"),
    "edge of no text": (lambda: get_boundary("open", ["open"]), "horizontal must be one of periodic, "),
    "edge name": (lambda: Edge(3, seam=0), "edge (name) must be printable text, got 3"),
    "seam": (lambda: Edge("a", seam=1.0), "seam must be +1, -1 or 0, got 1.0"),
    "pins": (lambda: Edge("a", seam=0, pins=5), "pins must be two values"),
    "pins of text": (lambda: Edge("a", seam=0, pins="+-"), "pins must be two values"),
    "boundary": (lambda: spinlens.register_system("a", "", Ising(), "periodic"), "boundary must be a Boundary"),
    "name": (lambda: spinlens.register_system("odd name / x", "", Ising(), OPEN), "name must be up to 64 letters"),
    "recipe name": (lambda: spinlens.register_system("a.toml", "", Ising(), OPEN), "name must be up to 64 letters"),
    "model": (lambda: spinlens.register_system("a", "", Ising, OPEN), "model must be a model such as Ising"),
    "description": (lambda: spinlens.register_system("a", None, Ising(), OPEN), "description must be printable text"),
    "lattice": (lambda: System(Ising(), (4, 4), OPEN), "lattice must be a Square, got (4, 4)"),
    "system's boundary": (lambda: System(Ising(), Square(4, 4), "open"), "boundary must be a Boundary, got open"),
    "system's couplings": (lambda: System(Ising(), Square(4, 4), OPEN, "a", "gaussian"), "couplings must be Couplings"),
    "couplings": (lambda: spinlens.register_system("a", "", Ising(), OPEN, "gaussian"), "couplings must be Couplings"),
    "text as a size": (lambda: get_system("ising-open", "8x9"), "got 8x9; write [8, 9]"),
    "a side as text": (lambda: get_system("ising-open", "8"), "got 8; write 8"),
    "three sides": (lambda: get_system("ising-open", (8, 9, 10)), "size must be a number of sites a side, or two"),
    "a square too small": (lambda: get_system("ising-open", 1), "size must be an integer from 2 to 4096, got 1"),
    "one side too small": (lambda: get_system("ising-open", (4, 1)), "size (columns) must be an integer from 2"),
    "pinned rows": (lambda: get_system("ising-skewed", 2), "size must be at least 3 x 2, for spins between"),
    "start of a name": (lambda: get_system("ising"), "did you mean ising-periodic?"),
    "protocol": (lambda: spinlens.sample("ising-open", [2.0], 5), "protocol must be one of equilibrium, "),
    "sweeps": (
        lambda: spinlens.sample("ising-open", [2.0], Quench(1), 5),
        "sweeps must be left out with a protocol that is an object, got 5",
    ),
    "ceiling": (lambda: spinlens.ceiling("ising-periodic", "r.toml"), "recipe must be a Recipe, got r.toml"),
    "average": (lambda: check_average(2.5), "average must be an integer from 1 to 1000, got 2.5"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments_are_named(case: str) -> None:
    """Breaks when a bad argument is accepted, ends in another exception, or is not named with what is expected."""
    call, words = BAD[case]
    with pytest.raises(InputError) as caught:
        call()
    assert words in str(caught.value)
    assert not {"a", "a.toml", "odd name / x"} & set(SYSTEMS)


def test_numpy_integers_are_integers(tmp_path: Path) -> None:
    """Breaks when an integer that came out of an array is refused, or keeps its type in a value."""
    check_average(np.int64(3))
    assert get_system("ising-open", (np.int64(4), np.int32(6))).lattice == Square(4, 6)
    assert get_system("ising-open", [4, 6]) == get_system("ising-open", (4, 6))
    edge = Edge("a", seam=np.int8(0), pins=(np.int8(1), np.int8(-1)))
    assert edge == Edge("a", seam=0, pins=(1, -1))
    assert [type(value) for value in (edge.seam, *edge.pins)] == [int] * 3
    recipe = Recipe(**small_recipe(protocol="quench", sweeps=1))
    for workers in (2.0, True, 0, "2"):
        with pytest.raises(InputError, match="workers must be an integer from 1 to 1024"):
            spinlens.build(recipe, tmp_path / "data", workers=workers)
    for wrong in ("ising-periodic", {"system": "ising-periodic"}):
        with pytest.raises(InputError, match="recipe must be a Recipe"):
            spinlens.build(wrong, tmp_path / "data")
    assert not (tmp_path / "data").exists()
    assert (spinlens.build(recipe, tmp_path / "data", workers=np.int64(1)) / "manifest.json").is_file()


def test_training_takes_a_training_recipe(tmp_path: Path, small_data: Path) -> None:
    """Breaks when the recipe of a data set, or a model's name, ends in an AttributeError."""
    from spinlens.learning.runs import check_training

    with pytest.raises(InputError, match="recipe must be a TrainingRecipe, got spin-vit"):
        check_training("spin-vit", small_data, tmp_path / "run", False)
