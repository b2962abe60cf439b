"""What `evaluate` says of rules that are none of the usual: one class alone, and accuracy given up for macro F1."""

from pathlib import Path

import numpy as np
import pytest

from calls import run
from spinlens import ceiling
from spinlens.data.build import build
from spinlens.data.read import read_recipe, read_split
from spinlens.data.recipe import parse_recipe
from spinlens.experiments.evaluation import evaluate


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own, so that paths are short, and a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def test_a_single_class_predicted_is_named(capsys, small_data: Path) -> None:
    """Breaks when nothing says that a model predicts one class alone, or a missing error has a wrong reason."""
    np.save("own.npy", np.full(16, 2))
    _, out, _ = run(capsys, "evaluate", small_data, "--predictions", "own.npy")
    assert "own.npy: only CR is predicted." in out.splitlines()
    assert "none where all images of each class are predicted alike" in " ".join(out.split())
    assert max(map(len, out.splitlines())) <= 80
    np.save("own.npy", read_split(small_data, "test").label)
    _, out, _ = run(capsys, "evaluate", small_data, "--predictions", "own.npy")
    assert "is predicted" not in out


def test_a_gap_below_zero_is_explained(capsys) -> None:
    """Breaks when a rule that gives up accuracy for macro F1 has a gap below 0 to the Bayes classifier without a word,
    or its score lies above the ceiling: 4 x 4, where the two rules differ by 0.09."""
    counts = {"train": (3, 3, 3, 3), "validation": (1, 1, 1, 1), "test": (150, 50, 70, 130)}
    data = build(parse_recipe({"system": {"name": "ising-periodic", "size": 4}, "counts": counts}), "data")
    test = read_split(data, "test")
    bound = ceiling(test.system, read_recipe(data))
    level = np.searchsorted(bound.levels, test.energy)
    drawn = np.random.default_rng(0).random(len(level))
    np.save("own.npy", np.minimum((drawn > bound.shares.cumsum(0)[:, level]).sum(0), 3))
    _, out, _ = run(capsys, "evaluate", data, "--predictions", "own.npy")
    lines = out.splitlines()
    gap = next(k for k, line in enumerate(lines) if "gap to the Bayes classifier: -0.0" in line)
    assert lines[gap + 1].strip() == "(below 0: it gives up accuracy for macro F1)"
    found = evaluate(data, predictions=np.load("own.npy"))
    scores = found.rows["predictions"]
    assert found.ceiling is not None
    assert abs(scores.macro_f1 - found.ceiling.macro_f1) < 4 * scores.macro_f1_error
    assert found.sampling_error == pytest.approx(scores.macro_f1_error, rel=0.2)
