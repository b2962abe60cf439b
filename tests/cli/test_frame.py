"""What all commands share: options given once, ~ in paths, empty text, the version."""

import os
from pathlib import Path
from typing import Any

import pytest
import typer

from calls import run, spawn
from spinlens import __version__
from spinlens.cli.frame import PANELS, make_app

COMMANDS: dict[str, Any] = typer.main.get_command(make_app()).commands  # type: ignore[attr-defined]
SINGLE = [
    (name, max(option.opts, key=len))
    for name, command in COMMANDS.items()
    for option in command.params
    if option.param_type_name == "option" and not option.multiple and not option.is_flag and option.nargs == 1
]


def test_every_command_is_listed_in_a_panel() -> None:
    """Breaks when a command is added to no panel of `spinlens --help`, or a panel names one that does not exist."""
    assert sorted(COMMANDS) == sorted(name for names in PANELS.values() for name in names)


@pytest.mark.parametrize(("command", "option"), SINGLE)
def test_an_option_that_takes_one_value_is_given_once(command: str, option: str, capsys: Any) -> None:
    """Breaks when the last of two values wins silently, in any command."""
    code, out, err = run(capsys, command, option, 1, option, 2)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"error: {option} must be given once, got it twice")


def test_both_names_of_an_option_are_one(capsys: Any) -> None:
    """Breaks when --temperature and --temperatures are counted apart, or the way to give several is not said."""
    line = "sample ising-periodic --temperature 1.5 --temperatures 2 --out x.npz"
    code, _, err = run(capsys, *line.split())
    expected = "error: --temperatures must be given once, got it twice; join several by commas\n"
    assert (code, err) == (2, expected)


def test_lists_and_flags_may_be_repeated(capsys: Any, tmp_path: Path) -> None:
    """Breaks when an option that takes several values, or a flag, is refused the second time."""
    code, _, err = run(capsys, *["curve", "ising-periodic", "--model", "vit", "--model", "vit-spins", "--labels", "x"])
    assert (code, "error: labels" in err) == (2, True)
    line = f"build ising-periodic --size 4 --merge --merge --out {tmp_path / 'data'}"
    code, _, err = run(capsys, *line.split())
    assert (code, "all of its shards" in err) == (2, True)


@pytest.mark.parametrize("text", ["", "a\0b"])
@pytest.mark.parametrize("line", ["check", "build ising-periodic --out", "predict x", "train x --model"])
def test_empty_text_is_refused(line: str, text: str, capsys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Breaks when --out "$UNSET" means the current folder, or a NUL reaches a system call."""
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *line.split(), text)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "must be text that is not empty and has no NUL" in err
    assert not list(tmp_path.iterdir())


def test_home_is_expanded_in_every_path(capsys: Any, tmp_path: Path, monkeypatch: Any) -> None:
    """Breaks when a ~ that the shell left alone, as in --out=~/x, makes a folder of that name or a foreign message."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(here)
    (home / "r.toml").write_text('system = "ising-periodic"\n')
    line = "sample ~/r.toml --size 4 --temperatures inf --count 2 --out=~/deep/x.npz"
    assert run(capsys, *line.split())[0] == 0
    assert (home / "deep" / "x.npz").is_file()
    assert str(home / "none") in run(capsys, "check", "~/none")[2]
    assert str(home / "deep" / "x.npz") in run(capsys, "sample", "~/r.toml", "--out", "~/deep/x.npz")[2]
    assert not list(here.iterdir())


@pytest.mark.parametrize("unknown", ["~nobody-of-that-name/x", "~/x"])
def test_no_home_is_one_line(unknown: str) -> None:
    """Breaks when an unknown home folder gives a traceback or a folder called ~."""
    before = "import os, pwd; os.environ.pop('HOME', None)\ndef none(*_): raise KeyError\npwd.getpwuid = none"
    code, out, err = spawn("check", unknown, before=before)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert (
        err
        == f"error: folder must be a path whose home folder is known, got {unknown}; set HOME, or write it in full\n"
    )
    assert not os.path.exists("~")


def test_the_version(capsys: Any) -> None:
    """Breaks when `spinlens --version` fails or says something else than the package."""
    assert run(capsys, "--version") == (0, f"spinlens {__version__}\n", "")


def test_usage_errors_name_the_option_and_the_way_out(capsys: Any) -> None:
    """Breaks when a wrong or missing value is not named as it was typed."""
    cases = {
        "build x --out a --seed x": "--seed must be a valid integer, got x; see spinlens build --help",
        "sample ising-periodic": "--out must be given; see spinlens sample --help",
        "check": "folder must be given; see spinlens check --help",
        "simulate": "No such command 'simulate'. (see spinlens --help)",
    }
    for line, expected in cases.items():
        assert run(capsys, *line.split()) == (2, "", f"error: {expected}\n")
    code, _, err = run(capsys, "sample", "ising-periodic", "--seed", "9" * 5000, "--out", "a.npz")
    assert (code, err.count("\n"), len(err) < 400) == (2, 1, True)
