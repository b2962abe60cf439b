"""The weights that come with spinlens: made by the recipes, and good for the systems that they were trained on."""

import json
import tomllib
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spinlens import Ising, Square, System, energy, exact, get_boundary, get_system, load_classifier, sample
from spinlens.errors import InputError, UnseenWarning
from spinlens.learning.fit import check_start, fitting_model
from spinlens.learning.presets import preset_for
from spinlens.learning.pretraining_recipe import PretrainingRecipe
from spinlens.learning.shipped import INCLUDED, equivalents, weights_folder

FOUR = ["ising-periodic", "ising-antiferro", "ising-skewed", "ising-antiperiodic"]
RECIPES = Path(__file__).parents[2] / "recipes"


def test_shipped_weights_come_from_the_recipes_and_are_small() -> None:
    """Breaks when weights were made by another recipe than the one in the repository, or outgrow 12 MB."""
    folders = [folder for folder in INCLUDED.iterdir() if folder.is_dir()]
    assert {"spin-vit", "resnet-small-pretrained"} <= {folder.name for folder in folders}
    for folder in folders:
        values = tomllib.loads((RECIPES / f"{folder.name.removesuffix('-pretrained')}.toml").read_text())
        made = json.loads((folder / "recipe.json").read_text())
        assert PretrainingRecipe.model_validate(values).model_dump(mode="json") == made
        assert json.loads((folder / "config.json").read_text())["spinlens"]["pretraining"].items() >= made.items()
    assert sum(file.stat().st_size for folder in folders for file in folder.iterdir()) < 12e6


@pytest.mark.parametrize("name", FOUR)
def test_tier_c_was_trained_on_neither_the_system_nor_an_equivalent(name: str) -> None:
    """Breaks when the weights chosen for a system were made with it, under whatever name, or with an equivalent one."""
    system = get_system(name)
    folder = weights_folder("spin-vit-others", replace(system, name="another name"))
    seen = {get_system(each).physics for each in json.loads((folder / "recipe.json").read_text())["systems"]}
    assert seen
    assert not seen & {each.physics for each in equivalents(system)}
    models = ("spin-vit-others", "spin-vit", str(folder), "spin-vit-scratch", "resnet-50", "nobody/network")
    presets = ["transfer", "fine-tune", "transfer", "scratch", "scratch", "paper"]
    assert [preset_for(model, system) for model in models] == presets


@pytest.mark.parametrize(
    ("name", "size", "doubt"),
    [
        ("ising-periodic", 60, None),
        ("ising-antiferro", 200, None),
        ("ising-open", 60, "not on ising-open"),
        ("ising-screw", 100, "not on ising-screw"),
        ("ising-antiperiodic", 30, "sides of 50, 70, 100, 140 spins, not on 30 x 30"),
        ("ising-periodic", (100, 290), "not on 100 x 290"),
    ],
)
def test_systems_that_weights_were_not_trained_on_are_named(name: str, size: int | tuple, doubt: str | None) -> None:
    """Breaks when the shipped weights read systems that they know nothing of without a word, or warn of their own."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        load_classifier("spin-vit", get_system(name, size))
    told = " ".join(str(each.message) for each in caught if each.category is UnseenWarning)
    assert (doubt in told) if doubt else not told


def test_equivalent_systems_have_the_same_energies() -> None:
    """Breaks when J is reversed where no sublattice flip makes up for it: every energy of 2 x 4 and 3 x 3 states."""
    for name, shape in (("ising-periodic", (2, 4)), ("ising-antiperiodic", (2, 4)), ("ising-open", (4, 2))):
        same = [np.sort(energy(system, every_state(shape))) for system in equivalents(get_system(name, shape))]
        assert len(same) == 2
        np.testing.assert_array_equal(*same)
    odd = get_system("ising-periodic", 3)
    reverse = replace(odd, model=Ising(J=-1.0))
    assert equivalents(odd) == (odd,)
    assert not np.array_equal(np.sort(energy(odd, every_state((3, 3)))), np.sort(energy(reverse, every_state((3, 3)))))
    assert len(equivalents(get_system("ising-skewed", 6))) == 1
    assert preset_for("spin-vit", get_system("ising-screw")) == "transfer"


def every_state(shape: tuple[int, int]) -> np.ndarray:
    bits = np.arange(2 ** (shape[0] * shape[1]))[:, None] >> np.arange(shape[0] * shape[1])
    return (2 * (bits & 1) - 1).astype(np.int8).reshape(-1, *shape)


@pytest.mark.parametrize("name", FOUR)
@pytest.mark.parametrize(("temperature", "size"), [(1.5, 100), (2.2, 100), (3.5, 100), (2.2, 60)])
def test_shipped_weights_predict_the_temperature(name: str, temperature: float, size: int) -> None:
    """Breaks when weights and code part, or the size does not reach the network: on 200 snapshots the rms error
    is below twice the Cramer-Rao bound T^2 / sd(E) and the stated deviation within a factor of 2 of the error; also at
    a new side."""
    system = get_system(name, size)
    spins = sample(system, [temperature] * 200, seed=3).spins
    levels, log_counts = exact.density_of_states(system)
    p = exact.boltzmann(levels, temperature, log_counts)
    bound = temperature**2 / np.sqrt(p @ (levels - p @ levels) ** 2)
    value, deviation = load_classifier("spin-vit", system).predict(spins).state["temperature"]
    error = np.sqrt(np.mean((value - temperature) ** 2))
    assert error < 2 * bound
    assert 0.5 < deviation.mean() / error < 2


def test_included_weights_are_for_their_unit_of_temperature() -> None:
    """Breaks when weights that predict T for |J| = 1 are advised, or trained on, where J is another."""
    scaled = System(Ising(2.0), Square(50, 50), get_boundary("periodic", "periodic"))
    assert fitting_model(get_system("ising-periodic", 50)) == "spin-vit"
    assert fitting_model(scaled) == "spin-vit-scratch"
    for name in ("spin-vit", "resnet-small-pretrained"):
        with pytest.raises(InputError, match=r"\|J\| = 1 .* --model spin-vit-scratch trains anew"):
            check_start(name, scaled)
