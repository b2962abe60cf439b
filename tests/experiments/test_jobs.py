"""Jobs in processes: every result, and a prompt end where one fails."""

import os
import time

import pytest

from spinlens.errors import InputError
from spinlens.experiments.jobs import Note, run_jobs


def works(note: Note) -> int:
    import torch

    note("half", 0.5)
    return torch.get_num_threads()


def fails(note: Note) -> int:
    raise InputError("field", 1, "two is")


def dies(note: Note) -> int:
    os._exit(1)


def sleeps(note: Note) -> int:
    time.sleep(600)
    return 0


@pytest.mark.parametrize("workers", [1, 2])
def test_results_and_news_by_key(workers: int) -> None:
    """Breaks when a result or its news gets another job's key, or a process takes more than one thread."""
    news: list[tuple[object, str, float]] = []
    jobs = {"a": works, ("b", 1): works}
    assert run_jobs(jobs, workers, lambda *line: news.append(line)) == {"a": 1, ("b", 1): 1}
    assert sorted(news, key=str) == sorted(
        [(key, what, share) for key in ("a", ("b", 1)) for what, share in (("half", 0.5), ("done", 1.0))], key=str
    )
    assert run_jobs({}, 1, lambda *_: None) == {}


@pytest.mark.parametrize(("job", "error", "says"), [(fails, InputError, "field"), (dies, ChildProcessError, "resumes")])
def test_a_failure_ends_the_others(job, error, says) -> None:
    """Breaks when the error of one job waits for the others, hours perhaps, or a dead process hangs everything."""
    begin = time.monotonic()
    with pytest.raises(error, match=says):
        run_jobs({"slow": sleeps, "bad": job}, 2, lambda *_: None)
    assert time.monotonic() - begin < 120
