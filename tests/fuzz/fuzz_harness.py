"""Starts workers, sends them commands, and says which part of the contract a command broke."""

import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HANG_SECONDS = 30.0
LONG = 1000  # characters; two paths and a reason are shorter
MEMORY = 1 << 29  # bytes that refusing bad input may take
START_SECONDS = 180.0
FOREIGN_WARNING = re.compile(r"\.py:\d+: \w*Warning")


@dataclass(frozen=True)
class Reply:
    """values: what the worker replied, empty where it hung or died; out, err: what it printed."""

    values: dict[str, Any]
    out: str
    err: str
    seconds: float
    lost: str = ""  # how the worker was lost


@dataclass
class Worker:
    """A worker process in the folder `base`, started when it is first needed and replaced when it is lost.

    base/new is the folder that a request runs in, base/home the user's home; both are empty each time.
    """

    base: Path
    process: subprocess.Popen[bytes] | None = None
    pipes: tuple[int, int] = (-1, -1)
    buffer: bytes = field(default=b"", repr=False)

    @property
    def new(self) -> Path:
        return self.base / "new"

    @property
    def home(self) -> Path:
        return self.base / "home"

    def __post_init__(self) -> None:
        for folder in (self.home, self.new):
            folder.mkdir()

    def start(self) -> None:
        """Start the process and wait until it has imported everything."""
        (self.base / "stdin").write_text("y\n" * 64)
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        here = Path(__file__).parent
        environment = os.environ | {
            "HOME": str(self.home),
            "SPINLENS_CACHE": str(self.base / "cache"),
            "HF_HOME": str(self.base / "hub"),
            "HF_HUB_OFFLINE": "1",
            "MPLCONFIGDIR": str(self.base / "matplotlib"),
            "PYTHONUTF8": "1",
            "SPINLENS_DEBUG": "1",  # tracebacks instead of the line of a fault
            "PYTHONPATH": os.pathsep.join([str(here), *filter(None, sys.path)]),
        }
        command = [sys.executable, str(here / "fuzz_worker.py"), str(theirs_in), str(theirs_out)]
        with (
            open(self.base / "stdin", "rb") as stdin,
            open(self.base / "stdout", "ab") as stdout,  # appended to: the parent empties them
            open(self.base / "stderr", "ab") as stderr,
        ):
            self.process = subprocess.Popen(
                command,
                stdin=stdin,
                stdout=stdout,
                stderr=stderr,
                pass_fds=(theirs_in, theirs_out),
                env=environment,
                start_new_session=True,
            )
        os.close(theirs_in)
        os.close(theirs_out)
        self.pipes, self.buffer = (ours_in, ours_out), b""
        assert self._line(START_SECONDS) is not None, f"no worker: {(self.base / 'stderr').read_text()}"

    def stop(self) -> None:
        """End the process and all that it started."""
        if self.process is not None:
            for end in self.pipes:
                os.close(end)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(self, **request: Any) -> Reply:
        """Send a request, run in an empty folder `new`; a worker that hangs or dies is replaced at the next one."""
        self.clear()
        return self.ask_here(**request)

    def clear(self) -> None:
        """Empty the folders `new` and `home`."""
        for folder in (self.home, self.new):
            shutil.rmtree(folder)
            folder.mkdir()

    def ask_here(self, **request: Any) -> Reply:
        """As `ask`, with the folder `new` as it is."""
        if self.process is None:
            self.start()
        assert self.process is not None
        for name in ("stdout", "stderr"):
            os.truncate(self.base / name, 0)
        begun = time.monotonic()
        os.write(self.pipes[1], json.dumps(request | {"folder": str(self.new)}).encode() + b"\n")
        line, lost = self._line(HANG_SECONDS), ""
        if line is None:
            code = self.process.poll()
            if code is None:
                lost = f"no end after {HANG_SECONDS:g} s"
                self.process.send_signal(signal.SIGUSR1)
                time.sleep(0.5)
            else:
                lost = f"the process died with {code}"
            self.stop()
        out, err = ((self.base / name).read_text("utf-8", "replace") for name in ("stdout", "stderr"))
        return Reply(json.loads(line or b"{}"), out, err, time.monotonic() - begun, lost)

    def _line(self, seconds: float) -> bytes | None:
        """The next line from the worker; None where it does not come in time or the worker is gone."""
        end = time.monotonic() + seconds
        while b"\n" not in self.buffer:
            if not select.select([self.pipes[0]], [], [], max(end - time.monotonic(), 0))[0]:
                return None
            part = os.read(self.pipes[0], 1 << 16)
            if not part:
                assert self.process is not None
                self.process.wait()
                return None
            self.buffer += part
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line


def short(line: str) -> str:
    """A line that any terminal prints, not too long."""
    line = line.encode("ascii", "backslashreplace").decode()
    return line if len(line) < 4000 else f"{line[:500]} ... {line[-3000:]}"


def snapshot(*folders: Path) -> dict[str, tuple[int, int, int]]:
    """{path: (kind, size, time of change)} of everything below the folders."""
    found = {}
    for top in folders:
        for path, inside, files in os.walk(top):
            for name in (*inside, *files):
                stat = os.lstat(os.path.join(path, name))
                changed = 0 if name in inside else stat.st_mtime_ns
                found[os.path.join(path, name)] = (stat.st_mode, 0 if name in inside else stat.st_size, changed)
    return found


def differences(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """The paths that two snapshots disagree on."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def broken(reply: Reply, argv: list[str], written: list[str], changed: list[str], disk: int | None) -> str:
    """Which part of the contract a command broke; empty where it kept it.

    written: what is new in the folder it ran in and in the home. changed: what it changed elsewhere.
    """
    if reply.lost:
        return reply.lost
    code, lines = reply.values.get("code"), reply.err.splitlines()
    errors = [line for line in lines if line.startswith("error: ")]
    left = [name for name in written if name.endswith(".tmp") or os.path.basename(name).startswith(".")]
    faults = {
        "a traceback": "Traceback (most recent call last)" in reply.out + reply.err,
        f"exit code {code}": code not in ((0, 1, 2) if argv[:1] == ["check"] else (0, 2)),
        "a long line": code == 2 and any(len(line) > LONG for line in errors),
        "much memory": code == 2 and reply.values["memory"] > MEMORY,
        "a foreign warning": bool(FOREIGN_WARNING.search(reply.err)),
        "an error without exit code 2": bool(errors) and code != 2,
        f"{len(errors)} lines of error": code == 2 and len(errors) != 1,
        "more than the line of the error": code == 2 and disk is None and len(lines) != 1,
        f"changed {changed[:3]}": bool(changed),
        f"left {left[:3]}": bool(left),
        f"half-written {written[:3]}": code == 2 and disk is None and bool(written),
    }
    return ", ".join(what for what, holds in faults.items() if holds)
