"""Sample efficiency in small: nested labels, finished points kept, one set of numbers in every file."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from spinlens.cli import main
from spinlens.data.read import read_recipe, read_split
from spinlens.data.recipe import Recipe, parse_recipe
from spinlens.errors import InputError
from spinlens.experiments.ceiling import ceiling
from spinlens.experiments.curve import measure_curve
from spinlens.experiments.curve_plan import Curve, budget, network
from spinlens.experiments.curve_points import Trial
from spinlens.experiments.profiles import PROFILES, row_for
from spinlens.experiments.trials import baselines
from spinlens.learning import shipped
from spinlens.learning.presets import TrainingRecipe
from spinlens.learning.subset import first
from spinlens.physics.catalogue import get_system
from spinlens.report.curve_figure import curve_figure
from spinlens.report.curve_table import table_rows
from spinlens.report.names import display

QUICK = TrainingRecipe(model="vit", epochs=1, batch_size=600)  # a single step
SMALL = parse_recipe({"system": {"name": "ising-periodic", "size": 6}, "seed": 2})
CURVE = Curve(SMALL, {"vit": ("A", QUICK)}, (6, 24), trials=2, test_times=1)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """(folder, results) of CURVE in this process; no test may change the folder."""
    out = tmp_path_factory.mktemp("curve")
    return out, measure_curve(CURVE, out)


def test_every_file_holds_the_same_numbers(finished: tuple[Path, dict[str, Any]]) -> None:
    """Breaks when results.json changes its shape, or the table or the means say something else than it."""
    out, results = finished
    assert json.loads((out / "results.json").read_text()) == results
    assert (results["labels"], results["trials"], results["size"]) == ([6, 24], 2, [6, 6])
    assert results["images"] == {"train": 24, "validation": 300, "test": 400}
    assert results["rows"].keys() == {"vit", "energy-thresholds"}
    lines = [line.strip("| ").split(" | ") for line in (out / "curve.md").read_text().splitlines() if line[:1] == "|"]
    assert lines[0] == ["macro F1 by labels", "tier", "6", "24"]
    assert lines[2][-1] == f"{results['ceiling']['macro_f1']:.3f}"
    for line, row in zip(lines[3:], results["rows"].values(), strict=True):
        assert line[1] == row["tier"] == "A"
        assert [point["labels"] for point in row["points"]] == [6, 24]
        for cell, point in zip(line[2:], row["points"], strict=True):
            assert len(point["macro_f1"]) == 2
            assert point["mean"] == pytest.approx(np.mean(point["macro_f1"]))
            assert point["std"] == pytest.approx(abs(np.subtract(*point["macro_f1"])) / 2**0.5)
            assert cell == f"{point['mean']:.3f} ± {point['std']:.3f}"
    assert (out / "curve.png").read_bytes()[:4] == b"\x89PNG"
    assert len(set(results["equilibrium"])) == 2, "each trial has a data set of its own"


def test_finished_points_are_kept_and_workers_do_not_matter(
    finished: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Breaks when a point is trained again, when a lost one is not, or when it then gets another score."""
    out, results = finished
    again = shutil.copytree(out, tmp_path / "again")
    (again / "points" / "1-vit-6.json").unlink()
    (again / "points" / "0-vit-24.json").write_text("{")  # not written by us: as good as lost
    news: list[tuple[str, str, float]] = []
    assert measure_curve(CURVE, again, 2, lambda *line: news.append(line)) == results
    shares = {name: [share for n, _, share in news if n == name] for name, _, _ in news}
    assert shares.keys() == {"ceiling", "trial 1 vit", "trial 2 vit"}, "no data set is simulated again"
    assert all(min(shares[f"trial {t} vit"]) > 0.5 and shares[f"trial {t} vit"][-1] == 1 for t in (1, 2))
    stamps = [
        [(f / "models" / p / "config.json").stat().st_mtime_ns for p in ("0-vit-6", "1-vit-24")] for f in (out, again)
    ]
    assert stamps[0] == stamps[1], "copied, not trained"


def test_another_curve_takes_only_points_that_it_asks_for(finished: tuple[Path, dict[str, Any]]) -> None:
    """Breaks when other settings of the training or other data are answered with an old score."""
    out, _ = finished
    kept = Trial(CURVE, out, 0).kept_point("vit", 6)
    assert kept.read() is not None
    longer = replace(CURVE, networks={"vit": ("A", QUICK.model_copy(update={"epochs": 2}))})
    more = replace(CURVE, labels=(6, 30))
    fewer = replace(CURVE, labels=(24,), trials=1)
    assert Trial(longer, out, 0).kept_point("vit", 6).read() is None
    assert Trial(more, out, 0).kept_point("vit", 6).read() is None
    assert Trial(fewer, out, 0).kept_point("vit", 24).read() is not None


def test_labels_are_nested(finished: tuple[Path, dict[str, Any]]) -> None:
    """Breaks when a larger number of labels leaves out an image of a smaller one, skips one of a class, or when a
    network is trained on another number than it is said to."""
    images = read_split(Trial(CURVE, finished[0], 0).folder, "train")
    before: set[int] = set()
    for count in range(6, 25):
        used = first(images, count)
        chains = set(used.chain.tolist())
        assert len(chains) == count
        assert before < chains or not before
        for k in range(4):
            own = images.chain[images.label == k]
            assert set(own[: (used.label == k).sum()]) <= chains
        before = chains
    for count in (6, 24):
        summary = json.loads((finished[0] / "models" / f"0-vit-{count}" / "training.json").read_text())
        assert summary["recipe"]["labels"] == count


def test_data_sets_hold_exactly_the_largest_number_of_labels() -> None:
    """Breaks when rounding loses a label, empties a class, or moves the shares away from the paper's 220/80/90/210."""
    for most in (4, 5, 6, 7, 20, 24, 600, 5000):
        counts = Curve(Recipe(), {}, (4, most)).data(0).counts
        assert sum(counts.train) == most
        assert min(counts.train) >= 1
        assert np.abs(np.array(counts.train) - most * np.array((220, 80, 90, 210)) / 600).max() < 1.5
        assert counts.test == (1500, 500, 700, 1300)


def test_thresholds_learn_from_the_labels_alone(finished: tuple[Path, dict[str, Any]]) -> None:
    """Breaks when thresholds see more labels than they are said to, or other test images: with all labels they are
    those of `reproduce`, with fewer not."""
    out, results = finished
    folders = [Trial(CURVE, out, number).folder for number in range(2)]
    few, whole = (point["macro_f1"] for point in results["rows"]["energy-thresholds"]["points"])
    assert whole == [baselines(folder)["energy-thresholds"][1].macro_f1 for folder in folders]
    assert few != whole


def test_few_labels_get_as_many_steps() -> None:
    """Breaks when training on few labels ends after a handful of steps: 30 epochs of 19 batches are 570 steps."""
    recipe = TrainingRecipe(model="vit", epochs=30, patience=10)
    steps = {n: budget(recipe, n) * -(-n // 32) for n in (20, 50, 100, 200, 600)}
    assert all(abs(count - 570) <= 4 for count in steps.values())
    assert (budget(recipe, 600), budget(recipe, 5000)) == (30, 30)
    curve = Curve(Recipe(), {"vit": ("A", recipe)})
    few, paper = (curve.training("vit", n, 1) for n in (20, 600))
    assert (few.labels, few.epochs, few.patience, few.seed) == (20, 570, 190, 1)
    assert paper == recipe.model_copy(update={"labels": 600, "seed": 1})


def test_tiers_follow_from_what_the_weights_were_trained_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when weights from other systems pass for weights from this one or the reverse, when a row without
    training stands in for the network, or when scores of other weights are kept."""
    monkeypatch.setattr(shipped, "INCLUDED", tmp_path)
    (tmp_path / "spin-vit").mkdir()
    before = {"systems": ["ising-periodic", "ising-skewed"], "sizes": [100], "temperatures": [0, 4]}
    config = {"spinlens": {"rendering": {}, "pretraining": before}}
    (tmp_path / "spin-vit" / "config.json").write_text(json.dumps(config))
    systems = [get_system(name) for name in ("ising-periodic", "ising-antiferro", "ising-skewed", "ising-open")]
    assert [network("spin-vit", system)[0] for system in systems] == ["D", "D", "D", "C"]
    assert [network("spin-vit", system)[1].learning_rate for system in systems] == [1e-5, 1e-5, 1e-5, 1e-3]
    zero = PROFILES["quick"].networks["spin-vit-zero"]
    assert row_for(*zero, get_system("ising-open")) == ("C, no labels", zero[1])
    assert network("spin-vit-scratch", systems[3])[0] == "A"
    assert network("nobody/network", systems[3])[0] == "given"
    tier, recipe = network("spin-vit", systems[0])
    assert recipe.epochs > 0
    assert network("spin-vit", systems[0], 3) == (tier, recipe.model_copy(update={"epochs": 3}))
    asked = []
    for weights in ("old", "new"):
        (tmp_path / "spin-vit" / "model.safetensors").write_text(weights)
        trial = Trial(Curve(Recipe(), {"spin-vit": (tier, recipe)}), tmp_path, 0)
        asked.append(trial.kept_point("spin-vit", 20).asked)
    assert asked[0] != asked[1]


BAD = {
    "protocol": {"recipe": parse_recipe({"system": "ising-periodic", "protocol": "quench"})},
    "labels": {"labels": (3, 6)},
    "trials": {"trials": 0},
    "model": {"networks": {"vgg": ("A", TrainingRecipe(model="vgg"))}},
}


@pytest.mark.parametrize("field", BAD)
def test_bad_input_is_refused_before_anything_is_simulated(field: str, tmp_path: Path) -> None:
    """Breaks when what cannot be used is found out late, or without its name."""
    with pytest.raises(InputError, match=field):
        measure_curve(replace(CURVE, **BAD[field]), tmp_path / "out")
    with pytest.raises(InputError, match="workers"):
        measure_curve(CURVE, tmp_path / "out", 0)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="out"):
        measure_curve(CURVE, tmp_path / "file")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ("--labels 20,many --model vit", "labels"),
        ("--labels 2,20 --model vit", "labels"),
        ("--labels 20,,50 --model vit", "labels"),
        ("--model vgg", "model"),
        ("--trials 0 --model vit", "trials"),
        ("--size 1 --model vit", "size"),
        ("--size 64 --model spin-vit", "size"),
        ("--J 0 --model vit", "J"),
        ("--workers 0 --model vit", "workers"),
        ("--epochs 0 --model vit", "epochs"),
    ],
)
def test_the_command_answers_bad_input_with_one_line(
    options: str, field: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when a bad option gets a traceback, another exit code, no name, or leaves files behind."""
    line = ["spinlens", "curve", "ising-periodic", "--out", str(tmp_path / "out"), *options.split()]
    monkeypatch.setattr(sys, "argv", line)
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"error: {field}")
    assert not (tmp_path / "out").exists()


def test_a_curve_takes_the_recipe_as_it_is(tmp_path: Path) -> None:
    """Breaks when a curve forgets the rectangle, the coupling, the classes or the proportions of its recipe."""
    values = {"name": "ising-periodic", "size": (4, 6), "J": 2.0, "B": 0.5}
    classes = {"names": ["cold", "hot"], "edges": [1.0, 4.0, 8.0], "step": 0.5}
    counts = {"train": [3, 1], "validation": [2, 3], "test": [30, 50]}
    recipe = parse_recipe({"system": values, "classes": classes, "counts": counts, "seed": 7})
    curve = Curve(recipe, {"vit": ("A", QUICK)}, (8,), trials=1, test_times=2)
    results = measure_curve(curve, tmp_path / "out")
    assert (results["system"], results["size"]) == ("ising-periodic(J=2.0, B=0.5)", [4, 6])
    assert results["images"] == {"train": 8, "validation": 5, "test": 160}
    made = read_recipe(Trial(curve, tmp_path / "out", 0).folder)
    assert (made.system, made.classes, made.counts.train) == (recipe.system, recipe.classes, (6, 2))
    point = json.loads((tmp_path / "out" / "points" / "0-vit-8.json").read_text())
    assert np.array(point["confusion"]).sum(1).tolist() == [60, 100]
    assert "4 x 6" in (tmp_path / "out" / "curve.md").read_text()
    assert results["ceiling"]["macro_f1"] == ceiling(recipe.system.system(), made).macro_f1


def test_a_single_trial_has_no_error_bars(finished: tuple[Path, dict[str, Any]]) -> None:
    """Breaks when the spread of one number is drawn or printed, or an F1 of 0 cannot be drawn."""
    _, results = finished
    point = {"labels": 6, "macro_f1": [0.0], "mean": 0.0, "std": None}
    single = results | {"trials": 1, "labels": [6], "rows": {"vit": {"tier": "A", "points": [point]}}}
    assert table_rows(single)[-1] == [display("vit"), "A", "0.000"]
    assert len(curve_figure(single).axes[0].lines) == 2
