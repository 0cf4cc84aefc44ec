"""What people see in a terminal: progress bars and tables."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from raceday_daemon.jobs.progress import NoProgress
from raceday_daemon.jobs.progress import Progress as JobProgress
from raceday_daemon.model.job import JobRun
from raceday_daemon.ops.secrecy import MASK

if TYPE_CHECKING:
    from raceday_daemon.settings_loading import LoadedSettings

_STATUS_STYLES = {"ok": "green", "partial": "yellow", "failed": "red", "refused": "red"}
_MOST_ERRORS_SHOWN = 10


def job_progress() -> JobProgress:
    """Give a progress bar where stderr is a terminal, and nothing elsewhere."""
    console = Console(stderr=True)
    return _ProgressBar(console) if console.is_terminal else NoProgress()


class _ProgressBar:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar: Progress | None = None

    def begin(self, job: str, done: int, total: int) -> None:
        self._bar = Progress(
            TextColumn("{task.fields[job]:<9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", markup=False),
            console=self._console,
            transient=True,
        )
        self._bar.add_task("", total=total, completed=done, job=job)
        self._bar.start()

    def advance(self, label: str) -> None:
        if self._bar:
            self._bar.update(self._bar.task_ids[0], advance=1, description=label)

    def end(self) -> None:
        if self._bar:
            self._bar.stop()


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
        console.print(f"[red]•[/] {escape(error)}")
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
