"""Where the shards of a build run: in this process, in worker processes, or on a dask cluster."""

import logging
import os
import re
import signal
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from spinlens.data.parents import start_worker
from spinlens.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

Task = Callable[[int], None]
CONNECT_SECONDS = 8
RESUMES = "finished shards are kept: the same command resumes"


def run_here(task: Task, shards: Sequence[int]) -> Generator[int, None, None]:
    """Run the task on every shard; yields each when it is done."""
    for shard in shards:
        task(shard)
        yield shard


def run_processes(task: Task, shards: Sequence[int], workers: int) -> Generator[int, None, None]:
    """As `run_here`, in joblib's loky processes, in any order. Raises ChildProcessError where one of them dies.

    Whatever ends the iteration early, Ctrl-C included, ends the processes too, and so does the end of this one.
    """
    from concurrent.futures import as_completed

    from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

    executor = ProcessPoolExecutor(
        min(workers, len(shards)),
        timeout=60,
        initializer=start_worker,
        initargs=(os.getpid(),),
        env={"OMP_NUM_THREADS": "1"},
    )
    finished = False
    try:
        # the processes inherit the mask: Ctrl-C reaches all of the group, and only this process may answer
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            futures = {executor.submit(task, shard): shard for shard in shards}
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for future in as_completed(futures):
            future.result()
            yield futures[future]
        finished = True
    except BrokenProcessPool as error:
        found = re.search(r"SIG[A-Z]+", str(error))
        how = f"killed by {found[0]}; " if found else ""
        raise ChildProcessError(f"a worker process died ({how}out of memory?); {RESUMES}") from None
    finally:
        executor.shutdown(kill_workers=not finished)


def run_dask(task: Task, shards: Sequence[int], client: "Client") -> Generator[int, None, None]:
    """As `run_here`, on the workers of a dask cluster, in any order. Raises ChildProcessError where they are lost."""
    from concurrent.futures import CancelledError

    from distributed import KilledWorker, as_completed
    from distributed.comm import CommClosedError

    futures = client.map(task, shards, pure=False)
    number = dict(zip(futures, shards, strict=True))
    try:
        for future in as_completed(futures, loop=client.loop):
            if future.status != "finished":
                future.result()  # raises
            yield number[future]
    except KilledWorker:
        raise ChildProcessError(f"dask workers died again and again (out of memory?); {RESUMES}") from None
    except (CancelledError, CommClosedError):
        raise ChildProcessError(f"the dask scheduler went away; {RESUMES}") from None


@contextmanager
def dask_client(address: str | None) -> Iterator["Client | None"]:
    """A client of the scheduler at an address, None for None. Raises InputError where it cannot be reached."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError("scheduler", address, "used with dask installed", "pip install 'spinlens[cluster]'") from None
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError):
        raise InputError("scheduler", address, "the address of a dask scheduler that answers") from None
    logger = logging.getLogger("distributed.client")  # shows a traceback of its own where the scheduler goes away
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with client:
            yield client
    finally:
        logger.setLevel(level)
