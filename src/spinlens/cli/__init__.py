"""The command line: thin, and quick to answer; every command imports what it needs."""

import sys

import click
import typer

from spinlens.cli import commands, experiment
from spinlens.errors import InputError

app = typer.Typer(
    help="Reads the thermodynamic state of a spin system off a single snapshot.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for module in (commands, experiment):
    for command in module.COMMANDS:
        app.command()(command)


def main() -> None:
    """Run the command line: 0 done, 1 a check failed, 2 bad input (one line says what)."""
    try:
        sys.exit(app(standalone_mode=False) or 0)
    except InputError as error:
        _fail(str(error))
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message())
        sys.exit(2)
    except click.ClickException as error:
        _fail(f"{error.format_message()} (see spinlens --help)")
    except click.Abort:
        _fail("interrupted; run the same command again to go on", 130)
    except KeyboardInterrupt:
        _fail("interrupted; run the same command again to go on", 130)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        _fail(f"{where}{error.strerror or error}")


def _fail(message: str, code: int = 2) -> None:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    sys.exit(code)
