"""What people see in a terminal: progress bars and tables."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, time
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from raceday_daemon.cadence.durations import spelled_duration
from raceday_daemon.cadence.outline import outline
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.model.job import JobRun
from raceday_daemon.model.progress import NoProgress
from raceday_daemon.model.progress import Progress as JobProgress
from raceday_daemon.ops.printable import printable
from raceday_daemon.ops.secrecy import MASK

if TYPE_CHECKING:
    from raceday_daemon.intake.intake import Look
    from raceday_daemon.settings_loading import LoadedSettings
    from raceday_daemon.store.demo_queries import Outcome

_STATUS_STYLES = {"ok": "green", "partial": "yellow", "failed": "red", "refused": "red"}
_MOST_ERRORS_SHOWN = 10
_WIDE = 120
"""Columns of a terminal from which on a sentence beside each setting can be read."""


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
    _print_errors(console, [f"{run.job}: {failure}" for run in runs for failure in run.errors])


def _print_errors(console: Console, errors: Sequence[str]) -> None:
    for error in errors[:_MOST_ERRORS_SHOWN]:
        console.print(f"[red]•[/] {escape(printable(error))}")
    if len(errors) > _MOST_ERRORS_SHOWN:
        console.print(f"  and {len(errors) - _MOST_ERRORS_SHOWN} more: --json lists them")


def print_replay(answer: dict[str, Any]) -> None:
    """Print what came of a replay, and the first failures."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("status", f"[{_STATUS_STYLES[answer['status']]}]{answer['status']}[/]")
    for name in ("answers", "rows_written", "changed", "unchanged", "stale", "passed_over", "set_aside", "failed"):
        table.add_row(name.replace("_", " "), str(answer[name]))
    for name, kind in (("first answer", "first_at"), ("last answer", "last_at")):
        table.add_row(name, answer[kind] or "-")
    table.add_row("seconds", f"{answer['duration_seconds']:.1f}")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    _print_errors(console, [f"{one['item']}: {one['kind']}: {one['message']}" for one in answer["errors"]])


def print_outcome(outcome: "Outcome") -> None:
    """Print what came of a demo."""
    races = ", ".join(f"{count} {status}" for status, count in sorted(outcome.races.items()))
    looks = ", ".join(f"{count} {name}" for name, count in sorted(outcome.looks.items()))
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{sum(outcome.races.values())} races[/] ({races}) in {outcome.seconds:.1f} s")
    console.print(f"[bold]{sum(outcome.looks.values())} looks[/]: {looks}")
    told = ", ".join(f"{count} {name}" for name, count in sorted(outcome.told.items()))
    console.print(f"[bold]{sum(outcome.told.values())} alerts[/]{f': {told}' if told else ''}")
    console.print("[bold]rows[/]: " + ", ".join(f"{count} {table}" for table, count in outcome.rows.items()))


def print_look(look: "Look") -> None:
    """Print what came of a look at a race."""
    console = Console(highlight=False, soft_wrap=True)
    race, poll = look.race, look.poll
    if race:
        console.print(
            f"[bold]{escape(printable(race.name))}[/], starts {race.start_time:%Y-%m-%d %H:%M} UTC, {race.status}"
        )
    console.print(
        f"{poll.outcome}: {poll.rows_written} rows written; fetched {poll.bytes} bytes in {poll.fetch_ms or 0:.0f} ms,"
        f" read in {poll.decode_ms or 0:.1f} ms, committed in {poll.commit_ms or 0:.1f} ms"
    )
    for part in look.set_aside[:_MOST_ERRORS_SHOWN]:
        console.print(f"[red]•[/] set aside {escape(printable(str(part)))}")


def look_as_json(look: "Look") -> dict[str, Any]:
    """Give what came of a look at a race, as its record and the parts that were set aside."""
    poll = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(look.poll).items()
    }
    return {**poll, "set_aside": [str(part) for part in look.set_aside]}


def print_cadence(profile: Profile) -> None:
    """Print the steps before the start, what follows the start, and how often a race that starts on time is seen."""
    table = Table("first look", "last look", "every", box=None, pad_edge=False, header_style="bold")
    table.add_column("looks", justify="right")
    for offsets in profile.offsets_before:
        first, last = _from_start(offsets[0]), _from_start(offsets[-1])
        table.add_row(first, last, spelled_duration(offsets.step), str(len(offsets)))
    after = Table("after that", "", box=None, pad_edge=False, header_style="bold")
    before = ""
    for entry in outline(profile)["after"]:
        when, what = _what_follows(entry)
        after.add_row(*(("", f"then {what}") if when == before else (when, what)))
        before = when
    looks = sum(map(len, profile.offsets_before))
    console = Console(highlight=False)
    console.print(f"[bold]{profile.name}[/]: {looks} looks at a race up to a start on time\n")
    console.print(table, "", after, sep="\n")


def _from_start(offset: int) -> str:
    return f"T-{-offset // 60}:{-offset % 60:02}" if offset else "start"


def _what_follows(entry: dict[str, Any]) -> tuple[str, str]:
    """Give an entry of the outline as when and what."""
    if "while" in entry:
        lasting = f" for {spelled_duration(entry['for_seconds'])}" if "for_seconds" in entry else ""
        return f"as long as {entry['while']}", f"every {spelled_duration(entry['every_seconds'])}{lasting}"
    if "after" in entry:
        looks = " and ".join(map(spelled_duration, entry["at_seconds"]))
        return entry["after"], f"once more {looks} after it" if looks else "not again"
    return f"not over {spelled_duration(entry['give_up_after_start_seconds'])} after the start", "given up"


def print_settings(loaded: "LoadedSettings") -> None:
    """Print each setting, its value and where it was found; what it is for only where there is room."""
    console = Console(highlight=False)
    is_wide = console.width >= _WIDE
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("setting", no_wrap=True)
    for heading in ("value", "from", *(["what it is for"] if is_wide else [])):
        table.add_column(heading, overflow="fold")
    for name, entry in settings_as_json(loaded).items():
        meaning = type(loaded.settings).model_fields[name.lower()].description or ""
        origin = entry["from"] if entry["from"] == "default" else f"[bold]{escape(entry['from'])}[/]"
        table.add_row(name, escape(_spelled(entry["value"])), origin, *([escape(meaning)] if is_wide else []))
    console.print(table)


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
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def _spelled(value: Any) -> str:
    return "-" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def print_findings(findings: Sequence[tuple[str, str, str]]) -> None:
    """Print what was looked at: its name, how it is (ok, warning, wrong), and a sentence."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, state, words in findings:
        style = {"ok": "green", "warning": "yellow"}.get(state, "red")
        table.add_row(f"[{style}]{state}[/]", escape(name), escape(printable(words)))
    Console(highlight=False).print(table)
