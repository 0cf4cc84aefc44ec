"""A racing day's coverage as people see it in a terminal: a race a line."""

from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from raceday_daemon.views.parts import Facts, When, harmless, reasons


def coverage_view(facts: Facts, zone: ZoneInfo) -> RenderableType:
    """Show a day's coverage, a race a line."""
    when = When.of(facts, zone)
    told_by = "told by the daemon" if facts["running"] else "no daemon runs: told by its files"
    head = Text(f"racing day {facts['racing_day']}, {told_by}; {when.zone_told}")
    if not facts["races"]:
        return Group(head, Text("no races of that day are known"))
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("race")
    for name in ("start", "status"):
        table.add_column(name, no_wrap=True)
    for name in ("due", "polled", "failed", "missed", "no\nrecord", "buckets"):
        table.add_column(name, justify="right", no_wrap=name != "missed")
    table.add_column("last\nlook", no_wrap=True)
    for race in facts["races"]:
        start, last_look = when.clock(race["start_time"]).removesuffix(":00"), when.clock(race["last_look_at"])
        table.add_row(harmless(race["race"]), start, harmless(race["status"]), *_slots(race["slots"]), last_look)
    table.add_row(f"{len(facts['races'])} races", "", "", *_slots(facts["totals"]), style="bold")
    return Group(head, "", table)


def _slots(slots: Facts) -> list[str | Text]:
    failed, missed, unrecorded = slots["failed"], reasons(slots["missed"]), slots["without_record"]
    return [
        str(slots["due"]),
        str(slots["polled"]),
        Text(str(failed), style="red" if failed else ""),
        Text(missed or "0", style="yellow" if missed else ""),
        Text(str(unrecorded), style="yellow" if unrecorded else ""),
        f"{slots['buckets_filled']}/{slots['buckets_due']}",
    ]
