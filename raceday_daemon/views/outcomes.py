"""What came of a command that did its work and ended, as people see it in a terminal."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from raceday_daemon.model.job import JobRun
from raceday_daemon.ops.printable import printable
from raceday_daemon.views.parts import STYLES, print_lines

if TYPE_CHECKING:
    from raceday_daemon.intake.intake import Look
    from raceday_daemon.store.demo_queries import Outcome

_MOST_ERRORS_SHOWN: Final = 10
_MARK: Final = "[red]•[/]"


def print_runs(runs: Sequence[JobRun]) -> None:
    """Print a line a run, and the first errors."""
    table = Table("job", "racing day", "status", box=None, pad_edge=False, header_style="bold")
    for name in ("processed", "failed", "skipped", "calls", "seconds"):
        table.add_column(name, justify="right")
    for run in runs:
        status = f"[{STYLES[run.status]}]{run.status}[/]"
        counts = (run.processed, run.failed, run.skipped, run.api_calls)
        table.add_row(run.job, str(run.racing_day), status, *map(str, counts), f"{run.duration_seconds:.1f}")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    print_lines(console, _MARK, [f"{run.job}: {failure}" for run in runs for failure in run.errors], _MOST_ERRORS_SHOWN)


def print_replay(answer: dict[str, Any]) -> None:
    """Print what came of a replay, and the first failures."""
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("status", f"[{STYLES[answer['status']]}]{answer['status']}[/]")
    for name in ("answers", "rows_written", "changed", "unchanged", "stale", "passed_over", "set_aside", "failed"):
        table.add_row(name.replace("_", " "), str(answer[name]))
    for name, kind in (("first answer", "first_at"), ("last answer", "last_at")):
        table.add_row(name, answer[kind] or "-")
    table.add_row("seconds", f"{answer['duration_seconds']:.1f}")
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    print_lines(
        console,
        _MARK,
        [f"{one['item']}: {one['kind']}: {one['message']}" for one in answer["errors"]],
        _MOST_ERRORS_SHOWN,
    )


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


def print_look(look: "Look", zone: ZoneInfo) -> None:
    """Print what came of a look at a race, its start in a time zone."""
    console = Console(highlight=False, soft_wrap=True)
    race, poll = look.race, look.poll
    if race:
        console.print(
            f"[bold]{escape(printable(race.name))}[/], starts {race.start_time.astimezone(zone):%Y-%m-%d %H:%M}"
            f" ({zone.key}), {escape(printable(race.status))}"
        )
    console.print(
        f"{poll.outcome}: {poll.rows_written} rows written; fetched {poll.bytes} bytes in {poll.fetch_ms or 0:.0f} ms,"
        f" read in {poll.decode_ms or 0:.1f} ms, committed in {poll.commit_ms or 0:.1f} ms"
    )
    print_lines(console, f"{_MARK} set aside", [str(part) for part in look.set_aside], _MOST_ERRORS_SHOWN)


def look_as_json(look: "Look") -> dict[str, Any]:
    """Give what came of a look at a race, as its record and the parts that were set aside."""
    poll = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(look.poll).items()
    }
    return {**poll, "set_aside": [str(part) for part in look.set_aside]}


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
