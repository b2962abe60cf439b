"""Reading a data set starts no threads of pyarrow: while Python ends they abort the process, its work done."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TASKS = Path("/proc/self/task")
READ = """
import os, sys
from pathlib import Path
import pyarrow as pa
import pyarrow.parquet
from spinlens.data.read import read_columns, read_split
pa.array([1.0] * 10000)  # what allocates memory has a thread of its own
before = set(os.listdir("/proc/self/task"))
read_columns(Path(sys.argv[1]), "temperature", "energy")
read_split(sys.argv[1])
print(len(set(os.listdir("/proc/self/task")) - before))
"""


@pytest.mark.skipif(not TASKS.exists(), reason="the threads of a process are listed on Linux alone")
def test_reading_a_data_set_starts_no_threads(small_data: Path) -> None:
    """Breaks when shards are read ahead or decoded by threads, which hold bytes of Python when the interpreter ends."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2] / "src")}
    found = subprocess.run(
        [sys.executable, "-c", READ, str(small_data)], env=environment, capture_output=True, text=True, timeout=120
    )
    assert (found.stdout, found.returncode) == ("0\n", 0), found.stderr
