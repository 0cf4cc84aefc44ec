"""The outbox as people see it in a terminal."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from raceday_daemon.ops.printable import printable


def outbox_view(facts: Mapping[str, Any], zone: ZoneInfo) -> RenderableType:
    """Show what waits for Appwrite and, a row a line, what it refused and why; times in `zone`."""
    lines: list[RenderableType] = [Text(_waiting(facts, zone))]
    if facts["left_out"]:
        lines.append(Text(f"{facts['left_out']} rows of history were not queued while it was full", style="yellow"))
    if not facts["refused"]:
        return Group(*lines, Text("nothing was refused"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("table", "row", f"refused at ({zone.key})"):
        table.add_column(name, no_wrap=True)
    table.add_column("Appwrite's reason")
    for one in facts["refused"]:
        reason = Text(printable(one["reason"]))
        table.add_row(one["table"], Text(printable(one["row_id"])), _local(one["refused_at"], zone), reason)
    told = Text("`raceday-daemon outbox retry` sends them again")
    return Group(*lines, Text(f"{len(facts['refused'])} rows were refused:"), table, told)


def _waiting(facts: Mapping[str, Any], zone: ZoneInfo) -> str:
    if not facts["waiting"]:
        return "nothing waits for Appwrite"
    return f"{facts['waiting']} rows wait for Appwrite, the oldest since {_local(facts['oldest'], zone)} ({zone.key})"


def _local(instant: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(zone):%Y-%m-%d %H:%M:%S}"
