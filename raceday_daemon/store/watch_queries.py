"""What the polling asks of the store: races by their time and status, whatever their date."""

from dataclasses import dataclass
from datetime import date, datetime
from sqlite3 import Connection

from raceday_daemon.cadence.slots import RaceTimes
from raceday_daemon.model.race import ABANDONED, FINAL
from raceday_daemon.store.rows import day_text, instant_text, read_instant

_TIMES = 'r."startTime", r."status", r."importedAt", r."finalizedAt", r."abandonedAt"'


@dataclass(frozen=True, slots=True)
class WatchedRace:
    """A race to poll: its name for people, and what its slots follow from."""

    race_id: str
    label: str
    times: RaceTimes


def races_between(connection: Connection, first_start: datetime, last_start: datetime) -> list[WatchedRace]:
    """Read the races of stored meetings that start between two instants and are not withdrawn, soonest first.

    A race that was only looked at by hand, and whose meeting nobody wants, is none of them.
    """
    rows = connection.execute(
        f'SELECT r."id", m."meetingName" || \' R\' || r."raceNumber", {_TIMES} FROM "races" r'  # noqa: S608
        ' JOIN "meetings" m ON m."id" = r."meetingId"'
        ' WHERE r."startTime" BETWEEN ? AND ? AND r."withdrawnAt" IS NULL AND m."withdrawnAt" IS NULL'
        ' ORDER BY r."startTime", r."id"',
        (instant_text(first_start), instant_text(last_start)),
    )
    return [WatchedRace(race_id, label, _times(*times)) for race_id, label, *times in rows]


def races_of_card(connection: Connection, day: date) -> list[WatchedRace]:
    """Read the races of a day's meetings that are not withdrawn, soonest first."""
    rows = connection.execute(
        f'SELECT r."id", m."meetingName" || \' R\' || r."raceNumber", {_TIMES} FROM "races" r'  # noqa: S608
        ' JOIN "meetings" m ON m."id" = r."meetingId"'
        ' WHERE m."date" = ? AND m."withdrawnAt" IS NULL AND r."withdrawnAt" IS NULL'
        ' ORDER BY r."startTime", r."id"',
        (day_text(day),),
    )
    return [WatchedRace(race_id, label, _times(*times)) for race_id, label, *times in rows]


def times_of_race(connection: Connection, race_id: str) -> RaceTimes | None:
    """Read what a race's slots follow from."""
    row = connection.execute(f'SELECT {_TIMES} FROM "races" r WHERE r."id" = ?', (race_id,)).fetchone()  # noqa: S608
    return _times(*row) if row else None


def days_under_way(connection: Connection, first_start: datetime, last_start: datetime) -> list[date]:
    """Read the dates of the cards that have a race between two instants which is not over nor withdrawn."""
    rows = connection.execute(
        'SELECT DISTINCT m."date" FROM "races" r JOIN "meetings" m ON m."id" = r."meetingId"'
        ' WHERE r."startTime" BETWEEN ? AND ? AND r."status" NOT IN (?, ?) AND r."withdrawnAt" IS NULL'
        ' AND m."withdrawnAt" IS NULL ORDER BY 1',
        (instant_text(first_start), instant_text(last_start), FINAL, ABANDONED),
    )
    return [read_instant(day).date() for (day,) in rows]


def _times(start_time: str, status: str, *marks: str | None) -> RaceTimes:
    imported_at, finalized_at, abandoned_at = (read_instant(mark) if mark else None for mark in marks)
    return RaceTimes(
        start_time=read_instant(start_time),
        status=status,
        imported_at=imported_at,
        finalized_at=finalized_at,
        abandoned_at=abandoned_at,
    )
