"""JSON is read whole, or refused in one line that says why, wherever it lies."""

import json
import os
from pathlib import Path

import pytest

from spinlens.data.json_files import parse_json, read_json, read_object
from spinlens.errors import InputError

BAD = {
    "deep": (b"[" * 100_000, "nested too deep"),
    "long number": (b"9" * 5000, "one with a number of thousands of digits"),
    "not UTF-8": (b'["\xff"]', "text that is not UTF-8; save it as UTF-8"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "text that is not UTF-8; save it as UTF-8"),
    "NaN": (b'{"a": NaN}', "one with NaN; JSON has no such number"),
    "infinity": (b"[1, -Infinity]", "one with -Infinity; JSON has no such number"),
    "cut off": (b'{"a": 1,\n"b"', "damaged (Expecting ':' delimiter in line 2, column 4)"),
    "empty": (b"", "empty"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_one_line(case: str, tmp_path: Path) -> None:
    """Breaks when damaged JSON ends in another exception or several lines, or a number that is none is taken."""
    data, found = BAD[case]
    (tmp_path / "a.json").write_bytes(data)
    for read in (lambda: parse_json(data, str(tmp_path / "a.json")), lambda: read_json(tmp_path / "a.json")):
        with pytest.raises(InputError) as caught:
            read()
        assert str(caught.value) == f"{tmp_path / 'a.json'} must be a whole JSON file, got {found}"


def test_what_can_be_read_is_read(tmp_path: Path) -> None:
    """Breaks when a mark of UTF-8, as some editors write it, or letters of any alphabet are refused or changed."""
    values = {"name": "Zürich 統計 🙂", "numbers": [1, -2.5e-300, 10**40], "deep": [[[[[[[[[{}]]]]]]]]]}
    for data in (json.dumps(values).encode(), json.dumps(values, ensure_ascii=False).encode("utf-8-sig")):
        (tmp_path / "a.json").write_bytes(data)
        assert read_json(tmp_path / "a.json") == read_object(tmp_path / "a.json") == values
    assert str(parse_json("[NaN]", "loss", nan=True)) == "[nan]"


def test_only_files_and_objects(tmp_path: Path) -> None:
    """Breaks when a FIFO is waited for, a missing file looks damaged, or a list is taken for an object."""
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path, tmp_path / "fifo"):
        with pytest.raises(InputError, match="got no regular file"):
            read_json(path)
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(InputError, match="must be a JSON object, got other JSON"):
        read_object(tmp_path / "a.json")
