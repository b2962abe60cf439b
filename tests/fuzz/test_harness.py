"""The fuzzers find what they look for: each breach of the contract, hangs and crashes."""

from random import Random

import fuzz_fixtures
import pytest
from fuzz_harness import Reply, Worker, broken
from fuzz_mutations import spoil_bytes, spoil_json, spoil_toml
from fuzz_world import SMALL_TOML

worker = fuzz_fixtures.worker
LINE = "error: size must be a number of sites, got big\n"


def reply(code: int, err: str = "", memory: int = 0) -> Reply:
    """What a worker says of a command that ended."""
    return Reply({"code": code, "memory": memory}, "", err, 0.1)


GOOD = {
    "done": (reply(0), ["out.npz"], []),
    "refused": (reply(2, LINE), [], []),
}
BAD = {
    "a traceback": (reply(1, "Traceback (most recent call last):\n"), [], []),
    "exit code 3": (reply(3, LINE), [], []),
    "exit code 1": (reply(1), [], []),
    "a long line": (reply(2, f"error: {'9' * 5000}\n"), [], []),
    "much memory": (reply(2, LINE, 1 << 30), [], []),
    "a foreign warning": (reply(0, "/x/y.py:83: RuntimeWarning: overflow\n"), [], []),
    "2 lines of error": (reply(2, LINE * 2), [], []),
    "0 lines of error": (reply(2), [], []),
    "more than the line": (reply(2, f"1 of 8 sweeps\n{LINE}"), [], []),
    "changed": (reply(0), [], ["data/manifest.json"]),
    "left": (reply(0), ["out.npz.host-1-1.tmp"], []),
    "half-written": (reply(2, LINE), ["out/recipe.json"], []),
    "no end after": (Reply({}, "", "", 30.0, "no end after 30 s"), [], []),
}


@pytest.mark.parametrize("case", GOOD)
def test_what_keeps_the_contract_is_no_fault(case: str) -> None:
    """Breaks when good commands are reported."""
    answer, written, changed = GOOD[case]
    assert broken(answer, ["sample"], written, changed, None) == ""


@pytest.mark.parametrize("case", BAD)
def test_every_breach_is_found(case: str) -> None:
    """Breaks when the fuzzer overlooks a breach of the contract."""
    answer, written, changed = BAD[case]
    assert case in broken(answer, ["sample"], written, changed, None)


def test_spoilt_files_come_again_by_their_seed() -> None:
    """Breaks when a seed in a report does not make its file again, or files stay as they are."""
    json_text, data = '{"a": [1, {"b": 2}], "c": "d"}', bytes(range(256))
    for seed in range(50):
        assert spoil_bytes(data, Random(seed)) == spoil_bytes(data, Random(seed))
        assert spoil_json(json_text, Random(seed)) == spoil_json(json_text, Random(seed))
        assert spoil_toml(SMALL_TOML, Random(seed)) == spoil_toml(SMALL_TOML, Random(seed))
    assert len({spoil_bytes(data, Random(seed)) for seed in range(50)}) > 40
    assert len({spoil_json(json_text, Random(seed)) for seed in range(50)}) > 20
    assert len({spoil_toml(SMALL_TOML, Random(seed)) for seed in range(50)}) > 20


@pytest.mark.slow
def test_hangs_and_crashes_are_found(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Breaks when a command may hang, or take its process with it, unnoticed; the next one gets a new process."""
    monkeypatch.setattr("fuzz_harness.HANG_SECONDS", 3.0)
    assert worker.ask(kind="asleep", path="").lost.startswith("no end after 3 s")
    assert worker.ask(kind="crash", path="").lost == "the process died with -6"
    assert worker.ask(kind="greedy", path="").values["outcome"] == "failed"
    assert worker.ask(argv=["systems"]).values["code"] == 0
