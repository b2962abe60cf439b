"""Commands as a user gives them: in this process, or in one of their own where streams or the environment matter."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command in this process."""
    from spinlens.cli import main

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["spinlens", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def start(
    *arguments: str, before: str = "", environment: dict[str, str] | None = None, **more: object
) -> subprocess.Popen[str]:
    """A command in a process of its own, in pipes; before: Python that runs first; environment: variables besides."""
    variables = os.environ | {"PYTHONPATH": str(SOURCE), "OMP_NUM_THREADS": "1"} | (environment or {})
    code = f"{before}\nimport sys\nsys.argv = {['spinlens', *arguments]!r}\nfrom spinlens.cli import main\nmain()\n"
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": variables} | more
    return subprocess.Popen([sys.executable, "-c", code], **streams)  # type: ignore[call-overload, no-any-return]


def spawn(*arguments: str, **more: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command in a process of its own; more: as `start`."""
    process = start(*arguments, **more)  # type: ignore[arg-type]
    out, err = process.communicate(timeout=120)
    return process.returncode, out or "", err or ""
