"""Progress where there is no terminal: whatever takes long prints a line, what ends soon does not."""

import sys
import time
from typing import Any

import pytest

from spinlens.cli import progress
from spinlens.cli.progress import loading, make_console, show_progress, show_trials, show_wait


def test_a_wait_prints_a_line_once_it_takes_long(capsys: Any, monkeypatch: Any) -> None:
    """Breaks when minutes of work are silent in a log file, or a moment's work is not."""
    monkeypatch.setattr(progress, "QUIET_SECONDS", 0.05)
    with show_wait("counting [/x] states"):
        deadline = time.monotonic() + 20
        err = ""
        while not err and time.monotonic() < deadline:
            time.sleep(0.01)
            err = capsys.readouterr().err
    assert err == "counting [/x] states\n"
    monkeypatch.setattr(progress, "QUIET_SECONDS", 3600.0)
    with show_wait("nothing"):
        pass
    assert capsys.readouterr().err == ""


def test_lines_of_progress(capsys: Any, monkeypatch: Any) -> None:
    """Breaks when the first or the last news of a piece of work is lost, or every step prints a line."""
    with show_progress("images") as show:
        for done in range(101):
            show(done, 100, "note [/x]")
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[:2] for line in lines] == [
        ["0 of 100 images", " note [/x]"],
        ["100 of 100 images", " note [/x]"],
    ]
    with show_trials() as trials:
        for step in range(101):
            trials("trial 1", "training [/x]", step / 100)
    assert capsys.readouterr().err.splitlines() == ["trial 1: training [/x], 0%", "trial 1: training [/x], 100%"]


def test_text_is_no_markup(capsys: Any) -> None:
    """Breaks when names in square brackets or between colons are changed on the way to the terminal."""
    from rich.table import Table

    table = Table("[/x]", ":smile:")
    table.add_row("[red]", "[/red]")
    make_console(least=60).print(table)
    out = capsys.readouterr().out
    assert all(text in out for text in ("[/x]", ":smile:", "[red]", "[/red]"))


@pytest.mark.parametrize("show", [lambda: show_wait("[/x]"), lambda: show_progress("[/x]"), show_trials])
def test_terminals_show_text_as_it_is(show: Any, capsys: Any, monkeypatch: Any) -> None:
    """Breaks when a name with [/x] ends a live display in rich's MarkupError."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TTY_INTERACTIVE", "1")
    with show() as news:
        if news is not None:
            news(*(("[/x]", "[/y]", 0.5) if show is show_trials else (1, 2, "[/x]")))
    assert "[/x]" in capsys.readouterr().err


def test_loading_is_said_before_it_takes_seconds(capsys: Any, monkeypatch: Any) -> None:
    """Breaks when a command is silent while torch loads, says so where it is loaded, or says it once a process."""
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    loading("the network")
    assert capsys.readouterr().err == "loading the network\n"
    monkeypatch.setenv("LOCAL_RANK", "1")
    loading("the network")
    monkeypatch.delenv("LOCAL_RANK")
    monkeypatch.setitem(sys.modules, "torch", object())
    loading("the network")
    assert capsys.readouterr().err == ""
