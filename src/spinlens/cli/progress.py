"""Progress and doubts on the terminal, on stderr so that results can be piped."""

import math
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

LINE_SECONDS = 10.0  # between two lines where there is no terminal
QUIET_SECONDS = 2.0  # what ends earlier needs no line


def make_console(stderr: bool = False, least: int = 0) -> "Console":
    """A console that prints text as it is: [x] and :x: in names mean nothing, and a closed pipe raises.

    least: columns that its tables may take even where the terminal has fewer, so that nothing is cut.
    """
    from rich.console import Console

    class Plain(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    console = Plain(stderr=stderr, markup=False, emoji=False, highlight=False)
    if console.width < least:
        console.width = least
    return console


class Pace:
    """How fast it goes, over all that this run has done: what an earlier one left does not count."""

    def __init__(self, unit: str) -> None:
        self.unit = unit
        self.first: tuple[float, int] | None = None

    def __call__(self, done: int, total: int) -> str:
        """Such as "812 images/s, 1:02:03 left"; nothing before the first is done."""
        now = time.monotonic()
        self.first = self.first or (now, done)
        seconds, steps = now - self.first[0], done - self.first[1]
        if steps <= 0 or seconds <= 0:
            return ""
        rate = steps / seconds
        text = f"{rate:.{0 if rate >= 100 else 1}f} {self.unit}/s"
        if done >= total:
            return text
        minutes, left = divmod(round((total - done) / rate), 60)
        return f"{text}, {minutes // 60}:{minutes % 60:02}:{left:02} left"


@contextmanager
def show_progress(unit: str) -> Iterator[Callable[..., None]]:
    """A bar, or now and then a line where there is no terminal; yields progress(done, total, note="")."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    console, pace = make_console(stderr=True), Pace(unit)
    if not console.is_terminal:
        with _lines(unit, pace, _print_line) as lines:
            yield lines
        return
    text = TextColumn(f"{unit}  {{task.description}}", markup=False)
    columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), text)
    bar = Progress(*columns, TimeElapsedColumn(), console=console)
    task = bar.add_task("", total=None)

    def progress(done: int, total: int, note: str = "") -> None:
        bar.start()
        description = ", ".join(filter(None, (note, pace(done, total))))
        bar.update(task, completed=done, total=total, description=description)

    with _stopped_at_the_end(bar):
        yield progress


@contextmanager
def _lines(unit: str, pace: Pace, show: Callable[[str], None]) -> Iterator[Callable[..., None]]:
    """For log files: a line at once, then at most every LINE_SECONDS, and the last one at the end."""
    last, waiting = -math.inf, ""

    def progress(done: int, total: int, note: str = "") -> None:
        nonlocal last, waiting
        waiting = ", ".join(filter(None, (f"{done} of {total} {unit}", note, pace(done, total))))
        if time.monotonic() - last >= LINE_SECONDS:
            show(waiting)
            last, waiting = time.monotonic(), ""

    yield progress
    if waiting:
        show(waiting)


@contextmanager
def _stopped_at_the_end(bar: "Progress") -> Iterator[None]:
    """Bars start with the first news, so that bad input gets its one line alone."""
    try:
        yield
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def show_wait(what: str) -> Iterator[None]:
    """A spinner, or a line where there is no terminal and it takes longer than QUIET_SECONDS."""
    from rich.text import Text

    console = make_console(stderr=True)
    if console.is_terminal:
        with console.status(Text(what)):
            yield
        return
    timer = threading.Timer(QUIET_SECONDS, _print_line, (what,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def loading(what: str) -> None:
    """Say on stderr that a network library loads, which takes seconds; nothing where it is there already.

    what: what completes "loading". Of several processes of `accelerate launch` the first one says it.
    """
    if "torch" not in sys.modules and os.environ.get("LOCAL_RANK", "0") == "0":
        _print_line(f"loading {what}")


def _print_line(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def hold_warnings() -> Iterator[None]:
    """Warnings come after the block, and not at all where bad input ends it: that gets its one line alone."""
    with warnings.catch_warnings(record=True) as held:
        yield
    for warning in held:
        warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


@contextmanager
def show_trials() -> Iterator[Callable[[str, str, float], None]]:
    """A bar for each piece of work under way; yields progress(name, what it does, share done)."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = make_console(stderr=True)
    if not console.is_terminal:
        yield _trial_lines()
        return
    name_column = TextColumn("{task.description:42}", markup=False)
    columns = (name_column, BarColumn(), TextColumn("{task.percentage:3.0f} %"))
    bar = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
    tasks: dict[str, TaskID] = {}

    def progress(name: str, what: str, share: float) -> None:
        bar.start()
        if name not in tasks:
            tasks[name] = bar.add_task(name, total=1.0)
        bar.update(tasks[name], completed=share, description=f"{name}: {what}")

    with _stopped_at_the_end(bar):
        yield progress


def _trial_lines() -> Callable[[str, str, float], None]:
    """For log files: a line when a piece of work begins and ends, and at most every LINE_SECONDS between."""
    last: dict[str, float] = {}

    def progress(name: str, what: str, share: float) -> None:
        now = time.monotonic()
        if share >= 1 or now - last.get(name, -math.inf) >= LINE_SECONDS:
            _print_line(f"{name}: {what}, {share:.0%}")
            last[name] = now

    return progress
