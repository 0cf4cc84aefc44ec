"""What every view in a terminal is made of: times in a zone, tables, harmless texts; printed, or drawn anew."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from signal import SIGTERM, signal
from time import sleep
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from raceday_daemon.ops.printable import printable

FRAME_SECONDS: Final = 2.0
STYLES: Final = {"ok": "green", "partial": "yellow", "failed": "red", "refused": "red", "open": "red"}

_WIDTH_OF_NO_TERMINAL: Final = 160

Facts = Mapping[str, Any]
"""What was told, as it lies in the JSON object."""


def print_view(view: RenderableType) -> None:
    """Print what was told."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, _WIDTH_OF_NO_TERMINAL)
    console.print(view, soft_wrap=True)


def watch(view: Callable[[], RenderableType]) -> None:
    """Draw a view anew every two seconds, until Ctrl-C; SIGTERM too leaves the terminal as it was."""
    signal(SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with Live(console=Console(highlight=False), auto_refresh=False) as live:
            while True:
                live.update(view(), refresh=True)
                sleep(FRAME_SECONDS)
    except KeyboardInterrupt:
        return


def trouble_view(sentence: str, now: datetime, zone: ZoneInfo) -> RenderableType:
    """Show what is wrong, and when that was so."""
    return Text(f"{now.astimezone(zone):%H:%M:%S %Z}  {printable(sentence)}", style="red")


@dataclass(frozen=True, slots=True)
class When:
    """Times as people read them, seen at an instant."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, facts: Facts, zone: ZoneInfo) -> "When":
        """See what was told at its own instant."""
        return cls(datetime.fromisoformat(facts["now"]).astimezone(zone), zone)

    @property
    def zone_told(self) -> str:
        """Say what time it is, and in which zone all times are."""
        return f"{self.now:%H:%M:%S}, times in {self.zone.key} ({self.now:%Z})"

    def clock(self, instant: str | None) -> str:
        """Give the time of day, with its date where that is not today's."""
        if instant is None:
            return "-"
        local = datetime.fromisoformat(instant).astimezone(self.zone)
        return f"{local:%H:%M:%S}" if local.date() == self.now.date() else f"{local:%Y-%m-%d %H:%M:%S}"


def reasons(counts: Mapping[str, int]) -> str:
    """Say how many of each: busy 2, down 1."""
    return ", ".join(f"{reason} {count}" for reason, count in counts.items())


def plain_table(*columns: str) -> Table:
    """Give a table without lines, whose columns are not folded."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=True)
    return table


def harmless(words: str) -> Text:
    """Give a text of others that neither steers the terminal nor styles itself."""
    return Text(printable(words))


def print_lines(console: Console, mark: str, lines: Sequence[str], most: int) -> None:
    """Print texts of others, each behind a mark in rich's markup; of many the first, and how many there are besides."""
    for line in lines[:most]:
        console.print(f"{mark} {escape(printable(line))}")
    if len(lines) > most:
        console.print(f"  and {len(lines) - most} more: --json lists them")
