"""The command that `build` prints next runs, whatever the lattice, the classes and the name of the folder."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from calls import run
from spinlens.cli.next_steps import after_data
from spinlens.data.recipe import parse_recipe
from spinlens.learning.fit import default_fits, fitting_model, patch_size
from spinlens.physics.catalogue import get_system

COUNTS = "[counts]\ntrain = [{0}]\nvalidation = [{0}]\ntest = [{0}]\n"
RECIPES = {
    "squares of ten": '[system]\nname = "ising-periodic"\nsize = 20\n' + COUNTS.format("9, 9, 9, 9"),
    "a rectangle": '[system]\nname = "ising-periodic"\nsize = [16, 24]\n' + COUNTS.format("9, 9, 9, 9"),
    "primes": '[system]\nname = "ising-open"\nsize = [7, 11]\nJ = -2.0\nB = 0.5\n' + COUNTS.format("9, 9, 9, 9"),
    "no patches": '[system]\nname = "ising-periodic"\nsize = [53, 59]\n' + COUNTS.format("1, 1, 1, 1"),
    "two classes": '[system]\nname = "ising-periodic"\nsize = 10\n[classes]\nnames = ["cold", "hot"]\n'
    "edges = [1.0, 2.3, 6.0]\nstep = 0.1\n" + COUNTS.format("9, 9"),
    "one image a class": '[system]\nname = "ising-periodic"\nsize = 6\n' + COUNTS.format("1, 1, 1, 1"),
    "a quench": 'protocol = "quench"\nsweeps = 3\n[system]\nname = "ising-skewed"\nsize = 12\n'
    + COUNTS.format("9, 9, 9, 9"),
}  # fmt: skip


def steps(out: str) -> list[list[str]]:
    """The commands after "Next:", one a line, as a shell takes them apart."""
    return [shlex.split(line) for line in out.partition("Next:\n")[2].splitlines()]


@pytest.mark.slow
@pytest.mark.parametrize("name", RECIPES)
def test_what_build_prints_next_runs(name: str, capsys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Breaks when the weights that `train` takes by default do not read the lattice or the classes of a recipe."""
    monkeypatch.chdir(tmp_path)
    Path("r.toml").write_text(RECIPES[name])
    code, out, err = run(capsys, "build", "r.toml", "--out", "data set [/x]")
    assert code == 0, err
    check, train = steps(out)
    assert (check, train[:2]) == (["spinlens", "check", "data set [/x]"], ["spinlens", "train"])
    assert run(capsys, *check[1:])[0] in (0, 1)
    code, _, err = run(capsys, *train[1:], "--epochs", 1)
    assert code == 0, err
    assert (tmp_path / train[-1] / "training.json").is_file()


@pytest.mark.parametrize("name", ["-x", "~x", "a b; rm", "plain"])
def test_paths_survive_the_shell(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    """Breaks when a folder's name is taken for an option, a home folder or a command, or a run is overwritten."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / name).mkdir(parents=True)
    check, train = map(shlex.split, after_data(parse_recipe({"system": "ising-periodic"}), Path(name)))
    assert Path(check[-1]) == Path(train[2]) == Path(name)
    assert not check[-1].startswith(("-", "~"))
    assert train[-1] == f"runs/{name}-2"


def test_the_network_fits_the_lattice() -> None:
    """Breaks when spin-vit, whose patches have 10 x 10 spins, is named for a lattice that they do not divide."""
    sizes = {(100, 100): "spin-vit", (50, 70): "spin-vit", (64, 96): "spin-vit-scratch", (10, 10): "spin-vit",
             (15, 20): "spin-vit-scratch", (97, 97): "resnet-small", (510, 510): "spin-vit-scratch"}  # fmt: skip
    for size, expected in sizes.items():
        system = get_system("ising-periodic", size)
        assert (fitting_model(system), default_fits(system)) == (expected, expected == "spin-vit")
    assert [patch_size(*size) for size in ((100, 100), (64, 96), (97, 97), (6, 6))] == [10, 8, 1, 1]
