"""What a demo shows in a terminal: the next races, the odds of the one that is about to start, what has happened."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from loguru import logger
from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from raceday_daemon.model.clock import Clock
from raceday_daemon.model.race import OPEN, is_over
from raceday_daemon.model.status import ToldAlert
from raceday_daemon.ops.printable import printable
from raceday_daemon.polling.race_loop import RaceLoop
from raceday_daemon.polling.supervisor import Supervisor
from raceday_daemon.store.demo_queries import Outcome, RunnerLine, read_outcome, read_runners
from raceday_daemon.store.reading import reading
from raceday_daemon.store.told_queries import read_alerts
from raceday_daemon.store.working_store import FILE_NAME as STORE
from raceday_daemon.views.parts import plain_table

if TYPE_CHECKING:
    from loguru import Message

_MOST_RACES: Final = 8
_FEWEST_RACES: Final = 3
_MOST_EVENTS: Final = 8
_MOST_TOLD: Final = 6
_TOLD_FRAME_LINES: Final = 2
_NEWS: Final = timedelta(minutes=1)
_FEWEST_RUNNERS: Final = 5
"""Beside what was told there must be room for as many."""
_FRAME_LINES: Final = 10
"""What is there always: the head, the headings, the frames, the counts."""

_STATUS_STYLES: Final = {OPEN: "green", "Closed": "yellow", "Interim": "cyan"}


@dataclass(frozen=True, slots=True)
class Fit:
    """How many lines of each kind a terminal has room for."""

    races: int
    runners: int
    told: int
    events: int


def fitted(height: int, races: int, runners: int) -> Fit:
    """Share a terminal's lines out: three races, what was told last and the runners come first.

    Where there is no room for all of these, nothing is shown of what was told, but two runners always are.
    """
    shown = min(races, _FEWEST_RACES)
    room = height - _FRAME_LINES - shown
    told = 1 if room >= _FEWEST_RUNNERS + _TOLD_FRAME_LINES + 1 else 0
    room -= told * (_TOLD_FRAME_LINES + 1)
    runners = min(runners, max(room, 2))
    room -= runners
    more_told = _taken(room, told * (_MOST_TOLD // 2 - 1))
    # An empty line goes before the events.
    room -= more_told + 1
    events = _taken(room, _MOST_EVENTS // 2)
    room -= events
    more_races = _taken(room, min(races, _MOST_RACES) - shown)
    room -= more_races
    last_told = _taken(room, told * _MOST_TOLD // 2)
    events += _taken(room - last_told, _MOST_EVENTS - events)
    return Fit(shown + more_races, runners, told + more_told + last_told, events)


def _taken(room: int, most: int) -> int:
    """Give how many lines are taken of those that there are."""
    return max(min(room, most), 0)


class DemoView:
    """Draws the demo again and again; what is logged meanwhile shows below it."""

    def __init__(
        self, data_dir: Path, clock: Clock, supervisor: Supervisor, speed: float, zone: str, page: str
    ) -> None:
        """Show times in `zone`, and where the `page` is; nothing is drawn before `show`."""
        self._data_dir = data_dir
        self._clock = clock
        self._supervisor = supervisor
        self._speed = speed
        self._zone = ZoneInfo(zone)
        self._page = page
        self._events: deque[str] = deque(maxlen=_MOST_EVENTS)

    async def show(self, stop: asyncio.Event, every_seconds: float) -> None:
        """Draw until told to stop; the terminal is written to in a thread, so that Ctrl-S stops no time."""
        logger.remove()
        logger.add(self._note, level="INFO", format="{message}")
        with Live(console=Console(), auto_refresh=False, screen=True) as live:
            while not stop.is_set():
                await asyncio.to_thread(self._draw, live, self._clock.now(), self._soonest_races())
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), every_seconds)

    def _soonest_races(self) -> list[RaceLoop]:
        loops = [loop for loop in self._supervisor.loops.values() if not is_over(loop.race.times.status)]
        return sorted(loops, key=lambda loop: (loop.race.times.start_time, loop.race.race_id))[:_MOST_RACES]

    def _note(self, message: "Message") -> None:
        self._events.append(f"{self._clock_time(self._clock.now())}  {printable(message.record['message'])}")

    def _clock_time(self, instant: datetime) -> str:
        return f"{instant.astimezone(self._zone):%H:%M:%S}"

    def _draw(self, live: Live, now: datetime, loops: Sequence[RaceLoop]) -> None:
        outcome = read_outcome(self._data_dir, 0.0)
        focus = next((loop for loop in loops if loop.race.times.status == OPEN), loops[0] if loops else None)
        with reading(self._data_dir / STORE) as store:
            runners = read_runners(store, focus.race.race_id) if focus else []
            told = read_alerts(store, now, 0).newest
        fit = fitted(live.console.height, len(loops), len(runners))
        races = self._races(now, loops[: fit.races]) if loops else _no_races(outcome)
        field = _field(focus, runners, fit.runners)
        alerts = [self._told(now, outcome, told[: fit.told])] if fit.told else []
        live.update(Group(self._head(now), races, *field, *alerts, self._foot(outcome, fit.events)))
        live.refresh()

    def _head(self, now: datetime) -> Text:
        local = now.astimezone(self._zone)
        head = Text.from_markup(
            f"[bold]raceday-daemon demo[/]  {local:%a %d %b}  [bold]{local:%H:%M:%S}[/] {local:%Z},"
            f" {self._speed:g}x  [dim]made up; Ctrl-C ends it[/]\n[dim]its page is at[/] {self._page}"
        )
        head.no_wrap = True
        return head

    def _races(self, now: datetime, loops: Sequence[RaceLoop]) -> Table:
        table = plain_table("race", "starts", "in", "status", "next look", "why")
        for loop in loops:
            times = loop.race.times
            status = f"[{_STATUS_STYLES.get(times.status, 'white')}]{escape(times.status)}[/]"
            table.add_row(
                escape(loop.race.label),
                f"{times.start_time.astimezone(self._zone):%H:%M}",
                _countdown((times.start_time - now).total_seconds()),
                status,
                _countdown((loop.next_at - now).total_seconds()) if loop.next_at else "",
                loop.last_reason or "",
            )
        return table

    def _told(self, now: datetime, outcome: Outcome, told: Sequence[ToldAlert]) -> Panel:
        """Show what the demo's user was told last, the newest first; that of the last minute stands out."""
        lines = [
            Text(f"{self._clock_time(one.at)}  {printable(one.message)}", style="bold" if now - one.at < _NEWS else "")
            for one in told
        ]
        text = Text("\n").join(lines or [Text("nobody was told anything yet", style="dim")])
        text.no_wrap, text.overflow = True, "ellipsis"
        return Panel(text, title=f"alerts: {outcome.told.total()}", title_align="left", border_style="yellow")

    def _foot(self, outcome: Outcome, events: int) -> Panel:
        looks = sum(outcome.looks.values())
        counts = "  ".join(f"{name} {count}" for name, count in sorted(outcome.looks.items()))
        rows = "  ".join(f"{table} {count}" for table, count in outcome.rows.items())
        lines = [f"[bold]{looks} looks[/]  {counts}", f"[bold]rows[/]  {rows}"]
        if events:
            lines += ["", *map(escape, list(self._events)[-events:])]
        text = Text.from_markup("\n".join(lines))
        text.no_wrap = True
        return Panel(text, title="what has happened", title_align="left", border_style="dim")


def _no_races(outcome: Outcome) -> Text:
    return Text("every race is over" if outcome.is_done else "no race is known yet")


def _field(focus: RaceLoop | None, runners: Sequence[RunnerLine], room: int) -> list[Panel]:
    """Show the runners that there is room for; the last line tells of the others."""
    if focus is None:
        return []
    table = plain_table("no", "runner")
    for name in ("fixed win", "", "tote win", "Win share", "Win pool"):
        table.add_column(name, justify="right", no_wrap=True)
    shown = runners if len(runners) <= room else runners[: room - 1]
    for one in shown:
        row = (str(one.number), escape(printable(one.name)), *_prices(one))
        table.add_row(*row, style="dim strike" if one.is_scratched else "")
    if len(shown) < len(runners):
        table.add_row("", f"[dim]and {len(runners) - len(shown)} more[/]")
    return [Panel(table, title=escape(focus.race.label), title_align="left", border_style="green")]


def _prices(one: RunnerLine) -> tuple[str, ...]:
    moved = ""
    if one.fixed_win and one.fixed_win_before:
        moved = "[green]▼[/]" if one.fixed_win < one.fixed_win_before else "[red]▲[/]"
    return (
        f"{one.fixed_win:.2f}" if one.fixed_win else "",
        moved,
        f"{one.pool_win:.2f}" if one.pool_win else "",
        f"{one.share:.1f} %" if one.share is not None else "",
        f"${one.amount / 100:,.0f}" if one.amount is not None else "",
    )


def _countdown(seconds: float) -> str:
    sign, whole = ("-", -seconds) if seconds < 0 else ("", seconds)
    minutes, rest = divmod(int(whole), 60)
    return f"{sign}{minutes}:{rest:02}"
