"""The channels for notifications as people see them in a terminal."""

from collections.abc import Callable, Iterable, Sequence

from rich.console import RenderableType
from rich.text import Text

from raceday_daemon.ops.printable import printable
from raceday_daemon.views.parts import Facts, harmless, plain_table


def channel_lines(channels: Sequence[Facts], clock: Callable[[str | None], str]) -> Iterable[RenderableType]:
    """Tell of each channel in a line what waits and what was sent of late, and beside it what is wrong.

    `clock` spells an instant for people.
    """
    for one in channels:
        waiting = f"{one['waiting']} wait since {clock(one['oldest'])}" if one["waiting"] else "nothing waits"
        sent = f", {one['sent']} sent within a day, the last at {clock(one['last_sent_at'])}" if one["sent"] else ""
        left = ", ".join(f"{one[name]} {name}" for name in ("refused", "expired", "uncertain", "dropped") if one[name])
        line = f"channel {one['channel']}: {waiting}{sent}{f'; {left}' if left else ''}"
        yield Text(printable(line), style="red" if one["failing_since"] else "yellow" if left else "")
        if one["failing_since"]:
            yield harmless(f"{one['channel']} fails since {clock(one['failing_since'])}: {one['failure']}")


def tried_view(channels: Sequence[Facts]) -> RenderableType:
    """Show what became of a test notification, a channel a line."""
    table = plain_table("channel", "arrived")
    table.add_column("ms", justify="right", no_wrap=True)
    table.add_column("error")
    for one in channels:
        arrived = Text("yes", style="green") if one["arrived"] else Text("no", style="red")
        table.add_row(one["channel"], arrived, f"{one['ms']}", harmless(one["error"] or ""))
    return table
