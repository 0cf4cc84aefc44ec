"""What people call the races of a time and their runners, and by which ids the tables keep them."""

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.store.rows import instant_text

_RACES: Final = (
    'SELECT r."id", m."meetingName" || \' R\' || r."raceNumber", r."name" FROM "races" r'
    ' JOIN "meetings" m ON m."id" = r."meetingId"'
    ' WHERE r."startTime" >= ? AND r."startTime" < ? AND m."withdrawnAt" IS NULL AND r."withdrawnAt" IS NULL'
    ' ORDER BY r."startTime", r."id"'
)
_RUNNERS: Final = (
    'SELECT e."id", m."meetingName" || \' R\' || r."raceNumber" || \' \' || e."runnerNumber", e."name" FROM "races" r'
    ' JOIN "meetings" m ON m."id" = r."meetingId" JOIN "entrants" e ON e."raceId" = r."id"'
    ' WHERE r."startTime" >= ? AND r."startTime" < ? AND m."withdrawnAt" IS NULL AND r."withdrawnAt" IS NULL'
    ' ORDER BY r."startTime", r."id", e."runnerNumber"'
)


@dataclass(frozen=True, slots=True)
class Named:
    """A race or a runner: its id, and what people call it, such as `Awapuni R1`, or `Awapuni R1 3` for its runner 3.

    `title` is the name that it has of its own.
    """

    row_id: str
    name: str
    title: str


def named_races(connection: Connection, since: datetime, until: datetime) -> list[Named]:
    """Read the races that start from `since` until before `until`, soonest first."""
    return [Named(*row) for row in connection.execute(_RACES, (instant_text(since), instant_text(until)))]


def named_runners(connection: Connection, since: datetime, until: datetime) -> list[Named]:
    """Read the runners of those races, by their numbers."""
    return [Named(*row) for row in connection.execute(_RUNNERS, (instant_text(since), instant_text(until)))]
