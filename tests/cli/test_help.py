"""What the terminal shows: help screens and tables of 80 columns that cut nothing."""

from typing import Any

import pytest
import typer

from calls import run
from spinlens.cli.frame import make_app
from spinlens.physics.catalogue import SYSTEMS, VARIANTS

COMMANDS: dict[str, Any] = typer.main.get_command(make_app()).commands  # type: ignore[attr-defined]


def words(text: str) -> str:
    """The words of a screen, without its frames and breaks."""
    return " ".join("".join(c for c in text if c not in "│╭╮╰╯─*").split())


@pytest.mark.parametrize("command", [None, *COMMANDS])
def test_help_fits_80_columns(command: str | None, capsys: Any, monkeypatch: Any) -> None:
    """Breaks when a help screen is wider than the terminal, cuts an option's name, or drops [..] as markup."""
    monkeypatch.setenv("COLUMNS", "80")
    code, out, err = run(capsys, *filter(None, [command]), "--help")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 80
    assert "…" not in out
    for parameter in COMMANDS[command].params if command else ():
        if parameter.param_type_name == "option":
            assert max(parameter.opts, key=len) + " " in out
        assert parameter.help, f"{parameter.name} has no help"
        for word in parameter.help.split():
            assert word in out, f"{parameter.name}: {word}"


def test_paragraphs_of_help_are_broken_by_the_terminal(capsys: Any, monkeypatch: Any) -> None:
    """Breaks when the line breaks of a docstring show up on the screen."""
    monkeypatch.setenv("COLUMNS", "200")
    for name, command in COMMANDS.items():
        out = run(capsys, name, "--help")[1]
        for paragraph in (command.help or "").split("\n\n"):
            assert len(paragraph) > 190 or any(paragraph in line for line in out.splitlines()), name


@pytest.mark.parametrize("columns", [80, 200, 30])
def test_the_table_of_systems_cuts_no_name(columns: int, capsys: Any, monkeypatch: Any) -> None:
    """Breaks when two systems share what is left of their names, or the table is wider than a terminal of 80."""
    monkeypatch.setenv("COLUMNS", str(columns))
    code, out, _ = run(capsys, "systems")
    assert code == 0
    listed = [name for name in SYSTEMS if name.startswith("ising-") or not name.endswith(tuple(filter(None, VARIANTS)))]
    assert [words[0] for words in map(str.split, out.splitlines()) if words and words[0] in SYSTEMS] == listed
    assert {"ising-antiperiodic-vertical", "blume-capel-tricritical", "potts-10"} <= set(listed)
    assert max(map(len, out.splitlines())) <= max(columns, 80)
    for description in (SYSTEMS[name].description for name in listed):
        assert all(word in out for word in description.split())
