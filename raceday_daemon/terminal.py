"""What people see in a terminal: progress bars and tables."""

from collections.abc import Callable, Sequence
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from raceday_daemon.jobs.progress import NoProgress
from raceday_daemon.jobs.progress import Progress as JobProgress
from raceday_daemon.model.job import JobRun
from raceday_daemon.ops.printable import printable
from raceday_daemon.ops.secrecy import MASK

if TYPE_CHECKING:
    from raceday_daemon.settings_loading import LoadedSettings

_STATUS_STYLES = {"ok": "green", "partial": "yellow", "failed": "red", "refused": "red"}
_MOST_ERRORS_SHOWN = 10


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


def print_runs(runs: Sequence[JobRun]) -> None:
    """Print a line a run, and the first errors."""
    table = Table("job", "racing day", "status", box=None, pad_edge=False, header_style="bold")
    for name in ("processed", "failed", "skipped", "calls", "seconds"):
        table.add_column(name, justify="right")
    for run in runs:
        status = f"[{_STATUS_STYLES[run.status]}]{run.status}[/]"
        counts = (run.processed, run.failed, run.skipped, run.api_calls)
        table.add_row(run.job, str(run.racing_day), status, *map(str, counts), f"{run.duration_seconds:.1f}")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    errors = [f"{run.job}: {failure}" for run in runs for failure in run.errors]
    for error in errors[:_MOST_ERRORS_SHOWN]:
        console.print(f"[red]•[/] {escape(printable(error))}")
    if len(errors) > _MOST_ERRORS_SHOWN:
        console.print(f"  and {len(errors) - _MOST_ERRORS_SHOWN} more: --json lists them")


def print_settings(loaded: "LoadedSettings") -> None:
    """Print each setting, its value and where it was found."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("setting", no_wrap=True)
    for heading in ("value", "from", "what it is for"):
        table.add_column(heading, overflow="fold")
    for name, entry in settings_as_json(loaded).items():
        meaning = type(loaded.settings).model_fields[name.lower()].description or ""
        origin = entry["from"] if entry["from"] == "default" else f"[bold]{escape(entry['from'])}[/]"
        table.add_row(name, escape(_spelled(entry["value"])), origin, escape(meaning))
    Console(highlight=False).print(table)


def settings_as_json(loaded: "LoadedSettings") -> dict[str, dict[str, Any]]:
    """Give each setting's value, secrets masked, and where it was found."""
    return {
        name: {"value": _plain(getattr(loaded.settings, name.lower())), "from": origin}
        for name, origin in loaded.origins.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return MASK
    if isinstance(value, tuple):
        return ",".join(value)
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def _spelled(value: Any) -> str:
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
