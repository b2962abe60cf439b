"""Progress on the terminal, on stderr so that results can be piped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def show_progress(unit: str) -> Iterator[Callable[..., None]]:
    """A bar; yields progress(done, total, note="")."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (SpinnerColumn(), BarColumn(), MofNCompleteColumn(), TextColumn(f"{unit}  {{task.description}}"))
    bar = Progress(*columns, TimeElapsedColumn(), Remaining(), console=Console(stderr=True))
    task = bar.add_task("", total=None)

    def progress(done: int, total: int, note: str = "") -> None:
        bar.start()
        bar.update(task, completed=done, total=total, description=note)

    with _stopped_at_the_end(bar):
        yield progress


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
    """A spinner."""
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


@contextmanager
def show_trials() -> Iterator[Callable[[str, str, float], None]]:
    """A bar for each piece of work under way; yields progress(name, what it does, share done)."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description:42}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"))
    console = Console(stderr=True)
    bar = Progress(*columns, TimeElapsedColumn(), TimeRemainingColumn(), console=console)
    tasks: dict[str, TaskID] = {}

    def progress(name: str, what: str, share: float) -> None:
        bar.start()
        if name not in tasks:
            tasks[name] = bar.add_task(name, total=1.0)
        bar.update(tasks[name], completed=share, description=f"{name}: {what}")
        if share >= 1 and not console.is_terminal:
            console.print(f"{name}: {what}")

    with _stopped_at_the_end(bar):
        yield progress
