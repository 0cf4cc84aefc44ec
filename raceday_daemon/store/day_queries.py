"""What a daily job asks of the store: the meetings and races of a racing day."""

from dataclasses import dataclass
from datetime import date
from sqlite3 import Connection

from raceday_daemon.store.rows import day_text


@dataclass(frozen=True, slots=True)
class StoredMeeting:
    """A meeting to ask for."""

    meeting_id: str
    name: str


@dataclass(frozen=True, slots=True)
class StoredRace:
    """A race to look at, and where it stood."""

    race_id: str
    label: str
    status: str


def meetings_of_day(connection: Connection, day: date) -> list[StoredMeeting]:
    """Read the day's meetings that are not withdrawn, by their first race."""
    rows = connection.execute(
        'SELECT "id", "meetingName" FROM "meetings" WHERE "date" = ? AND "withdrawnAt" IS NULL'
        ' ORDER BY "firstRaceStart", "id"',
        (day_text(day),),
    )
    return [StoredMeeting(*row) for row in rows]


def races_of_day(connection: Connection, day: date) -> list[StoredRace]:
    """Read the races of the day's meetings that are not withdrawn, soonest first."""
    rows = connection.execute(
        'SELECT r."id", m."meetingName" || \' R\' || r."raceNumber", r."status" FROM "races" r'
        ' JOIN "meetings" m ON m."id" = r."meetingId"'
        ' WHERE m."date" = ? AND m."withdrawnAt" IS NULL AND r."withdrawnAt" IS NULL'
        ' ORDER BY r."startTime", r."id"',
        (day_text(day),),
    )
    return [StoredRace(*row) for row in rows]
