"""Data sets of every model: recipes, pictures, classes, checks, exports and imports know states, not spins."""

import dataclasses
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spinlens import InputError, Recipe, build, get_system, load, register_model, sample
from spinlens.data.card import card
from spinlens.data.channels import bare_spins, spin_channels, surrounded_spins
from spinlens.data.checks.check import check
from spinlens.data.checks.copies import log_partition_bound
from spinlens.data.classes import Classes, default_classes
from spinlens.data.formats.export import export
from spinlens.data.formats.imports import import_dataset
from spinlens.data.palettes import palette
from spinlens.data.render import from_image, from_png, to_image, to_png
from spinlens.physics.catalogue import SYSTEMS
from spinlens.physics.exact.density import density_of_states
from spinlens.physics.models.blume_capel import BlumeCapel
from spinlens.physics.models.transverse_ising import is_quantum
from spinlens.physics.states import is_continuous
from spinlens.physics.systems import RIGHT, energy

FEW = dict.fromkeys(("train", "validation", "test"), (6, 6, 6, 6))
CLOCK = """
from dataclasses import dataclass
import numpy as np
from spinlens import Directions, Transition, register_model

@dataclass(frozen=True)
class Clock:
    J: float = 1.0
    space = Directions(4)
    formula = "H(s) = -J sum_<ij> cos(theta_i - theta_j)"
    scale = property(lambda self: abs(self.J))
    transition = property(lambda self: Transition(abs(self.J) / np.log(1 + np.sqrt(2))))
    def pair_energy(self, s, t): return -self.J * np.cos(np.pi / 2 * (s - t))
    def site_energy(self, s): return np.zeros(np.shape(s))

register_model("my-clock", Clock())
"""


@pytest.mark.parametrize("name", ["potts-3-twisted", "blume-capel-pinned", "potts-10", "potts-2"])
def test_a_data_set_of_any_model_is_read_back_checked_and_exported(name: str, tmp_path: Path) -> None:
    """Breaks when pictures, columns, checks or formats take states for spins +-1."""
    recipe = Recipe(system={"name": name, "size": 8}, counts=FEW, sweeps=60)
    out = build(recipe, tmp_path / "data")
    failed = [finding for finding in check(out) if finding.ok is False]
    assert failed == []
    test = load(out, "test")
    assert set(np.unique(test.spins)) <= set(test.system.model.space.states.tolist())
    np.testing.assert_allclose(test.energy, energy(test.system, test.spins))
    for form, ending in (("npz", ".npz"), ("images", "")):
        exported = export(out, tmp_path / f"exported{ending}", form)
        again = import_dataset(exported, recipe, tmp_path / f"again-{form}")
        np.testing.assert_array_equal(load(again, "test").spins, test.spins)


def test_pictures_of_all_systems_come_back() -> None:
    """Breaks when two states share a colour, or a picture of several pixels a site is read as another state."""
    for name in SYSTEMS:
        system = get_system(name, 6)
        space = system.model.space
        if is_continuous(space):  # angles: tests/data/test_angles.py
            continue
        assert len(set(palette(space))) == len(space.states)
        protocol = "equilibrium" if is_quantum(system.model) else "quench"
        for state in sample(system, [1.0, 3.0], protocol, sweeps=3).spins:
            np.testing.assert_array_equal(from_png(to_png(space, state), system), state)
            np.testing.assert_array_equal(from_image(to_image(space, state, 3), system), state)


def test_pictures_in_other_colours_are_refused() -> None:
    """Breaks when a colour that stands for no state is read as the nearest one."""
    picture = to_image(get_system("potts-4", 6).model.space, np.full((6, 6), 3, np.int8))
    with pytest.raises(InputError, match="the colour #94a4a2"):
        from_image(picture, get_system("potts-3", 6))


def test_default_classes_lie_about_the_transition() -> None:
    """Breaks when a model gets the edges of Ising: the paper's are 0.465, 0.934, 1.0225 and 1.763 times T_c."""
    for name in ("ising-periodic", "potts-2", "potts-3", "potts-10", "blume-capel", "blume-capel-tricritical"):
        model = get_system(name).model
        assert model.transition is not None
        ratios = np.array(default_classes(model).edges[1:]) / model.transition.temperature
        np.testing.assert_allclose(ratios, (0.465, 0.934, 1.0225, 1.763), atol=1.5e-3)
        assert default_classes(dataclasses.replace(model, **_doubled(model))).edges[-1] == pytest.approx(
            2 * default_classes(model).edges[-1]
        )
    with pytest.raises(InputError, match=r"classes\.edges must be given.*D = 0\.3"):
        Recipe(system={"name": "blume-capel", "D": 0.3})
    own = Classes(names=("cold", "hot"), edges=(0, 1, 2), step=0.1)
    assert Recipe(system={"name": "blume-capel", "D": 0.3}, classes=own, counts=dict.fromkeys(FEW, (1, 1)))


def _doubled(model: object) -> dict[str, float]:
    return {"J": 2.0, "D": 2 * model.D} if isinstance(model, BlumeCapel) else {"J": 2.0}


def test_recipes_take_the_parameters_of_their_model_and_no_others() -> None:
    """Breaks when a parameter is lost on the way to the system, enters recipes of others, or a wrong one is ignored."""
    recipe = Recipe(system={"name": "potts-3", "q": 5, "size": 4})
    assert recipe.system.system().model.q == 5  # type: ignore[attr-defined]
    assert Recipe(**recipe.model_dump()) == recipe
    assert "q" not in Recipe().model_dump()["system"]
    assert (
        get_system("blume-capel", 4, D=0.5).name
        == Recipe(system={"name": "blume-capel", "D": 0.5}).system.system().name
    )
    for values, words in (
        ({"name": "potts-3", "B": 0.1}, "B must be left out: the parameters of potts-3 are q, J"),
        ({"name": "potts-3", "qq": 3}, r"system \(key\) must be one of"),
        ({"name": "potts-3", "q": "5"}, r"system\.q must be"),
        ({"name": "blume-capel", "D": True}, r"system\.D must be a number"),
    ):
        with pytest.raises(InputError, match=words):
            Recipe(system=values)


@pytest.mark.parametrize("name", ["ising-antiperiodic", "potts-3-twisted", "blume-capel-open", "potts-4-pinned"])
def test_channels_are_vectors_and_what_bonds_cost(name: str) -> None:
    """Breaks when a network sees another neighbour across a seam than the energy does, checked by a loop over sites."""
    system = get_system(name, (3, 4))
    spins = sample(system, [1.0, 5.0], "quench", sweeps=2).spins
    channels, space = spin_channels(system, spins), system.model.space
    padded, width = surrounded_spins(system, spins), space.vectors.shape[1]
    np.testing.assert_array_equal(channels[:, :width], bare_spins(system, spins))
    np.testing.assert_array_equal(padded[:, :, 1:-1, 1:-1], bare_spins(system, spins))
    states = space.states
    least = system.model.pair_energy(states[:, None], states).min()
    bonds = system.bonds.strength.sum() / 2
    fields = system.model.site_energy(spins).sum((1, 2))
    total = channels[:, width:].sum((1, 2, 3)) * system.model.scale + least * bonds + fields
    np.testing.assert_allclose(total, energy(system, spins), rtol=1e-5)
    right = {tuple(v): s for v, s in zip(space.vectors.astype(np.float32).tolist(), states.tolist(), strict=True)}
    for state, seen, cost in zip(spins, padded, channels, strict=True):
        for i, j in np.ndindex(3, 4):
            beside = seen[:, i + 1, j + 2]
            if not system.bonds.strength[4 * i + j, RIGHT]:
                assert not beside.any()
                assert cost[width, i, j] == 0
                continue
            pair = system.model.pair_energy(state[i, j], np.array(right[tuple(beside.tolist())]))
            assert cost[width, i, j] == pytest.approx((pair - least) / system.model.scale, abs=1e-6)


@pytest.mark.parametrize("name", ["potts-3", "blume-capel-open", "potts-3-pinned", "ising-antiperiodic"])
def test_the_partition_bound_is_one(name: str) -> None:
    """Breaks when the bound on ln Z is above ln Z itself: copies would then be called impossible where they are not."""
    system = get_system(name, 3 if "pinned" not in name else 4)
    levels, log_counts = density_of_states(system)
    for t in (0.3, 1.0, 3.0):
        exact = np.logaddexp.reduce(log_counts - levels / t)
        assert exact - 3 * np.log(3) - 2 < log_partition_bound(system, t) <= exact + 1e-9


def test_modules_of_ones_own_reach_commands_and_their_workers(tmp_path: Path) -> None:
    """Breaks when -m does not import a module, or worker processes do not know what it registers."""
    (tmp_path / "clocks.py").write_text(CLOCK, encoding="utf-8")
    counts = "\n".join(f"{split} = [300, 300, 300, 300]" for split in FEW)
    (tmp_path / "r.toml").write_text(f'sweeps = 5\n[system]\nname = "my-clock-open"\nsize = 4\n[counts]\n{counts}\n')

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-m", "spinlens", *words]
        return subprocess.run(line, cwd=tmp_path, capture_output=True, text=True, env=os.environ, timeout=240)

    built = run("-m", "clocks", "build", "r.toml", "--out", "d", "--workers", "2")
    assert built.returncode == 0, built.stderr
    assert "my-clock" in run("-m", "clocks", "systems").stdout
    for words, expected in (
        (("-m", "clocks.py"), "did you mean clocks?"),
        (("-m", "nothing_there"), "can be imported"),
    ):
        refused = run(*words, "systems")
        assert (refused.returncode, expected in refused.stderr) == (2, True)


def test_built_in_names_stay_what_they_are() -> None:
    """Breaks when a user's model takes the name of one that comes with spinlens."""
    with pytest.raises(InputError, match="potts-3"):
        register_model("potts-3", BlumeCapel())


def test_first_order_is_named_in_the_card() -> None:
    """Breaks when a data set hides that its class about T_c holds two phases, or says so of a continuous transition."""
    assert "none is critical" in card(Recipe(system="potts-5"))
    assert "class CR are of an ordered" in card(Recipe(system="potts-10"))
    for name in ("potts-4", "ising-periodic", "ising-plus-minus"):
        assert "first order" not in card(Recipe(system=name))
    assert "#3f90da for 0, #ffa90e for 1, #bd1f01 for 2" in card(Recipe(system="potts-3"))
