"""Couplings other than +-1: physics depends on T / |J|, so the paper's classes are |J| times those of J = 1."""

import json
from pathlib import Path

import numpy as np
import pytest

from calls import run
from spinlens import Recipe, ceiling, get_system, sample
from spinlens.data.checks.proofs import read_proof, write_proof
from spinlens.data.classes import Classes, default_classes
from spinlens.data.formats.imports import import_dataset
from spinlens.data.layout import recipe_text
from spinlens.data.plan import plan
from spinlens.data.read import read_columns, read_recipe
from spinlens.data.recipe import parse_recipe
from spinlens.errors import InputError
from spinlens.physics.models.ising import Ising

EDGES = (0.0, 1.055, 2.119, 2.320, 4.0)


def system(J: float | None, name: str = "ising-periodic", size: int = 8) -> dict[str, object]:
    return {"name": name, "size": size} | ({} if J is None else {"J": J})


@pytest.mark.parametrize("J", [2.0, -2.0, 3.0, 0.1, 1e-21, -1e80])
def test_the_papers_classes_are_in_units_of_the_coupling(J: float) -> None:
    """Breaks when J = 2 has the edges of J = 1: every label is then that of half the temperature."""
    plain, scaled = plan(Recipe()), plan(Recipe(system=system(J)))
    np.testing.assert_allclose(scaled.value, plain.value * abs(J), rtol=1e-9)
    np.testing.assert_array_equal(scaled.label, plain.label)
    assert Recipe(system=system(J)).classes == default_classes(Ising(J))


def test_multiples_of_edges_are_written_as_decimals() -> None:
    """Breaks when recipe.json shows 3.1649999999999996 for 3 times 1.055."""
    assert default_classes(Ising(-3.0)).edges == (0.0, 3.165, 6.357, 6.96, 12.0)
    assert default_classes(Ising(3.0)).step == 0.03


@pytest.mark.parametrize("J", [None, 1.0, -1.0])
def test_unit_couplings_keep_the_papers_numbers(J: float | None) -> None:
    """Breaks when the classes of |J| = 1, and with them every byte of a data set, change."""
    recipe = parse_recipe({"system": system(J)})
    assert recipe.classes == Classes()
    assert json.loads(recipe.model_dump_json())["classes"] == {
        "names": ["FSbCR", "SbCR", "CR", "SpCR"],
        "edges": list(EDGES),
        "step": 0.01,
    }


def test_given_classes_stay_as_they_are() -> None:
    """Breaks when edges that a user gives are scaled, or what is left out is not, or a recipe is scaled twice."""
    given = Recipe(system=system(2.0), classes={"edges": (0.0, 1.0, 2.0, 3.0, 4.0)}).classes
    assert (given.edges, given.step) == ((0.0, 1.0, 2.0, 3.0, 4.0), 0.02)
    assert Recipe(system=system(2.0), classes={"step": 0.5}).classes.edges == (0.0, 2.11, 4.238, 4.64, 8.0)
    assert Recipe(system=system(2.0), classes=Classes()).classes == Classes()
    recipe = parse_recipe({"system": system(2.0)})
    assert parse_recipe(recipe.model_dump()) == recipe


@pytest.mark.parametrize("J", [2.0, -0.5])
def test_the_ceiling_does_not_depend_on_the_unit(J: float) -> None:
    """Breaks when temperatures of J = 1 are taken for another coupling: p(E / |J| | T / |J|) is the same for all.

    8 x 8 is bipartite: the antiferromagnet has the ferromagnet's energies.
    """
    ones = ceiling(Recipe(system=system(1.0)).system.system())
    for found in (
        ceiling(Recipe(system=system(J)).system.system()),
        ceiling(Recipe(system=system(J)).system.system(), Recipe(system=system(J))),
    ):
        assert found.macro_f1 == pytest.approx(ones.macro_f1, abs=1e-9)
        assert list(found.f1.values()) == pytest.approx(list(ones.f1.values()), abs=1e-9)


def test_commands_take_the_unit_from_the_coupling(capsys, tmp_path: Path) -> None:
    """Breaks when ceiling or sample take temperatures of J = 1 for J = -2."""
    answers = [run(capsys, "ceiling", "ising-periodic", "--size", 8, "--J", J) for J in (1, -2)]
    assert [code for code, *_ in answers] == [0, 0]
    assert answers[0][1].splitlines()[1:] == answers[1][1].splitlines()[1:]
    for J, expected in ((-2, 4.54), (1, 2.27)):
        out = tmp_path / f"{J}.npz"
        assert run(capsys, "sample", "ising-periodic", "--size", 4, "--J", J, "--count", 2, "--out", out)[0] == 0
        with np.load(out) as arrays:
            assert arrays["temperature"].tolist() == [expected] * 2


def test_imports_take_the_unit_from_the_coupling(tmp_path: Path) -> None:
    """Breaks when snapshots of J = 2 up to T = 8 are refused, or labelled as those of J = 1."""
    temperature = np.tile([1.0, 3.0, 4.4, 7.5], 10)
    spins = np.random.default_rng(0).choice(np.array([-1, 1], np.int8), (40, 8, 8))
    np.savez(tmp_path / "own.npz", spins=spins, temperature=temperature)
    recipe = parse_recipe({"system": system(2.0)})
    out = import_dataset(tmp_path / "own.npz", recipe, tmp_path / "data", independent=True)
    assert read_recipe(out).classes.edges == (0.0, 2.11, 4.238, 4.64, 8.0)
    found, label = read_columns(out, "temperature", "label")
    np.testing.assert_array_equal(label, np.searchsorted([1.0, 3.0, 4.4, 7.5], found))


TWO = {"names": ("low", "high"), "edges": (0.0, 2.0, 4.0)}


def test_counts_that_are_left_out_are_asked_for() -> None:
    """Breaks when a message on missing counts quotes defaults that nobody gave."""
    with pytest.raises(InputError, match=r"^\[counts\] must be given for 2 classes, got none$"):
        parse_recipe({"classes": TWO})
    with pytest.raises(InputError, match=r"^counts.validation must be given for 2 classes"):
        parse_recipe({"classes": TWO, "counts": {"train": (2, 2)}})


def test_import_needs_no_counts(capsys, tmp_path: Path) -> None:
    """Breaks when a recipe of two classes must count images that import counts itself."""
    names = '["low", "high"]'
    (tmp_path / "two.toml").write_text(
        f'[system]\nname = "ising-periodic"\nsize = 8\n[classes]\nnames = {names}\nedges = [0.0, 2.0, 4.0]\n'
    )
    batch = sample(get_system("ising-periodic", 8), np.tile([1.0, 3.0], 20), seed=1)
    np.savez(tmp_path / "own.npz", spins=batch.spins, temperature=batch.temperature)
    code, _, err = run(
        capsys, "import", tmp_path / "own.npz", tmp_path / "two.toml", "--independent", "--out", tmp_path / "data"
    )
    assert (code, err) == (0, "")
    assert read_recipe(tmp_path / "data").counts.model_dump() == {
        "train": (12, 12),
        "validation": (4, 4),
        "test": (4, 4),
    }


def test_public_recipes_raise_input_errors() -> None:
    """Breaks when Recipe takes no name for a system, or ends in pydantic's own error of many lines."""
    assert Recipe(system="ising-open") == parse_recipe({"system": "ising-open"})
    for values, words in (
        ({"system": "ising"}, "system must be one that `spinlens systems` lists, got ising"),
        ({"seed": -1}, "seed must be greater than or equal to 0, got -1"),
        ({"seed": True}, "seed must be a number or text"),
        ({"sise": 3}, r"recipe \(key\) must be one of system"),
        ({"system": {"name": "ising-periodic", "size": "big"}}, "size must be a number of sites a side"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            Recipe(**values)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("J", [1e-21, 1e21, -1.0, 2.5])
def test_proofs_of_any_unit(J: float, tmp_path: Path) -> None:
    """Breaks when temperatures of a proof are rounded to absolute digits: at J = 1e-21 all of them are then 0.

    Middles of the classes on the grid of J = 1: 0.525, 1.585, 2.215 (of 2.12 to 2.31) and 3.16.
    """
    counts = {"train": (1,) * 4, "validation": (1,) * 4, "test": (1,) * 4}
    recipe = Recipe(system=system(J, size=4), counts=counts)
    write_proof(recipe, recipe.system.system(), begun(tmp_path, recipe))
    stored = [row["temperature"] for row in json.loads((tmp_path / "proof.json").read_text())]
    assert [row.temperature for row in read_proof(tmp_path, recipe)] == stored
    middles = (0.525, 1.055, 1.585, 2.119, 2.215, 2.32, 3.16)
    assert stored == pytest.approx([t * abs(J) for t in middles], rel=1e-9)
    if abs(J) == 1:
        assert stored == list(middles)


def begun(folder: Path, recipe: Recipe) -> Path:
    """A folder in which a build of the recipe was begun."""
    (folder / "recipe.json").write_text(recipe_text(recipe))
    return folder
