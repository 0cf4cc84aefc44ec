"""A bar in the terminal that shows how far a job is."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from raceday_daemon.model.progress import NoProgress
from raceday_daemon.model.progress import Progress as JobProgress
from raceday_daemon.ops.printable import printable


def job_progress(log_format: str) -> JobProgress:
    """Give a progress bar where people read along: stderr is a terminal and the log is text. Else nothing."""
    console = Console(stderr=True)
    return ProgressBar(console) if console.is_terminal and log_format == "text" else NoProgress()


class ProgressBar:
    """A bar with a thread of its own: a terminal that was stopped (Ctrl-S) must not stop the work."""

    def __init__(self, console: Console) -> None:
        """Draw on `console`; nothing is drawn before a job begins."""
        self._console = console
        self._steps: SimpleQueue[Callable[[Progress], object] | None] = SimpleQueue()
        self._thread = Thread(target=self._draw, name="progress-bar", daemon=True)
        self._thread.start()

    def begin(self, job: str, done: int, total: int) -> None:
        """Show a job's bar in place of the one before."""

        def show(bar: Progress) -> None:
            for task_id in bar.task_ids:
                bar.remove_task(task_id)
            bar.add_task("", total=total, completed=done, job=job)

        self._steps.put(show)

    def advance(self, label: str) -> None:
        """Move the bar on, with the name of what was done."""
        self._steps.put(lambda bar: bar.update(bar.task_ids[0], advance=1, description=printable(label)))

    def end(self) -> None:
        """Leave the bar as it is: the next job replaces it, and `close` removes it."""

    def close(self) -> None:
        """Take the bar away, if the terminal lets that happen within a second."""
        self._steps.put(None)
        self._thread.join(1.0)

    def _draw(self) -> None:
        columns = (
            TextColumn("{task.fields[job]:<9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
        )
        with Progress(*columns, console=self._console, transient=True) as bar:
            while step := self._steps.get():
                step(bar)
