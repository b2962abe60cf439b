"""Jobs side by side in processes of their own, with news of each while it runs."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from multiprocessing.managers import SyncManager
from numbers import Integral
from queue import Empty
from typing import Any, TypeVar

from spinlens.data.parents import end_with, start_worker
from spinlens.errors import InputError

Note = Callable[[str, float], None]  # what is being done, share of the job
Key = TypeVar("Key")
Result = TypeVar("Result")

NEWS_SECONDS = 0.5


def check_workers(workers: int) -> None:
    """Raises InputError for what is no number of processes."""
    if isinstance(workers, bool) or not isinstance(workers, Integral) or not 1 <= workers <= 256:
        raise InputError("workers", workers, "an integer from 1 to 256")


def run_jobs(
    jobs: Mapping[Key, Callable[[Note], Result]], workers: int, progress: Callable[[Key, str, float], None]
) -> dict[Key, Result]:
    """The result of every job, each called with a function for its news; progress(key, what, share) gets the news.

    Every job has one torch thread, so that no result depends on `workers`. What a job raises ends the others too;
    raises ChildProcessError where a process dies. Processes end with this one, however it ends.
    """
    from joblib.externals.loky.process_executor import BrokenProcessPool, ProcessPoolExecutor

    if workers == 1 or len(jobs) < 2:
        return _run_here(jobs, progress)
    finished = False
    executor = ProcessPoolExecutor(
        min(workers, len(jobs)), initializer=_start_worker, initargs=(os.getpid(),), env={"OMP_NUM_THREADS": "1"}
    )
    manager = SyncManager(ctx=multiprocessing.get_context("spawn"))
    try:
        manager.start(end_with, (os.getpid(),))
        with manager:
            queue = manager.Queue()
            # the processes inherit the mask: Ctrl-C reaches all of the group, and only this process may answer
            mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
            try:
                futures = [executor.submit(_call, job, queue, k) for k, job in enumerate(jobs.values())]
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            keys = list(jobs)
            while not _ended(futures):
                try:
                    k, what, share = queue.get(timeout=NEWS_SECONDS)
                except Empty:
                    continue
                progress(keys[k], what, share)
            while not queue.empty():
                k, what, share = queue.get()
                progress(keys[k], what, share)
            for future in filter(_failed, futures):
                future.result()  # raises
            results = {key: future.result() for key, future in zip(keys, futures, strict=True)}
        finished = True
        return results
    except BrokenProcessPool:
        kept = "what is finished is kept: the same command resumes"
        raise ChildProcessError(f"a worker process died (out of memory?); {kept}") from None
    finally:
        executor.shutdown(kill_workers=not finished)


def _run_here(
    jobs: Mapping[Key, Callable[[Note], Result]], progress: Callable[[Key, str, float], None]
) -> dict[Key, Result]:
    import torch

    threads, results = torch.get_num_threads(), {}
    _start()
    try:
        for key, job in jobs.items():
            results[key] = job(partial(progress, key))
            progress(key, "done", 1.0)
    finally:
        torch.set_num_threads(threads)
    return results


def _ended(futures: Iterable[Future[Any]]) -> bool:
    return any(map(_failed, futures)) or all(future.done() for future in futures)


def _failed(future: Future[Any]) -> bool:
    return future.done() and future.exception() is not None


def _start_worker(parent: int) -> None:
    start_worker(parent)
    _start()


def _start() -> None:
    import torch

    torch.set_num_threads(1)  # sums in another order would make a result depend on the number of workers


def _call(job: Callable[[Note], Result], queue: Any, k: int) -> Result:
    result = job(partial(_note, queue, k))
    queue.put((k, "done", 1.0))
    return result


def _note(queue: Any, k: int, what: str, share: float) -> None:
    queue.put((k, what, share))
