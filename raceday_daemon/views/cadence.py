"""A table of poll times as people see it in a terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table

from raceday_daemon.cadence.durations import spelled_duration
from raceday_daemon.cadence.outline import outline
from raceday_daemon.cadence.profile import Profile


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
