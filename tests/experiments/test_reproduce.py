"""The experiment in small: the shape of the results, resumption, and a page that stands alone."""

import json
import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spinlens.errors import InputError
from spinlens.experiments.profiles import PROFILES, Profile, get_profile
from spinlens.experiments.reproduce import reproduce
from spinlens.learning.presets import TrainingRecipe
from spinlens.report import table
from spinlens.report.paper import SYSTEMS

NETWORKS = {"spin-vit": ("A", TrainingRecipe(model="spin-vit-scratch", epochs=1))}
TINY = Profile(name="tiny", trials=2, networks=NETWORKS, note="one epoch", fresh=80)
ROWS = {"spin-vit", "bayes-classifier", "energy-thresholds", "magnetization-thresholds", "pseudo-likelihood"}
MEASURES = {"macro_f1", "accuracy", "information", "kl", "kl_raw", "ece", "gap"}
FRESH = {f"fresh_{key}" for key in MEASURES}


def test_a_small_experiment_from_end_to_end(tmp_path: Path) -> None:
    """Breaks when results.json changes its shape, a figure is missing, the page needs other files, or a second run
    does not reuse the finished trials."""
    notes: list[tuple[str, str, float]] = []
    systems = ("ising-periodic", "ising-antiperiodic")
    results = reproduce(TINY, tmp_path, 2, 8, systems, lambda *note: notes.append(note))
    assert json.loads((tmp_path / "results.json").read_text()) == results
    assert results["profile"] == "tiny"
    for system in systems:
        entry = results["systems"][system]
        assert entry["ceiling"].keys() == {"macro_f1", "error", "accuracy", "information", "method"}
        assert entry["rows"].keys() == ROWS
        for row in entry["rows"].values():
            assert len(row["macro_f1"]) == 2
            assert row["mean"] == pytest.approx(np.mean(row["macro_f1"]))
            assert row["std"] == pytest.approx(abs(np.subtract(*row["macro_f1"])) / 2**0.5)
            assert row["tier"] in ("A", "none")
        network = entry["rows"]["spin-vit"]
        assert {key for key in network if len(np.shape(network[key]))} == MEASURES | FRESH | {"scaling"}
        assert all(0 <= value < np.inf for key in ("kl", "kl_raw", "ece", "fresh_kl") for value in network[key])
        assert network["fresh_macro_f1"] != network["macro_f1"]
        first, second = (detail.split("p = ")[1] for detail in entry["equilibrium"])
        assert first != second, "each trial has a data set of its own"
    table = (tmp_path / "table2.md").read_text()
    assert "0.934 ± 0.008" in table
    assert "one epoch" in table
    assert table.count("\n| ising-antiperiodic | ") == 2, "the ceiling and the network, in the second table"
    assert "80 further test images" in table
    html = (tmp_path / "report.html").read_text()
    assert html.count("<table") == 2
    assert set(re.findall(r'src="(.{15})', html)) == {"data:image/png;"}
    assert "<link" not in html
    assert html.count("<img") == len(list((tmp_path / "figures").glob("*.png"))) == 13
    notes.clear()
    assert reproduce(TINY, tmp_path, 2, 8, systems, lambda *note: notes.append(note)) == results
    assert {what for _, what, _ in notes} <= {"kept", "exact energies", "drawing", "done"}


def test_a_single_trial_has_no_deviation(tmp_path: Path) -> None:
    """Breaks when the spread of one number is printed, or warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        results = reproduce(replace(TINY, trials=1, fresh=0), tmp_path, 1, 8, SYSTEMS[:1])
    row = results["systems"][SYSTEMS[0]]["rows"]["spin-vit"]
    assert (row["mean"], row["std"]) == (row["macro_f1"][0], None)
    table = (tmp_path / "table2.md").read_text()
    own, close = re.findall(r"^.*\| spin-vit \|.*$", table, re.MULTILINE)
    assert own.endswith(f"| {row['mean']:.3f} |")
    assert "±" not in close
    assert "One trial, on a fresh data set" in table


def test_profiles_are_what_the_paper_and_the_readme_say() -> None:
    """Breaks when a profile loses its trials, networks or the paper's optimiser."""
    assert len(SYSTEMS) == 4
    assert PROFILES["quick"].trials == 5
    assert {"spin-vit-scratch", "vit", "resnet-18", "resnet-50"} <= PROFILES["standard"].networks.keys()
    tiers = {tier for tier, _ in PROFILES["standard"].networks.values()}
    assert tiers == {"A", "C", "D", "D, no labels"}
    for tier in ("A", "D"):
        same = [
            r.model_copy(update={"model": "", "learning_rate": 1})
            for t, r in PROFILES["standard"].networks.values()
            if t == tier
        ]
        assert all(recipe == same[0] for recipe in same), "the same data, augmentation and budget"
    for _, recipe in PROFILES["paper"].networks.values():
        assert (recipe.epochs, recipe.learning_rate, recipe.weight_decay) == (10, 2e-5, 5e-6)
        assert "/" in recipe.model
    with pytest.raises(InputError, match="profile"):
        get_profile("fast")


@pytest.mark.parametrize(("name", "trials"), [("tiers", 2), ("ablations", 2), ("resnets", 1)])
def test_the_pages_say_what_the_reports_say(name: str, trials: int) -> None:
    """Breaks when a report explains its table in other words than the page in docs/ that shows it."""
    page = (Path(__file__).parents[2] / "docs" / f"{name}.md").read_text()
    systems = {"x": {"ceiling": {"method": "exact p(E|T)"}, "rows": {}}}
    results = {"systems": systems, "profile": name, "note": PROFILES[name].note, "trials": trials, "fresh": 0}
    explained = [*table.notes(results)[:3], *table.closeness_notes(results)]
    assert [paragraph for paragraph in explained if paragraph not in page] == []
