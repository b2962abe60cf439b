"""Hostile command lines: exit 2 with one line, nothing half-written, nothing changed, whatever is given."""

import os
import shlex
from random import Random

import fuzz_fixtures
import pytest
from fuzz_harness import Reply, Worker, broken, differences, short, snapshot
from fuzz_lines import command_line, commands
from fuzz_world import World
from hypothesis import given, settings
from hypothesis import strategies as st

world, worker = fuzz_fixtures.world, fuzz_fixtures.worker
NAMES = sorted(commands())
FEW, MANY = 4, 80  # examples a command
DISKS = (*(None,) * 8, 1 << 14, 1 << 16)  # bytes that a file may have: a full disk


def run_many(name: str, world: World, worker: Worker, examples: int) -> list[str]:
    """The faults of so many lines of one command, one for each kind."""
    faults: dict[tuple[str, str], str] = {}

    @settings(fuzz_fixtures.SETTINGS, max_examples=examples)
    @given(st.integers(0, 2**64))
    def run(seed: int) -> None:
        random = Random(seed)
        argv, disk = command_line(world.folder, name, random), random.choice(DISKS)
        fault, reply = try_line(argv, disk, world, worker)
        if fault:
            faults.setdefault((fault, last_line(reply)), report(argv, disk, fault, reply))

    run()
    return list(faults.values())


def try_line(argv: list[str], disk: int | None, world: World, worker: Worker) -> tuple[str, Reply]:
    """(what it broke, what the worker replied) of one command line; the world is whole again afterwards."""
    before = snapshot(world.folder)
    reply = worker.ask(argv=argv, disk=disk)
    if changed := differences(before, snapshot(world.folder)):
        world.make()
    written = sorted(os.path.relpath(path, worker.new) for path in snapshot(worker.new, worker.home))
    theirs = [path for path in changed if not os.path.basename(path).startswith("empty.")]  # may be filled
    return broken(reply, argv, written, theirs, disk), reply


def last_line(reply: Reply) -> str:
    """What tells one fault from another: the last line on stderr, without its details."""
    return (reply.err.splitlines() or [""])[-1][:40]


def report(argv: list[str], disk: int | None, fault: str, reply: Reply) -> str:
    """A fault with the line that shows it again."""
    line = shlex.join(word if len(word) < 200 else f"{word[:20]}...({len(word)} characters)" for word in argv)
    full = f" with a disk of {disk} bytes" if disk else ""
    return short(f"{fault}{full}: spinlens {line}\n    {reply.err[-1500:].strip()}")


@pytest.mark.parametrize("name", NAMES)
def test_odd_command_lines_keep_the_contract(name: str, world: World, worker: Worker) -> None:
    """Breaks when an argument gets a traceback, a hang, several lines, or leaves or changes files."""
    faults = run_many(name, world, worker, FEW)
    assert not faults, "\n".join(faults)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_very_many_command_lines_keep_the_contract(name: str, world: World, worker: Worker) -> None:
    """As above, more than 1000 lines over all commands."""
    faults = run_many(name, world, worker, MANY)
    assert not faults, "\n".join(faults)
