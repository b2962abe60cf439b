"""What ends a command: one line on stderr and an exit code for every exception."""

import contextlib
import os
import select
import sys

from spinlens.cli.tables import fold_line
from spinlens.errors import InputError, shown

BAD_INPUT, FAULT, INTERRUPTED, CLOSED_PIPE = 2, 3, 130, 141  # the last two as shells count signals
DEBUG = "SPINLENS_DEBUG"  # set: show the traceback of a fault


def report(error: BaseException) -> int:
    """Print the line of an exception on stderr; returns the exit code. A fault is raised again with SPINLENS_DEBUG."""
    if _close_lost_streams() and isinstance(error, BrokenPipeError):
        return CLOSED_PIPE  # whoever reads has seen enough
    message, code = explain(error)
    if code == FAULT and os.environ.get(DEBUG):
        raise error
    with contextlib.suppress(OSError, ValueError):
        print(fold_line(f"error: {' '.join(message.split())}", sys.stderr), file=sys.stderr, flush=True)
    return code


def explain(error: BaseException) -> tuple[str, int]:
    """(message, exit code) of an exception."""
    if isinstance(error, InputError):
        return str(error), BAD_INPUT
    if isinstance(error, KeyboardInterrupt):
        return f"interrupted; {error}" if str(error) else "interrupted", INTERRUPTED
    if hasattr(error, "format_message"):  # a usage error of typer's click
        return _usage(error), BAD_INPUT
    if isinstance(error, MemoryError) or _says(error, "allocate memory", "out of memory"):
        return "not enough memory; ask for fewer or smaller snapshots", BAD_INPUT
    if _says(error, "cannot cache function"):
        return "numba cannot write its cache; set NUMBA_CACHE_DIR to a folder that can be written", BAD_INPUT
    if _says(error, "determine home directory"):
        return "the home folder is unknown; set HOME", BAD_INPUT
    if isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason:  # a library that wants UTF-8
        return str(InputError("path", error.object, "a name in UTF-8")), BAD_INPUT
    if isinstance(error, OSError):
        where = f"{shown(os.fsdecode(error.filename))}: " if isinstance(error.filename, str | bytes) else ""
        return f"{where}{error.strerror or error}", BAD_INPUT
    again = f"set {DEBUG}=1 for the traceback and report it"
    return f"internal fault, {type(error).__name__}: {error}; {again}", FAULT


def _says(error: BaseException, *texts: str) -> bool:
    return isinstance(error, RuntimeError) and any(text in str(error) for text in texts)


def _usage(error: BaseException) -> str:
    """A usage error in our words: what must be given, or what an option must be."""
    context, parameter = getattr(error, "ctx", None), getattr(error, "param", None)
    hint = f"see {context.command_path if context else 'spinlens'} --help"
    if parameter is None:
        message: str = error.format_message()  # type: ignore[attr-defined]
        return f"{message} ({hint})"
    name = parameter_name(parameter)
    if type(error).__name__ == "MissingParameter":
        return f"{name} must be given; {hint}"
    cause = error.__cause__
    if cause is not None and hasattr(cause, "errors"):  # pydantic, which knows the value
        bad = cause.errors()[0]
        expected = bad["msg"].partition(" should be ")[2].partition(",")[0] or f"valid ({bad['msg']})"
        return str(InputError(name, bad["input"], expected, hint))
    return f"{name}: {getattr(error, 'message', error)} ({hint})"


def parameter_name(parameter: object) -> str:
    """An option as it is typed, such as --size; an argument by its name."""
    named: str = getattr(parameter, "name", "")
    options: list[str] = getattr(parameter, "opts", [])
    return max(options, key=len) if getattr(parameter, "param_type_name", "") == "option" else named


def _close_lost_streams() -> bool:
    """Whether stdout or stderr cannot be written; it then leads nowhere, so that nothing fails again at exit."""
    lost = False
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
            if not _has_lost_its_reader(stream.fileno()):
                continue
        except (OSError, ValueError):
            pass
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            lost = True
    return lost


def _has_lost_its_reader(descriptor: int) -> bool:
    """Whether it is a pipe whose other end is closed."""
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
