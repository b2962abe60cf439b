"""Long simulations that end within a second when asked: compiled work comes in slices, and workers look in between."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar
from types import TracebackType
from typing import Any

VISITS = 1 << 24  # site visits of single replicas in a slice of compiled work: 0.2 to 0.8 s

_stop: ContextVar[threading.Event | None] = ContextVar("stop", default=None)


class StoppedError(Exception):
    """Raised in a worker whose pool is closed before its work is done."""


def pause() -> None:
    """Between two slices of work: Ctrl-C reaches the main thread here, and a closed pool its workers.

    Raises StoppedError in a worker of a closed StoppablePool.
    """
    stop = _stop.get()
    if stop is not None and stop.is_set():
        raise StoppedError


def slices(replicas: int, sweeps: int, sites: int) -> Iterator[tuple[slice, int]]:
    """(replicas, sweeps) for calls of a kernel that follows one replica after another, with a pause before each.

    Each replica gets all its sweeps, in order, and its random stream is its own: the slices do not change a result.
    """
    rows = max(min(VISITS // sites, replicas), 1)
    turns = max(VISITS // (rows * sites), 1)
    for first in range(0, replicas, rows):
        for done in range(0, sweeps, turns):
            pause()
            yield slice(first, first + rows), min(turns, sweeps - done)


class StoppablePool(ThreadPoolExecutor):
    """Threads whose work ends at its next pause when the `with` block is left by an exception, Ctrl-C included."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._stop = threading.Event()

    def submit(self, task: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """As ThreadPoolExecutor's."""

        def run() -> Any:
            _stop.set(self._stop)
            pause()
            return task(*args, **kwargs)

        return super().submit(run)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._stop.set()
        self.shutdown(wait=True, cancel_futures=kind is not None)
