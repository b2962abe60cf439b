"""Data sets whose classes are of a parameter: Boltzmann's statistics at each value, bytes, checks that fail."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2

from control_states import BONDS, CLASSES, SQUARES, STATES, T, crystal_field_recipe, weigh
from spinlens import load
from spinlens.cli import main
from spinlens.data import plan as planning
from spinlens.data import shards
from spinlens.data.build import build, build_part, merge
from spinlens.data.checks.check import check
from spinlens.data.checks.copies import _rare_states, copies
from spinlens.data.checks.findings import LEVEL
from spinlens.data.formats.export import export
from spinlens.data.formats.user_files import read_files
from spinlens.data.layout import recipe_text
from spinlens.data.recipe import SPLITS, Recipe, parse_recipe
from spinlens.errors import InputError
from spinlens.physics.control import Control

RECIPE = crystal_field_recipe()
LARGER = crystal_field_recipe(system={"name": "blume-capel", "size": 8})


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(RECIPE, tmp_path_factory.mktemp("crystal") / "data")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_images_have_boltzmanns_statistics_at_their_own_value(data: Path) -> None:
    """Breaks when an image comes from another crystal field than its row says: chi-square over all values of D."""
    found = [load(data, split) for split in SPLITS]
    D, squares = (np.concatenate([getattr(one, name) for one in found]) for name in ("value", "statistic"))
    spins = np.concatenate([one.spins for one in found])
    np.testing.assert_array_equal(squares, (spins**2).sum((1, 2)))
    assert all((one.temperature == T).all() for one in found)

    def p_value(shift: float) -> float:
        z = []
        for value in np.unique(D):
            p, mine = weigh(value * (1 + shift)), squares[value == D]
            mean, square = p @ SQUARES, p @ SQUARES**2
            z.append((mine.sum() - len(mine) * mean) / np.sqrt(len(mine) * (square - mean**2)))
        return float(chi2.sf(np.square(z).sum(), len(z)))

    assert p_value(0.0) > 1e-3
    assert p_value(0.3) < 1e-6
    energies = np.concatenate([one.energy for one in found])
    own = [BONDS[(one == STATES).all((1, 2))][0] for one in spins]
    np.testing.assert_allclose(energies, own + D * squares, atol=1e-9)


@pytest.mark.slow
def test_processes_build_the_same_bytes(data: Path, tmp_path: Path) -> None:
    """Breaks when a worker process gets another system, or other random numbers, for a value."""
    assert contents(build(RECIPE, tmp_path / "two", workers=2)) == contents(data)


def test_bytes_depend_on_the_recipe_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when the order of shards or an interruption decides which random numbers a value gets."""
    quick = crystal_field_recipe(sweeps=12, classes=CLASSES | {"step": 0.2})
    monkeypatch.setattr(planning, "IMAGES_A_SHARD", 128)
    whole = contents(build(quick, tmp_path / "shards"))
    assert len([name for name in whole if name.startswith("data/train")]) == 3
    for part in ((3, 3), (1, 3), (2, 3)):
        build_part(quick, tmp_path / "parts", part)
    assert contents(merge(quick, tmp_path / "parts")) == whole


def test_a_good_data_set_passes_every_check(data: Path) -> None:
    """Breaks when a check reads the temperature, which is the same everywhere, for the variable of the classes."""
    found = {finding.name: finding for finding in check(data)}
    assert not [finding for finding in found.values() if finding.ok is False]
    assert found["equilibrium"].ok is True
    assert "dH/dD" in found["equilibrium"].detail
    assert "values of D" in found["equilibrated"].detail
    assert len([name for name in found if name.startswith("|m| by sweeps, D = ")]) == 3


@pytest.mark.parametrize("factor", [1.05, -1.0])
def test_images_of_another_value_fail_the_check(factor: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when crystal fields that are 5 % off, or of the wrong sign, pass: energies in the rows fit the spins."""
    draw: Callable[..., Any] = shards.sample_values

    def shifted(control: Control, values: np.ndarray, *rest: Any, **named: Any) -> Any:
        batch = draw(control, factor * values, *rest, **named)
        return replace(batch, energy=control.energy(batch.spins, values))

    monkeypatch.setattr(shards, "sample_values", shifted)
    folder = build(LARGER, tmp_path / "data")
    monkeypatch.undo()
    assert [finding.name for finding in check(folder) if finding.ok is False] == ["equilibrium"]


def test_copies_are_found_and_chance_is_none() -> None:
    """Breaks when states are called rare that chance repeats, by exact counts, or when a copied image is not found."""
    recipe = crystal_field_recipe(temperature=0.4)
    D = np.random.default_rng(0).choice(recipe.classes.grid(), len(STATES))
    rare = _rare_states(recipe.control(), BONDS + D * SQUARES, D, SQUARES.astype(float))
    expected = sum((value == D).sum() * weigh(value, 0.0, 0.4) for value in np.unique(D))
    assert 0 < rare.sum() < len(STATES)
    assert (expected[rare] < LEVEL / len(STATES)).all()
    unlikely = np.flatnonzero(rare)[:1]
    digest = np.arange(len(STATES))
    digest[unlikely] = digest[np.flatnonzero(rare)[1]]
    columns = BONDS + D * SQUARES, D, SQUARES.astype(float)
    assert copies(recipe, np.arange(len(STATES)), *columns).ok is True
    assert copies(recipe, digest, *columns).ok is False


def test_recipes_of_temperatures_are_written_as_before() -> None:
    """Breaks when new settings appear in the recipe.json of data sets that do not use them."""
    text = recipe_text(Recipe())
    assert "variable" not in text
    assert '"temperature"' not in text
    assert parse_recipe(RECIPE.model_dump(mode="json")) == RECIPE


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"temperature": None}, "temperature must be given where D is the variable"),
        ({"temperature": 0.0}, "temperature must be greater than 0"),
        ({"classes": CLASSES | {"variable": "temperature"}}, "temperature must be left out"),
        ({"classes": {k: v for k, v in CLASSES.items() if k != "edges"}}, "classes.edges must be given"),
        ({"classes": {k: v for k, v in CLASSES.items() if k != "step"}}, "classes.step must be given"),
        ({"classes": CLASSES | {"variable": "Q"}}, "classes.variable must be temperature, or .* got Q"),
        ({"system": {"name": "blume-capel", "size": 3, "D": 1.0}}, "system.D must be left out"),
        ({"protocol": "imported"}, "classes.variable must be temperature where snapshots are imported"),
    ],
)
def test_impossible_recipes_are_refused(changes: dict[str, Any], message: str) -> None:
    """Breaks when a missing or needless setting is guessed."""
    with pytest.raises(InputError, match=message):
        crystal_field_recipe(**changes)


def test_negative_values_make_classes() -> None:
    """Breaks when a field below 0 is refused, or the digits of its grid follow the last edge alone."""
    classes = {"variable": "B", "names": ["down", "up"], "edges": [-0.3, 0.0, 0.1], "step": 0.1}
    counts = {split: [2, 2] for split in SPLITS}
    recipe = crystal_field_recipe(system={"name": "ising-periodic", "size": 4}, classes=classes, counts=counts)
    assert [recipe.classes.values(k).tolist() for k in range(2)] == [[-0.3, -0.2, -0.1], [0.0, 0.1]]


def test_an_export_holds_the_variable_and_is_read_back(data: Path, tmp_path: Path) -> None:
    """Breaks when an export loses D, or reading it compares energies with those of another D."""
    path = export(data, tmp_path / "data.npz", "npz")
    with np.load(path) as arrays:
        np.testing.assert_array_equal(arrays["test_D"], load(data, "test").value)
        kept = dict(arrays)
    assert len(read_files([path], RECIPE.system.system())) == 360
    folder = export(data, tmp_path / "pictures", "images")
    assert len(read_files([folder], RECIPE.system.system())) == 360
    kept["test_D"] = kept["test_D"] + 0.4
    np.savez(tmp_path / "other.npz", **kept)
    with pytest.raises(InputError, match="energy"):
        read_files([tmp_path / "other.npz"], RECIPE.system.system())
    del kept["test_D"]
    np.savez(tmp_path / "none.npz", **kept)
    with pytest.raises(InputError, match="test_D must be given"):
        read_files([tmp_path / "none.npz"], RECIPE.system.system())


def test_one_system_at_temperatures_is_not_sampled_from_such_a_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Breaks when `sample` takes the default D in silence."""
    lines = "temperature = 1.0\n[system]\nname = 'blume-capel'\nsize = 3\n[classes]\nvariable = 'D'\n"
    lines += "names = ['a', 'b']\nedges = [1.0, 2.0, 3.0]\nstep = 0.5\n[counts]\n"
    lines += "".join(f"{split} = [1, 1]\n" for split in SPLITS)
    (tmp_path / "own.toml").write_text(lines)
    line = ["spinlens", "sample", str(tmp_path / "own.toml"), "--out", str(tmp_path / "x.npz")]
    monkeypatch.setattr("sys.argv", line)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "--set D=VALUE" in capsys.readouterr().err
