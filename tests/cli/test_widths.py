"""What commands print fits 80 columns and counts in English."""

import sys
from pathlib import Path
from typing import Any

import pytest

from calls import run
from spinlens.cli.source import plural
from spinlens.data.checks.check import check


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The name of a file in the current folder, so that paths are short."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return Path("x.npz")


@pytest.mark.parametrize(("count", "words"), [(1, "1 snapshot at T = 2.27\n"), (2, "2 snapshots at T = 2.27\n")])
def test_a_sample_is_summed_up(count: int, words: str, out: Path, capsys: Any) -> None:
    """Breaks when one snapshot is a plural, or the longest name of a system takes the line beyond 80 columns."""
    code, text, _ = run(capsys, "sample", "ising-antiperiodic-vertical", "--size", 10, "--count", count, "--out", out)
    assert code == 0
    assert words in text
    assert max(map(len, text.splitlines())) <= 80
    assert [plural(k, "frame") for k in (0, 1, 2)] == ["0 frames", "1 frame", "2 frames"]


def test_findings_are_folded(out: Path, small_data: Path, capsys: Any) -> None:
    """Breaks when a line of `check` is wider than the terminal, or folding loses a word."""
    code, text, _ = run(capsys, "check", small_data)
    assert code == 0
    assert max(map(len, text.splitlines())) <= 80
    words = " ".join(text.split())
    for finding in check(small_data):
        assert " ".join(f"{finding.name}: {finding.detail}".split()) in words


@pytest.mark.parametrize("terminal", [False, True])
def test_messages_are_one_line_in_a_pipe_and_folded_on_a_terminal(
    terminal: bool, out: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when an error takes two lines in a log, or runs beyond the terminal in the middle of a word."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal, raising=False)
    code, _, err = run(capsys, "sample", "ising-periodic", "--temperatures", "1,nan", "--out", out)
    words = "error: temperatures must be numbers from 0 to inf, or start:stop:step, joined by commas, got 1,nan"
    assert (code, " ".join(err.split())) == (2, words)
    lines = err.splitlines()
    assert len(lines) == 1 + terminal
    assert max(map(len, lines)) <= 80 or not terminal


def test_the_headline_of_a_ceiling_fits(out: Path, capsys: Any) -> None:
    """Breaks when the longest name takes the headline, or four classes the table, beyond 80 columns."""
    code, text, _ = run(capsys, "ceiling", "ising-antiperiodic-vertical", "--size", 4, "--J", -2.5, "--B", 0)
    assert code == 0
    assert max(map(len, text.splitlines())) <= 80
    assert "greatest macro F1" in text
