"""The command line: thin, and quick to answer; every command imports what it needs."""

import sys
import warnings
from typing import Any

import typer

from spinlens.cli import commands, curve, dataset, evaluate, observables, predict, reproduce, training, transfer
from spinlens.errors import InputError, UnseenWarning

INTERRUPTED = 130

app = typer.Typer(
    help="Reads the thermodynamic state of a spin system off a single snapshot.",
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (dataset, commands, observables, training, evaluate, predict, reproduce, curve, transfer):
    for command in module.COMMANDS:
        app.command(command.__name__.rstrip("_").replace("_", "-"))(command)  # import_ is named import


# typer brings its own copy of click and exports only some of its exceptions; this is the base of all usage errors
UsageProblem: type[Exception] = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")


def main() -> None:
    """Run the command line: 0 done, 1 a check failed, 2 bad input (one line says what)."""
    show = warnings.showwarning

    def show_ours(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, UnseenWarning):
            print(f"warning: {message}", file=sys.stderr)
        else:
            show(message, category, *where, **more)

    warnings.showwarning = show_ours
    try:
        code = int(app(sys.argv[1:] or ["--help"], standalone_mode=False) or 0)
        if code == INTERRUPTED:  # how typer reports Ctrl-C
            raise KeyboardInterrupt
        sys.exit(code)
    except InputError as error:
        _fail(str(error))
    except UsageProblem as error:
        _fail(f"{getattr(error, 'format_message', error.__str__)()} (see spinlens COMMAND --help)")
    except (typer.Abort, KeyboardInterrupt):
        again = "build, reproduce and curve go on when given again, train and pretrain with --resume"
        _fail(f"interrupted; {again}", INTERRUPTED)
    except MemoryError:
        _fail("not enough memory; ask for fewer or smaller snapshots")
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}")


def _fail(message: str, code: int = 2) -> None:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)
