"""Worker processes end with the process that began them, however that one ends."""

import contextlib
import ctypes
import os
import signal
import threading
import time

from spinlens.physics.extensions import load_extensions

PR_SET_PDEATHSIG = 1  # prctl(2), Linux
POLL_SECONDS = 0.5


def end_with(parent: int) -> None:
    """End this process, with SIGKILL, as soon as `parent`, the number of the process that began it, is gone.

    What a worker has half written is then lost like that of any killed process: see `files.write_whole`. On Linux the
    kernel sends the signal, to stopped processes too, when the thread that started the worker ends, not the process
    (prctl(2), PR_SET_PDEATHSIG): workers have to be started from a thread that lives as long as they. loky starts
    them in `submit`, in the caller's thread, which waits for them, and replaces idle ones from a thread of its own,
    which ends after them; an executor must not be left to another thread. Elsewhere a thread looks twice a second. Part
    of the initializer of every pool.
    """
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()


def start_worker(parent: int) -> None:
    """What a worker process does first: `end_with` its parent, and know what the user's modules register."""
    end_with(parent)
    load_extensions()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
