"""Modules of the user's own that register models, edges, updaters, networks or observables."""

import os
import sys
from importlib import import_module
from importlib.metadata import entry_points

from spinlens.errors import InputError

GROUP = "spinlens.models"  # of entry points: packages that are installed
VARIABLE = "SPINLENS_MODULES"  # names with commas between, which worker processes inherit
_loaded: set[str] = set()


def load_extensions() -> None:
    """Import the modules of GROUP and VARIABLE, each once: what they register is then known in this process.

    Modules of VARIABLE may lie in the current folder. Raises InputError that names a module which cannot be imported.
    """
    named = [name for name in os.environ.get(VARIABLE, "").split(",") if name]
    if named and (here := os.getcwd()) not in sys.path:
        sys.path.insert(0, here)
    for name in (*(entry.module for entry in entry_points(group=GROUP)), *named):
        if name not in _loaded:
            _import(name)
            _loaded.add(name)


def name_modules(names: list[str]) -> None:
    """Add modules to VARIABLE, for this process and those that it starts. Raises InputError for what is no name."""
    for name in names:
        if name.endswith(".py") or not all(part.isidentifier() for part in name.split(".")):
            hint = f"did you mean {name.removesuffix('.py')}?" if name.endswith(".py") else ""
            raise InputError("module", name, "the name of a module, such as mymodels for mymodels.py", hint)
    known = [name for name in os.environ.get(VARIABLE, "").split(",") if name]
    os.environ[VARIABLE] = ",".join(dict.fromkeys([*known, *names]))


def _import(name: str) -> None:
    try:
        import_module(name)
    except InputError:
        raise
    except (Exception, SystemExit) as error:  # whatever a module of others does
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise InputError("module", name, f"one that can be imported ({reason})") from None
