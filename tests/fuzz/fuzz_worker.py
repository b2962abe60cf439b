"""A process that runs commands and readers for the fuzzers: it may hang, crash or run out of memory, and is replaced.

Requests and replies are lines of JSON on two pipes; standard output and error go to files that the parent reads.
"""

import faulthandler
import json
import os
import resource
import signal
import sys
import traceback
import warnings
from typing import Any

MEMORY = 3 << 30  # bytes beyond what the imports took, at which Python gets a MemoryError


def run_command(argv: list[str]) -> dict[str, Any]:
    """The exit code of a command line, as the shell would see it."""
    from spinlens.cli import main

    sys.argv = ["spinlens", *argv]
    try:
        main()
    except SystemExit as ended:
        return {"code": ended.code if isinstance(ended.code, int) else int(ended.code is not None)}
    except BaseException:
        return {"code": 1, "uncaught": traceback.format_exc()}
    return {"code": 0}


def read(kind: str, path: str) -> dict[str, Any]:
    """Whether a reader takes a file ("valid"), refuses it in one line ("refused") or breaks its contract ("failed")."""
    import fuzz_readers

    from spinlens.errors import InputError

    try:
        fuzz_readers.READERS[kind](path)
    except InputError as error:
        line = str(error)
        return {"outcome": "refused" if line.isprintable() else "failed", "detail": line}
    except BaseException:
        return {"outcome": "failed", "detail": traceback.format_exc()}
    return {"outcome": "valid", "detail": ""}


def _status(field: str) -> int:
    """Bytes of a field of /proc/self/status, such as VmHWM: the peak of the resident memory."""
    with open("/proc/self/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith(field))


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """The reply to one request, in the request's folder; `disk` bounds every file that is written meanwhile."""
    os.chdir(request["folder"])
    sys.stdin.seek(0)  # says "y" to whoever asks
    disk = request.get("disk")
    with open("/proc/self/clear_refs", "w", encoding="ascii") as peak:
        peak.write("5")  # the peak starts anew
    before = _status("VmHWM")
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with warnings.catch_warnings():  # every command starts with its own filters
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard if disk is None else disk, hard))
            reply = run_command(request["argv"]) if "argv" in request else read(request["kind"], request["path"])
            sys.stdout.flush()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    sys.stderr.write(reply.pop("uncaught", ""))
    sys.stderr.flush()
    return reply | {"memory": _status("VmHWM") - before}


def serve(requests: int, replies: int) -> None:
    """Answer requests until there are no more."""
    faulthandler.enable()
    faulthandler.register(signal.SIGUSR1)  # the parent asks where it hangs
    sys.stdout.reconfigure(errors="strict")  # type: ignore[union-attr]  # as under a language's own locale
    import fuzz_readers

    fuzz_readers.load()
    most = _status("VmData") + MEMORY
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    with os.fdopen(requests, "rb") as asked, os.fdopen(replies, "wb") as answers:
        answers.write(b"{}\n")  # ready
        answers.flush()
        for line in asked:
            answers.write(json.dumps(answer(json.loads(line))).encode() + b"\n")
            answers.flush()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
