"""Evaluation of runs and of predictions of your own: the same scores, errors, reasons, and a table that fits."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spinlens import ceiling
from spinlens.cli import evaluate as command
from spinlens.cli import main
from spinlens.data.build import build
from spinlens.data.read import read_recipe, read_split
from spinlens.data.recipe import SPLITS, parse_recipe
from spinlens.errors import InputError
from spinlens.experiments import baseline_rows
from spinlens.experiments.evaluation import Evaluation, evaluate
from spinlens.metrics.scores import Scores, score


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of the command in this process, at 80 columns."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["spinlens", *map(str, arguments)])
        patch.setenv("COLUMNS", "80")
        with pytest.raises(SystemExit) as ended:
            main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def test_predictions_are_scored_as_a_run_is(capsys, finished_run, small_data: Path, tmp_path: Path) -> None:
    """Breaks when what `predict` or Python predicts gets other scores from a file than the run itself."""
    folder, classifier = finished_run
    spins = read_split(small_data, "test").spins
    np.save(tmp_path / "spins.npy", spins)
    code, lines, _ = run(capsys, "predict", folder, tmp_path / "spins.npy")
    (tmp_path / "own.jsonl").write_text(lines)
    prediction = classifier.predict(spins)
    found = evaluate(small_data, folder, tmp_path / "own.jsonl")
    assert code == 0
    np.testing.assert_array_equal(found.rows["run"].confusion, found.rows["predictions"].confusion)
    assert found.closeness["run"] == pytest.approx(found.closeness["predictions"], abs=1e-4)
    expected = score(read_split(small_data, "test").label, prediction.label, 4)
    np.testing.assert_array_equal(found.rows["run"].confusion, expected.confusion)
    classes = evaluate(small_data, predictions=prediction.label)
    assert classes.rows["predictions"].macro_f1 == expected.macro_f1
    assert classes.closeness["predictions"] == {"gap": found.closeness["run"]["gap"]}
    with pytest.raises(InputError, match="run"):
        evaluate(small_data)
    with pytest.raises(InputError, match="split"):
        evaluate(small_data, folder, split="all")


def test_json_holds_every_score_with_its_error(capsys, finished_run, small_data: Path) -> None:
    """Breaks when the JSON lacks a confusion matrix or an error, or says something else than the table."""
    folder, _ = finished_run
    code, out, _ = run(capsys, "evaluate", folder, small_data, "--json")
    result = json.loads(out)
    assert code == 0
    assert (result["system"], result["size"], result["images"]) == ("ising-periodic", [8, 8], 16)
    assert (
        result["ceiling"]["macro_f1"]
        == ceiling(read_recipe(small_data).system.system(), read_recipe(small_data)).macro_f1
    )
    _, text, _ = run(capsys, "evaluate", folder, small_data)
    assert result["rows"].keys() == {
        "run",
        "bayes-classifier",
        "energy-thresholds",
        "magnetization-thresholds",
        "pseudo-likelihood",
    }
    assert result["rows"]["run"]["source"] == str(folder)
    for row in result["rows"].values():
        scores = Scores(np.array(row["confusion"], float))
        assert scores.confusion.sum() == 16
        assert (row["macro_f1"], row["accuracy"]) == pytest.approx((scores.macro_f1, scores.accuracy))
        assert row["macro_f1_error"] == pytest.approx(scores.macro_f1_error)
        assert f"{row['macro_f1']:.4f} ± {row['macro_f1_error']:.4f}" in text
    assert "expected macro-F1 gap to the Bayes classifier: " in text


def test_predictions_need_no_network_library(finished_run, small_data: Path, tmp_path: Path) -> None:
    """Breaks when torch is loaded to score a file, or before a cheap mistake is found."""
    np.save(tmp_path / "own.npy", read_split(small_data, "test").label)
    lines = [
        ["evaluate", small_data, "--predictions", tmp_path / "own.npy"],
        ["evaluate", finished_run[0], tmp_path / "none"],
        ["evaluate", finished_run[0], small_data, "--split", "all"],
        ["evaluate", "spin-vut", small_data],
        ["evaluate", small_data],
        ["evaluate", small_data, "--predictions", tmp_path / "none.npy"],
        ["predict", finished_run[0], tmp_path / "none.npy"],
        ["predict", "spin-vit", tmp_path, "--system", "ising-cubic"],
        ["predict", "spin-vit", tmp_path, "--system", "ising-open", "--size", "8x"],
        ["predict", "spin-vut", tmp_path, "--system", "ising-open"],
        ["reproduce", "--system", "ising-cubic"],
    ]
    code = (
        "import sys\nfrom spinlens.cli import main\n"
        f"for line in {[[str(part) for part in line] for line in lines]}:\n"
        "    sys.argv = ['spinlens', *line]\n"
        "    try:\n        main()\n"
        "    except SystemExit as ended:\n        print('exit', ended.code, 'torch' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ends = [line for line in done.stdout.splitlines() if line.startswith("exit")]
    assert ends == ["exit 0 False"] + ["exit 2 False"] * 10
    assert done.stderr.count("error: ") == 10


def test_a_score_above_the_ceiling_gets_its_reason(capsys, small_data: Path, tmp_path: Path) -> None:
    """Breaks when luck is called a fault, when labels that were looked up pass for luck, or nothing is said."""
    data = build(parse_recipe({"system": {"name": "ising-periodic", "size": 20}, "seed": 8}), tmp_path / "data")
    test = read_split(data, "test")
    bound = ceiling(test.system, read_recipe(data))
    right = evaluate(data, predictions=test.label)
    reason = right.above_ceiling()["predictions"]
    assert "by more than chance allows" in reason
    assert reason.startswith(f"1.0000 lies above the ceiling {bound.macro_f1:.4f}")
    lucky, mistakes = test.label.copy(), np.flatnonzero(bound.classify(test.energy) != test.label)
    lucky[mistakes] = bound.classify(test.energy)[mistakes]
    for image in mistakes:  # the Bayes classifier's, mended one by one until just above the ceiling
        if score(test.label, lucky, 4).macro_f1 > bound.macro_f1:
            break
        lucky[image] = test.label[image]
    found = evaluate(data, predictions=lucky)
    assert found.rows["predictions"].macro_f1 > bound.macro_f1
    assert "by chance: the ceiling's rule scores as high on" in found.above_ceiling()["predictions"]
    assert 0.05 < found.reached["predictions"] < 0.6
    np.save(tmp_path / "own.npy", test.label)
    _, out, _ = run(capsys, "evaluate", data, "--predictions", tmp_path / "own.npy")
    assert "more than chance allows" in " ".join(out.split())


def test_the_ceiling_is_that_of_the_split(tmp_path: Path) -> None:
    """Breaks when scores of a split stand beside the ceiling of another one's proportions."""
    counts = {"train": (3, 3, 3, 3), "validation": (30, 1, 1, 1), "test": (4, 4, 4, 4)}
    recipe = parse_recipe({"system": {"name": "ising-periodic", "size": 8}, "counts": counts})
    data = build(recipe, tmp_path / "data")
    same = parse_recipe(recipe.model_dump() | {"counts": counts | {"test": counts["validation"]}})
    label = read_split(data, "validation").label
    found = evaluate(data, predictions=label, split="validation")
    assert found.ceiling is not None
    assert found.ceiling.macro_f1 == ceiling(recipe.system.system(), same).macro_f1
    assert found.ceiling.macro_f1 != ceiling(recipe.system.system(), recipe).macro_f1
    assert command.SPLITS == SPLITS


def test_tables_fit_80_columns_whatever_the_names(capsys, small_data: Path, finished_run, tmp_path: Path) -> None:
    """Breaks when a name is cut or read as markup, or a line is longer than the terminal."""
    name = tmp_path / "[bold]a rather long name of a folder[/x]"
    shutil.copytree(finished_run[0], name)
    code, out, _ = run(capsys, "evaluate", name, small_data)
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    assert "[bold]" in out
    assert "[/x]" in out


def test_out_of_equilibrium_no_ceiling_is_named(capsys, tmp_path: Path) -> None:
    """Breaks when data of another protocol get a ceiling, or its absence no reason."""
    counts = {"train": (3, 3, 3, 3), "validation": (1, 1, 1, 1), "test": (4, 4, 4, 4)}
    values = {"system": {"name": "ising-periodic", "size": 8}, "counts": counts, "protocol": "quench"}
    data = build(parse_recipe(values), tmp_path / "data")
    found: Evaluation = evaluate(data, predictions=read_split(data, "test").label)
    assert (found.ceiling, found.closeness, found.reached) == (None, {}, {})
    assert found.as_dict()["ceiling"] is None
    np.save(tmp_path / "own.npy", read_split(data, "test").label)
    _, out, _ = run(capsys, "evaluate", data, "--predictions", tmp_path / "own.npy")
    sentence = " ".join(out.split())
    assert "No ceiling is printed, as it is known for data at equilibrium only, and these data come from" in sentence
    assert "from the protocol quench." in sentence


@pytest.mark.parametrize("right", [False, True])
def test_certainty_where_other_classes_are_possible(capsys, small_data: Path, tmp_path: Path, right: bool) -> None:
    """Breaks when an infinite log loss is printed as a share of information, such as -3598 %."""
    label = read_split(small_data, "test").label
    given = label.copy() if right else (label + (np.arange(16) < 3)) % 4
    np.save(tmp_path / "own.npy", np.eye(4)[given])
    _, out, _ = run(capsys, "evaluate", small_data, "--predictions", tmp_path / "own.npy")
    assert ("3 images got probability 0 for their class: log loss is infinite" in out) == (not right)
    assert "KL divergence is infinite" in out
    assert "information" not in out
    assert "nats" not in out
    known = evaluate(small_data, predictions=np.eye(4)[given]).closeness["predictions"]
    assert known["zero_for_class"] == (0 if right else 3)
    assert known.keys() == {"zero_for_class", "zero_for_possible", "ece", "gap"}


def test_a_simulated_ceiling_has_its_seed_and_its_error(capsys, tmp_path: Path, monkeypatch) -> None:
    """Breaks when the ceiling beside scores is that of another seed, hides its error, or its allowance."""
    counts = {"train": (3, 3, 3, 3), "validation": (1, 1, 1, 1), "test": (4, 4, 4, 4)}
    values = {"system": {"name": "ising-periodic", "size": 8}, "counts": counts, "seed": 5}
    data = build(parse_recipe(values), tmp_path / "data")
    exact, asked = baseline_rows.ceiling, []

    def simulated(system: object, recipe: object, seed: int = 0) -> object:
        asked.append(seed)
        return replace(exact(system, recipe), error=0.0123)

    monkeypatch.setattr(baseline_rows, "ceiling", simulated)
    label = read_split(data, "test").label
    np.save(tmp_path / "own.npy", label)
    found = evaluate(data, predictions=label)
    assert set(asked) == {5}
    bound = found.ceiling.macro_f1
    assert (
        f"scores {1 - 2 * 0.0123:.4f}, its score less two errors of the ceiling" in found.above_ceiling()["predictions"]
    )
    _, out, _ = run(capsys, "evaluate", data, "--predictions", tmp_path / "own.npy")
    assert f"{bound:.4f} ± 0.0123" in out
    assert "The ceiling's is that of its simulation." in " ".join(out.split())
    monkeypatch.undo()
    _, out, _ = run(capsys, "evaluate", data, "--predictions", tmp_path / "own.npy")
    assert f"{bound:.4f} ±" not in out
    _, out, _ = run(capsys, "ceiling", "ising-periodic", "--size", "8")
    assert "±" not in out


def test_the_system_of_a_run_however_it_is_spelt(finished_run, tmp_path: Path) -> None:
    """Breaks when a run refuses data of its own system in other words, or the message lacks the run's number."""
    counts = {"train": (3, 3, 3, 3), "validation": (1, 1, 1, 1), "test": (4, 4, 4, 4)}
    for name, changes in {"same": {"J": 1.0}, "other": {"J": 0.5}}.items():
        values = {"system": {"name": "ising-periodic", "size": 8} | changes, "counts": counts}
        build(parse_recipe(values), tmp_path / name)
    assert "run" in evaluate(tmp_path / "same", finished_run[0]).rows
    with pytest.raises(InputError, match=r"^data \(J\) must be 1, as in the run, got 0.5$"):
        evaluate(tmp_path / "other", finished_run[0])


def test_a_run_without_torch_names_the_extra(finished_run, small_data: Path) -> None:
    """Breaks when Python users without the extra get a bare ModuleNotFoundError."""
    code = (
        "import sys; sys.modules['torch'] = None\nimport spinlens\n"
        f"try: spinlens.evaluate({str(small_data)!r}, {str(finished_run[0])!r})\n"
        "except ImportError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "to evaluate a run needs torch: pip install 'spinlens[learn]'\n"
