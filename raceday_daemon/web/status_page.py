"""The status as a page for people: what `raceday-daemon status` tells, in any browser."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.status import Activity, AlertsStatus, NextTurn, OnwardStatus, PollCounts, Status
from raceday_daemon.web.html import HEADERS, line, links, page, table
from raceday_daemon.web.shown import Routes, Shown

RENEWED_EVERY_SECONDS: Final = 30

_TITLE: Final = "raceday-daemon"
_OUTCOMES: Final = ("ok", "unchanged", "stale", "failed", "missed")
_PLACES: Final = ("/", "/readyz", "/metrics", "/api/status", "/api/coverage")


class StatusPage:
    """/status, a page that needs no script."""

    def __init__(self, site: Shown) -> None:
        """Answer for a site."""
        self._site = site
        self._zone = ZoneInfo(site.zone_name)

    def routes(self) -> Routes:
        """Give what is answered."""
        return {"/status": self._page}

    async def _page(self, request: web.Request) -> web.Response:
        inside = self._site.inside
        if inside is None:
            return _answer(503, line(self._site.why_not_yet, kind="bad"), links(_PLACES))
        try:
            async with self._site.turn():
                status = await inside.status(self._site.holder)
        except StoreError as error:
            return _answer(503, line(error, kind="bad"), links(_PLACES))
        shown = status if self._site.may_be_told(request) else status.for_strangers()
        return _answer(200, *status_parts(shown, self._zone))


def _answer(status: int, *parts: str) -> web.Response:
    body = page(_TITLE, *parts, every_seconds=RENEWED_EVERY_SECONDS)
    return web.Response(text=body, status=status, content_type="text/html", headers=HEADERS)


def status_parts(status: Status, zone: ZoneInfo) -> Iterable[str]:
    """Give the parts of the page, times in a zone."""
    clock = _Clock(status.now, zone)
    yield line(
        f"version {status.version}, process {status.pid}, up since {clock.of(datetime.fromisoformat(status.since))};"
        f" it is {status.now.astimezone(zone):%H:%M:%S} in {zone.key}, racing day {status.racing_day}",
        kind="soft",
    )
    yield line(f"{status.races_watched} races watched; the loop lags {status.loop_lag_ms:.1f} ms")
    if other := status.standing_by:
        yield line(f"standing by: {other.holder} polls since {clock.of(other.since)}", kind="bad")
    if status.broken_races:
        yield line(f"stopped by a bug: {', '.join(one.race for one in status.broken_races)}", kind="bad")
    yield _breakers(status.breakers)
    yield from _appwrite(status.appwrite, clock)
    yield _turns(status.next_turns, clock)
    yield _alerts(status.alerts, clock)
    yield _looks(status.activity)
    yield _jobs(status.activity, clock)
    yield links(_PLACES)


class _Clock:
    """Times as people read them, with the date where it is not today's."""

    def __init__(self, now: datetime, zone: ZoneInfo) -> None:
        self._zone = zone
        self._today = now.astimezone(zone).date()

    def of(self, instant: datetime) -> str:
        local = instant.astimezone(self._zone)
        return f"{local:%H:%M:%S}" if local.date() == self._today else f"{local:%Y-%m-%d %H:%M:%S}"


def _breakers(breakers: Mapping[str, str]) -> str:
    told = ", ".join(f"{lane} {state.replace('_', '-')}" for lane, state in breakers.items())
    return line(f"breakers: {told}", kind="" if set(breakers.values()) <= {"closed"} else "bad")


def _appwrite(onward: OnwardStatus | None, clock: _Clock) -> Iterable[str]:
    if onward is None:
        yield line("rows stay on this machine", kind="soft")
        return
    since = f" since {clock.of(onward.oldest)}" if onward.oldest else ""
    yield line(f"Appwrite: {onward.waiting} rows wait{since}")
    if onward.failing_since:
        yield line(f"Appwrite fails since {clock.of(onward.failing_since)}: {onward.failure}", kind="bad")
    if onward.refused:
        yield line(f"Appwrite refuses {onward.refused} rows: raceday-daemon outbox list", kind="bad")


def _turns(turns: Iterable[NextTurn], clock: _Clock) -> str:
    rows = (
        (
            *(clock.of(turn.next_at), turn.race, clock.of(turn.start_time), turn.status),
            *(turn.reason or "-", turn.failures),
        )
        for turn in turns
    )
    columns = ("at", "race", "start", "status", "last look", "failures")
    return table("Next looks", columns, rows, empty="no race is watched")


def _alerts(alerts: AlertsStatus, clock: _Clock) -> str:
    invalid = f" ({alerts.invalid} invalid)" if alerts.invalid else ""
    counts = f"{alerts.rules} rules{invalid}, {alerts.today} notifications today"
    rows = [(clock.of(one.at), one.user_id, one.message) for one in alerts.newest]
    return table("Alerts", ("told at", "user", "what"), rows, empty=counts) + (line(counts) if rows else "")


def _looks(activity: Activity) -> str:
    def row(name: str, counts: PollCounts) -> tuple[object, ...]:
        why = ", ".join(f"{reason} {count}" for reason, count in counts.missed_by_reason.items())
        return (name, *(counts.by_outcome.get(one, 0) for one in _OUTCOMES), why or "-")

    rows = (row("last hour", activity.last_hour), row("racing day", activity.today))
    return table("Looks", ("", *_OUTCOMES, "why missed"), rows, empty="no race was looked at")


def _jobs(activity: Activity, clock: _Clock) -> str:
    rows = (
        (run.job, run.racing_day, run.status, run.processed, run.failed, run.skipped, clock.of(run.finished_at))
        for run in activity.jobs
    )
    columns = ("job", "racing day", "status", "processed", "failed", "skipped", "finished")
    return table("Jobs", columns, rows, empty="no job has run")
