"""Which system a network reads: found without a network library, with J and B, and other ones are named."""

import os
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calls import run
from spinlens import get_system, load_classifier
from spinlens.data.json_files import read_object
from spinlens.data.recipe import SystemRecipe
from spinlens.errors import InputError, UnseenWarning
from spinlens.learning.scope import check_fits, choose_system, read_scope, warn_of_size
from spinlens.physics.models.ising import Ising


def test_named_systems_take_couplings() -> None:
    """Breaks when J or B is lost, or the system differs from that of a recipe, whose random numbers it then lacks."""
    for J, B in ((2.0, None), (None, 0.1), (-1.5, 0.2)):
        system = get_system("ising-open", 8, J=J, B=B)
        assert system == SystemRecipe(name="ising-open", size=8, J=J, B=B).system()
        assert system.model == Ising(1.0 if J is None else J, B or 0.0)
    assert get_system("ising-open", 8, J=2) == get_system("ising-open", 8, J=2.0)
    assert get_system("ising-open", 8).name == "ising-open"
    with pytest.raises(InputError, match="J must be"):
        get_system("ising-open", 8, J=0)
    with pytest.raises(InputError, match=r"did you mean ising-antiferro\?"):
        get_system("ising-antiferromagnet")


def test_the_scope_is_that_of_the_loaded_network(finished_run) -> None:
    """Breaks when the system found before the network is loaded is another one than that which it then reads."""
    folder, classifier = finished_run
    config, provenance = read_scope(str(folder), None)
    assert choose_system(provenance, None) == classifier.system
    changed = choose_system(provenance, None, size=(16, 8), J=2.0, B=None)
    assert changed == SystemRecipe(name="ising-periodic", size=(16, 8), J=2.0).system()
    assert config.model_type == classifier.model.config.model_type
    with pytest.raises(InputError, match="system must be named"):
        read_scope("spin-vit", None)


def test_another_coupling_is_named(finished_run) -> None:
    """Breaks when weights trained at J = 1 read J = 2 without a word on the temperatures, or the two have one name."""
    folder, classifier = finished_run
    other = replace(classifier.system, model=Ising(J=2.0, B=0.5))
    with pytest.warns(UnseenWarning, match=r"on J = 1, B = 0 and predicts.*J = 2, B = 0\.5; `spinlens build`"):
        load_classifier(folder, other)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load_classifier(folder, get_system("ising-periodic", 8, J=1))
    config, _ = read_scope("spin-vit", SystemRecipe())
    with pytest.raises(InputError, match="build a data set from a recipe with these"):
        check_fits(config, get_system("ising-periodic", 100, J=2), None)


def test_predict_takes_a_recipe(finished_run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Breaks when --system, --J and --B mean less to `predict` than to the other commands, or a size is lost."""
    np.save(tmp_path / "a.npy", np.ones((8, 8), np.int8))
    recipe = tmp_path / "r.toml"
    recipe.write_text('[system]\nname = "ising-periodic"\nsize = 8\nJ = 2.0\nB = 0.5\n')
    lines = []
    for more in (("--system", recipe), ("--J", 2, "--B", 0.5), ("--system", "ising-periodic", "--J", 2, "--B", 0.5)):
        code, out, err = run(capsys, "predict", finished_run[0], tmp_path / "a.npy", *more)
        assert code == 0
        assert "J = 2, B = 0.5" in err
        lines.append(out)
    assert lines[0] == lines[1] == lines[2]
    assert '"energy_per_site": -4.5' in lines[0]  # -2 J - B


def test_a_fifo_in_a_folder_is_not_waited_for(tmp_path: Path) -> None:
    """Breaks when a FIFO under the name of a file of a run hangs whoever reads it."""
    os.mkfifo(tmp_path / "sha256.json")
    with pytest.raises(ValueError, match="no regular file"):
        read_object(tmp_path / "sha256.json")


def test_training_from_weights_of_other_sizes_is_named() -> None:
    """Breaks when `train` is silent where `evaluate` of the same weights warns, or warns of their own size."""
    with pytest.warns(UnseenWarning, match="resnet-small-pretrained was trained on sides of 100 spins, not on 12 x 12"):
        warn_of_size("resnet-small-pretrained", get_system("ising-periodic", 12))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_size("resnet-small-pretrained", get_system("ising-open", 100))
        warn_of_size("resnet-small", get_system("ising-periodic", 12))
        warn_of_size("google/vit-base-patch16-224", get_system("ising-periodic", 12))
