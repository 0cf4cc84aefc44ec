"""A status as people see it in a terminal: that of a running daemon, or what its files tell."""

from collections.abc import Iterable, Sequence
from typing import Final
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from raceday_daemon.ops.printable import printable
from raceday_daemon.views.channels import channel_lines
from raceday_daemon.views.parts import STYLES, Facts, When, harmless, plain_table, reasons
from raceday_daemon.views.success import success_table

_OUTCOMES: Final = ("ok", "unchanged", "stale", "failed", "missed")


def status_view(facts: Facts, zone: ZoneInfo) -> RenderableType:
    """Show a status: that of a running daemon, or what its files tell."""
    when = When.of(facts, zone)
    parts: list[RenderableType] = [*(_running(facts, when) if facts["running"] else _stopped(facts, when))]
    parts += channel_lines(facts.get("channels", ()), when.clock)
    parts += _appwrite(facts["appwrite"], when, facts.get("since"))
    parts += [*_activity(facts["activity"]), ""]
    if facts["activity"]["jobs"]:
        parts += [_jobs(facts["activity"]["jobs"], when), ""]
    parts += [success_table(facts["activity"]["success"]), ""]
    parts += _alerts(facts["alerts"], when)
    parts.append(_turns(facts["next_turns"], when) if facts["running"] else _looks(facts["last_looks"], when))
    return Group(*parts)


def _running(facts: Facts, when: When) -> Iterable[RenderableType]:
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
    states = [Text(f"{lane} {state}", style=STYLES.get(state, "")) for lane, state in facts["breakers"].items()]
    yield Text("breakers: ") + Text(", ").join(states)
    for trouble in facts.get("troubles", ()):
        yield Text(
            f"since {when.clock(trouble['since'])}: {trouble['part']} {printable(trouble['words'])}", style="red"
        )
    if facts["broken_races"]:
        names = ", ".join(printable(race["race"]) for race in facts["broken_races"])
        yield Text(f"stopped by a bug: {names}", style="red")


def _standing_by(other: Facts, when: When) -> str:
    trouble = f"; {printable(other['trouble'])}" if other["trouble"] else ""
    return (
        f"standing by: {printable(other['holder'])} polls since {when.clock(other['since'])},"
        f" last heard of at {when.clock(other['last_heard_of'])}{trouble}"
    )


def _stopped(facts: Facts, when: When) -> Iterable[RenderableType]:
    yield Text(f"no daemon runs on {facts['data_dir']}; its files tell this", style="bold")
    life = facts["last_life"]
    if facts["is_demo"]:
        yield Text("its races are made up: it is a demo's, as at its last look")
    elif life is None:
        yield Text("none has ever run there")
    elif life["ended_at"]:
        yield Text(f"the last one began {when.clock(life['began_at'])} and ended {when.clock(life['ended_at'])}")
    else:
        yield Text(
            f"the last one began {when.clock(life['began_at'])}, was alive at {when.clock(life['last_alive_at'])},"
            " and its end is not recorded: it did not end as it should, or this is a backup taken while it ran",
            style="yellow",
        )
    yield Text(f"racing day {facts['racing_day']}; {when.zone_told}")


def _appwrite(onward: Facts | None, when: When, running_since: str | None) -> Iterable[RenderableType]:
    if onward:
        waiting = f"{onward['waiting']} rows wait" if onward["waiting"] else "nothing waits"
        since = f" since {when.clock(onward['oldest'])}" if onward["oldest"] else ""
        sent = _sent(onward, when, running_since)
        yield Text(f"Appwrite: {waiting}{since}{sent}", style="red" if onward["failing_since"] else "")
        if onward["failing_since"]:
            yield harmless(f"Appwrite fails since {when.clock(onward['failing_since'])}: {onward['failure']}")
        if onward["refused"]:
            yield Text(f"Appwrite refuses {onward['refused']} rows: `raceday-daemon outbox list`", style="red")
    yield Text("")


def _sent(onward: Facts, when: When, running_since: str | None) -> str:
    """Say what has been sent; nothing where that is not known: of a daemon that has stopped, or is an older one."""
    if onward.get("sent") is None:
        return ""
    if not onward["sent"]:
        return f"; no row was sent since {when.clock(running_since)}"
    last = when.clock(onward["last_sent_at"])
    return f"; {onward['sent']} rows have arrived since {when.clock(running_since)}, the last at {last}"


def _activity(activity: Facts) -> Iterable[RenderableType]:
    table = plain_table("looks")
    for outcome in _OUTCOMES:
        table.add_column(outcome, justify="right", no_wrap=True)
    table.add_column("why missed")
    for name, key in (("last hour", "last_hour"), ("racing day", "today")):
        by_outcome = activity[key]["by_outcome"]
        table.add_row(
            name, *(str(by_outcome.get(one, 0)) for one in _OUTCOMES), reasons(activity[key]["missed_by_reason"])
        )
    yield table
    late = activity["lateness"]
    if late["slots"]:
        yield Text(
            f"{late['slots']} slots of the last hour were polled {late['median_ms']:.0f} ms late (median),"
            f" {late['p99_ms']:.0f} ms (99 %), {late['worst_ms']:.0f} ms (worst)"
        )


def _jobs(jobs: Sequence[Facts], when: When) -> Table:
    table = plain_table("job", "racing day", "status")
    for name in ("processed", "failed", "skipped"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("finished", no_wrap=True)
    for run in jobs:
        table.add_row(
            run["job"],
            run["racing_day"],
            Text(run["status"], style=STYLES.get(run["status"], "")),
            *(str(run[name]) for name in ("processed", "failed", "skipped")),
            when.clock(run["finished_at"]),
        )
    return table


def _alerts(alerts: Facts, when: When) -> Iterable[RenderableType]:
    if not alerts["rules"] and not alerts["today"]:
        return
    invalid = f" ({alerts['invalid']} invalid: `raceday-daemon alerts list`)" if alerts["invalid"] else ""
    yield Text(f"alerts: {alerts['rules']} rules{invalid}, {alerts['today']} notifications today")
    if alerts["newest"]:
        table = plain_table("told at", "user")
        table.add_column("what")
        for one in alerts["newest"]:
            table.add_row(when.clock(one["at"]), harmless(one["user_id"]), harmless(one["message"]))
        yield table
    yield ""


def _turns(turns: Sequence[Facts], when: When) -> Table:
    table = plain_table("next look", "race", "start", "status", "last look")
    table.add_column("failures", justify="right", no_wrap=True)
    for turn in turns:
        table.add_row(
            when.clock(turn["next_at"]),
            harmless(turn["race"]),
            when.clock(turn["start_time"]),
            harmless(turn["status"]),
            turn["reason"] or "-",
            Text(str(turn["failures"]), style="red" if turn["failures"] else ""),
        )
    return table


def _looks(looks: Sequence[Facts], when: When) -> RenderableType:
    table = plain_table("last looks", "race", "came to", "why")
    table.add_column("error")
    for look in looks:
        error = harmless(look["error"] or "")
        table.add_row(
            when.clock(look["began_at"]), harmless(look["race"]), look["outcome"], harmless(look["reason"]), error
        )
    return table if looks else Text("no race was looked at")
