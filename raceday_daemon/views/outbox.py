"""The outbox as people see it in a terminal."""

from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.text import Text

from raceday_daemon.views.parts import Facts, harmless, plain_table


def outbox_view(facts: Facts, zone: ZoneInfo) -> RenderableType:
    """Show what waits for Appwrite and, a row a line, what it refused and why; times in `zone`."""
    lines: list[RenderableType] = [Text(_waiting(facts, zone))]
    if facts["left_out"]:
        lines.append(Text(f"{facts['left_out']} rows of history were not queued while it was full", style="yellow"))
    if not facts["refused"]:
        return Group(*lines, Text("nothing was refused"))
    table = plain_table("table", "row", f"refused at ({zone.key})")
    table.add_column("Appwrite's reason")
    for one in facts["refused"]:
        refused_at = _local(one["refused_at"], zone)
        table.add_row(one["table"], harmless(one["row_id"]), refused_at, harmless(one["reason"]))
    told = Text("`raceday-daemon outbox retry` sends them again")
    return Group(*lines, Text(f"{len(facts['refused'])} rows were refused:"), table, told)


def _waiting(facts: Facts, zone: ZoneInfo) -> str:
    if not facts["waiting"]:
        return "nothing waits for Appwrite"
    return f"{facts['waiting']} rows wait for Appwrite, the oldest since {_local(facts['oldest'], zone)} ({zone.key})"


def _local(instant: str, zone: ZoneInfo) -> str:
    return f"{datetime.fromisoformat(instant).astimezone(zone):%Y-%m-%d %H:%M:%S}"
