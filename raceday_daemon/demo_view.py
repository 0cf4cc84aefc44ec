"""What a demo shows in a terminal: the next races, the odds of the one that is about to start, what has happened."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
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
from raceday_daemon.ops.printable import printable
from raceday_daemon.polling.race_loop import RaceLoop
from raceday_daemon.polling.supervisor import Supervisor
from raceday_daemon.store.demo_queries import Outcome, RunnerLine, read_outcome, read_runners
from raceday_daemon.store.reading import reading
from raceday_daemon.store.working_store import FILE_NAME as STORE

if TYPE_CHECKING:
    from loguru import Message

_RACES_SHOWN: Final = 8
_EVENTS_SHOWN: Final = 8
_STATUS_STYLES: Final = {OPEN: "green", "Closed": "yellow", "Interim": "cyan"}


class DemoView:
    """Draws the demo again and again; what is logged meanwhile shows below it."""

    def __init__(self, data_dir: Path, clock: Clock, supervisor: Supervisor, speed: float, zone: str) -> None:
        """Show times in `zone`; nothing is drawn before `show`."""
        self._data_dir = data_dir
        self._clock = clock
        self._supervisor = supervisor
        self._speed = speed
        self._zone = ZoneInfo(zone)
        self._events: deque[str] = deque(maxlen=_EVENTS_SHOWN)

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
        return sorted(loops, key=lambda loop: (loop.race.times.start_time, loop.race.race_id))[:_RACES_SHOWN]

    def _note(self, message: "Message") -> None:
        at = self._clock.now().astimezone(self._zone)
        self._events.append(f"{at:%H:%M:%S}  {printable(message.record['message'])}")

    def _draw(self, live: Live, now: datetime, loops: Sequence[RaceLoop]) -> None:
        outcome = read_outcome(self._data_dir, 0.0)
        focus = next((loop for loop in loops if loop.race.times.status == OPEN), loops[0] if loops else None)
        runners = []
        if focus:
            with reading(self._data_dir / STORE) as store:
                runners = read_runners(store, focus.race.race_id)
        live.update(Group(self._head(now), self._races(now, loops), *_field(focus, runners), self._foot(outcome)))
        live.refresh()

    def _head(self, now: datetime) -> Text:
        local = now.astimezone(self._zone)
        return Text.from_markup(
            f"[bold]raceday-daemon demo[/]  {local:%A %d %B %Y}  [bold]{local:%H:%M:%S}[/] {local:%Z},"
            f" {self._speed:g} times the speed   [dim]made up; Ctrl-C ends it[/]\n"
        )

    def _races(self, now: datetime, loops: Sequence[RaceLoop]) -> Table:
        table = Table(
            "race", "starts", "in", "status", "next look", "why", box=None, header_style="bold", pad_edge=False
        )
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

    def _foot(self, outcome: Outcome) -> Panel:
        looks = sum(outcome.looks.values())
        counts = "  ".join(f"{name} {count}" for name, count in sorted(outcome.looks.items()))
        rows = "  ".join(f"{table} {count}" for table, count in outcome.rows.items())
        lines = [f"[bold]{looks} looks[/]  {counts}", f"[bold]rows[/]  {rows}", "", *map(escape, self._events)]
        return Panel("\n".join(lines), title="what has happened", title_align="left", border_style="dim")


def _field(focus: RaceLoop | None, runners: Sequence[RunnerLine]) -> list[Panel]:
    if focus is None:
        return []
    table = Table("no", "runner", box=None, header_style="bold", pad_edge=False)
    for name in ("fixed win", "", "tote win", "Win share", "Win pool"):
        table.add_column(name, justify="right")
    for one in runners:
        row = (str(one.number), escape(printable(one.name)), *_prices(one))
        table.add_row(*row, style="dim strike" if one.is_scratched else "")
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
