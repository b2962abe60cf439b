"""Fixtures of the fuzzers, which each test module takes over by name: pytest knows one conftest only."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fuzz_harness import Worker
from fuzz_world import World
from hypothesis import HealthCheck, Phase, settings

SETTINGS = settings(
    derandomize=True,  # the same examples in every run
    database=None,
    deadline=None,  # hangs are found by the harness
    phases=[Phase.generate],  # examples are short as they are
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory, small_data: Path, finished_run: tuple[Path, Any]) -> World:
    """Good and hostile files."""
    made = World(tmp_path_factory.mktemp("world") / "world", small_data, finished_run[0])
    made.make()
    return made


@pytest.fixture(scope="session")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """A process that runs commands and readers."""
    started = Worker(tmp_path_factory.mktemp("worker"))
    yield started
    started.stop()
