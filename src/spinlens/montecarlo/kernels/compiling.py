"""Compiled kernels and the folder that keeps them from run to run."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache

from spinlens.errors import InputError

INLINED = (  # whose code goes into kernels of other files
    "exponentials.py",
    "lanes.py",
    "planes.py",
    "runs.py",
    "scalar.py",
    "simd.py",
    "words.py",
    "worldline_sums.py",
)


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator: numba.njit that releases the GIL and keeps its machine code on disk. options: of numba.njit.

    Raises InputError where there is no folder that can be written.
    """

    def compile_later(function: Callable[..., Any]) -> Any:
        dispatcher = numba.njit(nogil=True, **options)(function)
        try:
            dispatcher._cache = _Cache(function)  # what its enable_caching() does, with a cache that forgives
        except RuntimeError:
            folder = os.environ.get("NUMBA_CACHE_DIR") or "not set"
            hint = "compiled kernels are kept there, such as NUMBA_CACHE_DIR=FOLDER"
            raise InputError("NUMBA_CACHE_DIR", folder, "a folder that can be written", hint) from None
        return dispatcher

    return compile_later


class _Cache(FunctionCache):
    """Numba's cache; damaged files are compiled anew and replaced, a disk that is full is done without.

    Numba asks whether a kernel's own file has changed; here also whether those inlined into it have.
    """

    def _index_key(self, sig: Any, codegen: Any) -> Any:
        sources = b"".join(Path(__file__).with_name(name).read_bytes() for name in INLINED)
        return (*super()._index_key(sig, codegen), hashlib.sha256(sources).hexdigest())

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # an empty, truncated or foreign pickle raises one of many types
            with contextlib.suppress(Exception):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with contextlib.suppress(Exception):  # the code is there, if only for this run
            super().save_overload(sig, data)
