"""A data set is compared with its hashes once, however many of its splits are read."""

from pathlib import Path

import pytest

from spinlens.data import read as reading
from spinlens.experiments.baseline_rows import baselines
from spinlens.experiments.evaluation import evaluate


def test_files_are_compared_with_their_hashes_once(
    finished_run, small_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Breaks when every split that is read hashes the whole data set again, which takes minutes for a large one."""
    calls, verify = list[Path](), reading.verify

    def count(folder: Path) -> int:
        calls.append(folder)
        return verify(folder)

    monkeypatch.setattr(reading, "verify", count)
    for work in (lambda: evaluate(small_data, finished_run[0]), lambda: baselines(small_data, "train")):
        work()
        assert calls == [small_data]
        calls.clear()
