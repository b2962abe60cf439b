"""One line and an exit code for whatever ends a command: interruptions, closed pipes, full disks, odd names, faults."""

import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from calls import run, spawn, start

CEILING = ("ceiling", "ising-periodic", "--size", "4")
ODD = os.fsdecode(b"d\xff[/x]:smile:")  # not UTF-8, rich's markup, rich's emoji


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("line", [("systems",), CEILING])
def test_a_closed_pipe_ends_quietly(line: tuple[str, ...], unbuffered: str) -> None:
    """Breaks when `spinlens systems | head -1` gets a traceback or a message."""
    process = start(*line, environment={"PYTHONUNBUFFERED": unbuffered})
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert "error" not in process.stderr.read()
    assert process.wait(60) == 141


@pytest.mark.parametrize("line", [("systems",), CEILING])
def test_a_full_disk_behind_stdout_is_one_line(line: tuple[str, ...]) -> None:
    """Breaks when a result that cannot be written passes for written, or Python reports it at exit once more."""
    with open("/dev/full", "w") as full:
        code, _, err = spawn(*line, stdout=full)
    assert (code, err.splitlines()[-1]) == (2, "error: No space left on device")
    assert err.count("No space") == 1


def test_closed_streams_are_no_fault() -> None:
    """Breaks when stdout or stderr, closed by the shell (>&-), ends in a traceback."""
    assert spawn(*CEILING, before="import sys; sys.stdout = None")[0] == 0
    assert spawn("check", "none", before="import sys; sys.stderr = None")[0] == 2


def test_terminals_without_unicode(small_data: Path, tmp_path: Path) -> None:
    """Breaks when a character that the terminal lacks, such as ±, ends the command."""
    (tmp_path / "own.csv").write_text("class\n" + "SbCR\n" * 16)
    line = ("evaluate", str(small_data), "--predictions", str(tmp_path / "own.csv"))
    code, out, err = spawn(*line, before="import sys; sys.stdout.reconfigure(encoding='ascii')")
    assert code == 0, err
    assert r"\xb1: one standard error" in out


def test_odd_names_are_printed_as_they_are(capsys: Any, tmp_path: Path) -> None:
    """Breaks when [/x] in a name is read as markup, :smile: as a picture, or bytes that are not UTF-8 raise."""
    folder = tmp_path / ODD
    code, out, err = spawn(
        *["sample", "ising-periodic", "--size", "4", "--count", "2", "--out"], str(folder / "[/x].npz")
    )
    assert code == 0, err
    assert "d\\udcff[/x]:smile:/[/x].npz: ising-periodic, 4 x 4\n2 snapshots at T = 2.27" in out
    code, _, err = spawn("check", str(folder))
    assert (code, err.count("\n")) == (2, 1)
    assert r"d\udcff[/x]:smile:" in err


def test_class_names_are_no_markup(capsys: Any, tmp_path: Path) -> None:
    """Breaks when a class called [bold], or a folder called [/b], is read as markup."""
    recipe = tmp_path / "r.toml"
    recipe.write_text(
        '[system]\nname = "ising-periodic"\nsize = 4\n[classes]\nnames = ["[bold]", "[red]"]\nedges = [1.0, 2.0, 3.0]\n'
        "step = 0.1\n[counts]\ntrain = [40, 40]\nvalidation = [4, 4]\ntest = [4, 4]\n"
    )
    code, out, _ = run(capsys, "build", recipe, "--out", tmp_path / "[/b]")
    assert (code, "[/b]: done" in out) == (0, True)
    code, out, _ = run(capsys, "check", tmp_path / "[/b]")
    assert code == 0
    code, out, _ = run(capsys, "ceiling", recipe)
    assert (code, "[bold] " in out, "[red] " in out) == (0, True, True)


@pytest.mark.parametrize(
    "line", [("ceiling", "ising-open", "--size", "64"), ("build", "ising-open", "--out", "{tmp}/d")]
)
def test_interrupted_in_one_line(line: tuple[str, ...], tmp_path: Path) -> None:
    """Breaks when Ctrl-C gets a traceback, another exit code, or says nothing of how to resume."""
    process = start(*(word.format(tmp=tmp_path) for word in line), before="print('ready', flush=True)")
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    last = err.splitlines()[-1]
    assert last.startswith("error: interrupted")
    assert "Traceback" not in err
    if line[0] == "build" and (tmp_path / "d").exists():
        assert last.endswith("the same command resumes")


def failing(error: BaseException) -> Any:
    def command(*_: object, **__: object) -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "expected"),
    [
        (EOFError("ended"), 3, "internal fault, EOFError: ended; set SPINLENS_DEBUG=1"),
        (KeyError("x"), 3, "internal fault, KeyError: 'x'"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (MemoryError(), 2, "not enough memory"),
        (RuntimeError("cannot cache function 'f': no locator available"), 2, "NUMBA_CACHE_DIR"),
        (RuntimeError("Could not determine home directory."), 2, "set HOME"),
        (RuntimeError("CUDA out of memory."), 2, "not enough memory"),
        (OSError(28, "No space left on device", "a/b"), 2, "a/b: No space left on device"),
        (OSError(36, "File name too long", "9" * 5000), 2, f"{'9' * 60} ... {'9' * 60}: File name too long"),
        (BrokenPipeError(32, "Broken pipe"), 2, "Broken pipe"),  # of a worker: our own streams are whole
        (UnicodeEncodeError("utf-8", "a\udcff", 1, 2, "surrogates not allowed"), 2, r"UTF-8, got a\udcff"),
    ],
)
def test_every_exception_is_one_line(
    error: BaseException, code: int, expected: str, capsys: Any, monkeypatch: Any
) -> None:
    """Breaks when a fault passes for bad input or an interruption, or what a user can mend for a fault."""
    monkeypatch.setattr("spinlens.physics.exact.density.is_solved", failing(error))
    found, out, err = run(capsys, "systems")
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert expected in err
    assert len(err) < 400


def test_faults_are_raised_where_asked() -> None:
    """Breaks when SPINLENS_DEBUG hides the traceback that a report needs."""
    before = "import spinlens.physics.exact.density\nspinlens.physics.exact.density.is_solved = {}.__getitem__"
    code, _, err = spawn("systems", before=before, environment={"SPINLENS_DEBUG": "1"})
    assert code == 1
    assert "Traceback" in err


NO_CACHE = """
import numba.core.caching as caching
class Never(caching._CacheLocator):
    from_function = classmethod(lambda *_: None)
caching.CacheImpl._locator_classes = [Never]
"""


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """Breaks when the first compiled function meets a read-only installation with a traceback."""
    line = f"sample ising-periodic --size 4 --out {tmp_path / 'x.npz'}"
    code, out, err = spawn(*line.split(), before=NO_CACHE)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "NUMBA_CACHE_DIR" in err


@pytest.mark.parametrize("begun", [False, True])
def test_only_a_run_that_was_begun_is_to_be_resumed(begun: bool, small_data: Path, tmp_path: Path, capsys: Any) -> None:
    """Breaks when Ctrl-C while a library loads advises --resume, which then finds no run."""
    out = tmp_path / "run"

    def stop(what: str) -> None:
        if begun:
            out.mkdir()
            (out / "recipe.json").write_text("{}")
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("spinlens.cli.training.loading", stop)
        code, _, err = run(capsys, "train", small_data, "--model", "vit", "--out", out)
    advice = "the same command with --resume resumes" if begun else "nothing was written"
    assert (code, err) == (130, f"error: interrupted; {advice}\n")
