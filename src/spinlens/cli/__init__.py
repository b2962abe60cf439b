"""The command line. Nothing but the standard library is imported here, so that Ctrl-C is answered from the start."""

import os
import sys
import warnings
from typing import Any


def main() -> None:
    """Run the command line: exit code 0 done, 1 a check failed, 2 bad input, 3 a fault of spinlens, 130 interrupted."""
    from spinlens.cli.failures import report

    show = warnings.showwarning

    def show_ours(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if category.__module__ == "spinlens.errors":
            from spinlens.cli.tables import fold_line

            print(fold_line(f"warning: {message}", sys.stderr), file=sys.stderr)
        else:
            show(message, category, *where, **more)

    warnings.showwarning = show_ours
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by the shell
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115
    try:
        if hasattr(sys.stdout, "reconfigure"):  # file names need not be UTF-8, terminals neither
            sys.stdout.reconfigure(errors="backslashreplace")
        from spinlens.cli.frame import run_command

        code = run_command(sys.argv[1:] or ["--help"])
        sys.stdout.flush()  # a closed pipe or a full disk shows here
    except SystemExit:
        raise
    except BaseException as error:
        code = report(error)
    finally:
        warnings.showwarning = show
    sys.exit(code)
