"""Status and coverage as people see them in a terminal: times in their own zone, texts of the source made harmless."""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from signal import SIGTERM, signal
from time import sleep
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from raceday_daemon.channel_tables import channel_lines
from raceday_daemon.ops.printable import printable

FRAME_SECONDS: Final = 2.0

_WIDTH_OF_NO_TERMINAL: Final = 160
_OUTCOMES: Final = ("ok", "unchanged", "stale", "failed", "missed")
_STYLES: Final = {"ok": "green", "partial": "yellow", "failed": "red", "refused": "red", "open": "red"}

Facts = Mapping[str, Any]


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


def status_view(facts: Facts, zone: ZoneInfo) -> RenderableType:
    """Show a status: that of a running daemon, or what its files tell."""
    when = _When.of(facts, zone)
    parts: list[RenderableType] = [*(_running(facts, when) if facts["running"] else _stopped(facts, when))]
    parts += channel_lines(facts.get("channels", ()), when.clock)
    parts += _appwrite(facts["appwrite"], when)
    parts += [*_activity(facts["activity"]), ""]
    if facts["activity"]["jobs"]:
        parts += [_jobs(facts["activity"]["jobs"], when), ""]
    parts.append(_turns(facts["next_turns"], when) if facts["running"] else _looks(facts["last_looks"], when))
    return Group(*parts)


def coverage_view(facts: Facts, zone: ZoneInfo) -> RenderableType:
    """Show a day's coverage, a race a line."""
    when = _When.of(facts, zone)
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
        table.add_row(_text(race["race"]), start, _text(race["status"]), *_slots(race["slots"]), last_look)
    table.add_row(f"{len(facts['races'])} races", "", "", *_slots(facts["totals"]), style="bold")
    return Group(head, "", table)


@dataclass(frozen=True, slots=True)
class _When:
    """Times as people read them, seen at an instant."""

    now: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, facts: Facts, zone: ZoneInfo) -> "_When":
        return cls(datetime.fromisoformat(facts["now"]).astimezone(zone), zone)

    @property
    def zone_told(self) -> str:
        return f"{self.now:%H:%M:%S}, times in {self.zone.key} ({self.now:%Z})"

    def clock(self, instant: str | None) -> str:
        """Give the time of day, with its date where that is not today's."""
        if instant is None:
            return "-"
        local = datetime.fromisoformat(instant).astimezone(self.zone)
        return f"{local:%H:%M:%S}" if local.date() == self.now.date() else f"{local:%Y-%m-%d %H:%M:%S}"


def _running(facts: Facts, when: _When) -> Iterable[RenderableType]:
    yield Text(
        f"raceday-daemon {facts['version']} runs since {when.clock(facts['since'])},"
        f" process {facts['pid']}, {facts['url']}"
    )
    yield Text(
        f"racing day {facts['racing_day']}, {facts['races_watched']} races watched;"
        f" the loop lags {facts['loop_lag_ms']:.1f} ms; {when.zone_told}"
    )
    if other := facts.get("standing_by"):
        yield Text(_standing_by(other, when), style="yellow")
    states = [Text(f"{lane} {state}", style=_STYLES.get(state, "")) for lane, state in facts["breakers"].items()]
    yield Text("breakers: ") + Text(", ").join(states)
    if facts["broken_races"]:
        names = ", ".join(printable(race["race"]) for race in facts["broken_races"])
        yield Text(f"stopped by a bug: {names}", style="red")


def _standing_by(other: Facts, when: _When) -> str:
    trouble = f"; {printable(other['trouble'])}" if other["trouble"] else ""
    return (
        f"standing by: {printable(other['holder'])} polls since {when.clock(other['since'])},"
        f" last heard of at {when.clock(other['last_heard_of'])}{trouble}"
    )


def _stopped(facts: Facts, when: _When) -> Iterable[RenderableType]:
    yield Text(f"no daemon runs on {facts['data_dir']}; its files tell this", style="bold")
    life = facts["last_life"]
    if life is None:
        yield Text("none has ever run there")
    elif life["ended_at"]:
        yield Text(f"the last one began {when.clock(life['began_at'])} and ended {when.clock(life['ended_at'])}")
    else:
        yield Text(
            f"the last one began {when.clock(life['began_at'])}, was alive at {when.clock(life['last_alive_at'])},"
            " and did not end as it should",
            style="red",
        )
    yield Text(f"racing day {facts['racing_day']}; {when.zone_told}")


def _appwrite(onward: Facts | None, when: _When) -> Iterable[RenderableType]:
    if onward:
        waiting = f"{onward['waiting']} rows wait" if onward["waiting"] else "nothing waits"
        since = f" since {when.clock(onward['oldest'])}" if onward["oldest"] else ""
        yield Text(f"Appwrite: {waiting}{since}", style="red" if onward["failing_since"] else "")
        if onward["failing_since"]:
            yield _text(f"Appwrite fails since {when.clock(onward['failing_since'])}: {onward['failure']}")
        if onward["refused"]:
            yield Text(f"Appwrite refuses {onward['refused']} rows: `raceday-daemon outbox list`", style="red")
    yield Text("")


def _activity(activity: Facts) -> Iterable[RenderableType]:
    table = _table("looks")
    for outcome in _OUTCOMES:
        table.add_column(outcome, justify="right", no_wrap=True)
    table.add_column("why missed")
    for name, key in (("last hour", "last_hour"), ("racing day", "today")):
        by_outcome = activity[key]["by_outcome"]
        table.add_row(
            name, *(str(by_outcome.get(one, 0)) for one in _OUTCOMES), _reasons(activity[key]["missed_by_reason"])
        )
    yield table
    late = activity["lateness"]
    if late["slots"]:
        yield Text(
            f"{late['slots']} slots of the last hour were polled {late['median_ms']:.0f} ms late (median),"
            f" {late['p99_ms']:.0f} ms (99 %), {late['worst_ms']:.0f} ms (worst)"
        )


def _jobs(jobs: Sequence[Facts], when: _When) -> Table:
    table = _table("job", "racing day", "status")
    for name in ("processed", "failed", "skipped"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("finished", no_wrap=True)
    for run in jobs:
        table.add_row(
            run["job"],
            run["racing_day"],
            Text(run["status"], style=_STYLES.get(run["status"], "")),
            *(str(run[name]) for name in ("processed", "failed", "skipped")),
            when.clock(run["finished_at"]),
        )
    return table


def _turns(turns: Sequence[Facts], when: _When) -> Table:
    table = _table("next look", "race", "start", "status", "last turn")
    table.add_column("failures", justify="right", no_wrap=True)
    for turn in turns:
        table.add_row(
            when.clock(turn["next_at"]),
            _text(turn["race"]),
            when.clock(turn["start_time"]),
            _text(turn["status"]),
            turn["reason"] or "-",
            Text(str(turn["failures"]), style="red" if turn["failures"] else ""),
        )
    return table


def _looks(looks: Sequence[Facts], when: _When) -> RenderableType:
    table = _table("last looks", "race", "came to", "why")
    table.add_column("error")
    for look in looks:
        error = _text(look["error"] or "")
        table.add_row(when.clock(look["began_at"]), _text(look["race"]), look["outcome"], _text(look["reason"]), error)
    return table if looks else Text("no race was looked at")


def _slots(slots: Facts) -> list[str | Text]:
    failed, missed, unrecorded = slots["failed"], _reasons(slots["missed"]), slots["without_record"]
    return [
        str(slots["due"]),
        str(slots["polled"]),
        Text(str(failed), style="red" if failed else ""),
        Text(missed or "0", style="yellow" if missed else ""),
        Text(str(unrecorded), style="yellow" if unrecorded else ""),
        f"{slots['buckets_filled']}/{slots['buckets_due']}",
    ]


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in counts.items())


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=True)
    return table


def _text(words: str) -> Text:
    return Text(printable(words))
