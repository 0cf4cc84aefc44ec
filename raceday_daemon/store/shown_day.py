"""What the site reads of a racing day: its meetings, and races in a line each."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.model.race import ABANDONED, CLOSED, FINAL, INTERIM
from raceday_daemon.model.shown_day import MeetingLine, RaceLine
from raceday_daemon.store.rows import day_text, instant_text, read_instant

StartPlace = tuple[str, str]
"""A race's place by its start: the start as stored, and its id."""

_LINE: Final = (
    'SELECT r."id", r."meetingId", m."meetingName", m."country", m."category", r."raceNumber", r."name",'
    ' r."startTime", r."actualStart", r."status", r."distance", r."trackCondition", r."weather", r."fieldSize",'
    ' r."protest", (SELECT "resultStatus" FROM "race_results" WHERE "id" = r."id" AND "resultsAvailable"),'
    ' (SELECT "eventTime" FROM "looks" WHERE "id" = r."id")'
    ' FROM "races" r JOIN "meetings" m ON m."id" = r."meetingId"'
)
_KEPT: Final = ' AND r."withdrawnAt" IS NULL AND m."withdrawnAt" IS NULL'
_BY_START: Final = ' ORDER BY r."startTime", r."id" LIMIT :most'

_MEETING: Final = (
    'SELECT "id", "meetingName", "country", "state", "category", "categoryName", "date", "status", "toteStatus",'
    ' "trackCondition", "trackDirection", "trackSurface", "railPosition", "weather", "firstRaceStart", "lastRaceStart"'
    ' FROM "meetings" WHERE "date" = ? AND "withdrawnAt" IS NULL'
    ' ORDER BY "firstRaceStart" IS NULL, "firstRaceStart", "meetingName", "id"'
)

_GIVEN_UP_AFTER: Final = timedelta(hours=6)
"""A race that is still Open so long after its start is waited for no longer."""


def read_meetings(connection: Connection, day: date) -> tuple[MeetingLine, ...]:
    """Read a day's meetings that are not withdrawn, in order of their first race, each with its races."""
    rows = connection.execute(
        f'{_LINE} WHERE m."date" = ?{_KEPT} ORDER BY r."raceNumber", r."startTime", r."id"', (day_text(day),)
    )
    races: defaultdict[str, list[RaceLine]] = defaultdict(list)
    for row in rows:
        line = race_line(row)
        races[line.meeting_id].append(line)
    return tuple(_meeting(row, races[row[0]]) for row in connection.execute(_MEETING, (day_text(day),)))


def read_races(
    connection: Connection, day: date, status: str | None, after: StartPlace | None, most: int
) -> tuple[tuple[RaceLine, ...], StartPlace | None]:
    """Read a page of a day's races by their start, of one status where it is named; and the place of its last one.

    The place is None where no race follows.
    """
    start, race_id = after or ("", "")
    rows = connection.execute(
        f'{_LINE} WHERE m."date" = :day AND (:status IS NULL OR r."status" = :status)'
        f' AND (r."startTime", r."id") > (:start, :race_id){_KEPT}{_BY_START}',
        {"day": day_text(day), "status": status, "start": start, "race_id": race_id, "most": most + 1},
    ).fetchall()
    lines = tuple(race_line(row) for row in rows[:most])
    return lines, (rows[most - 1][7], rows[most - 1][0]) if len(rows) > most else None


def read_upcoming(connection: Connection, now: datetime, most: int) -> tuple[RaceLine, ...]:
    """Read the next races to start, the soonest first: those before them too that should have started and have not."""
    rows = connection.execute(
        f'{_LINE} WHERE r."startTime" > :since AND r."status" NOT IN (:closed, :interim, :final, :abandoned)'
        f"{_KEPT}{_BY_START}",
        {
            "since": instant_text(now - _GIVEN_UP_AFTER),
            "closed": CLOSED,
            "interim": INTERIM,
            "final": FINAL,
            "abandoned": ABANDONED,
            "most": most,
        },
    )
    return tuple(race_line(row) for row in rows)


def read_line(connection: Connection, race_id: str) -> RaceLine | None:
    """Read one race in short, None for one that is not stored, or of no stored meeting."""
    row = connection.execute(f'{_LINE} WHERE r."id" = ?', (race_id,)).fetchone()
    return race_line(row) if row else None


def race_line(row: Sequence[Any]) -> RaceLine:
    """Give the line of a row."""
    (race_id, meeting_id, meeting, country, category, number, name, start, actual, status, distance, *rest) = row
    condition, weather, field_size, protest, result_status, seen_at = rest
    return RaceLine(
        race_id=race_id,
        meeting_id=meeting_id,
        meeting_name=meeting,
        country=country,
        category=category,
        race_number=number,
        name=name,
        start_time=read_instant(start),
        actual_start=instant(actual),
        status=status,
        distance=distance,
        track_condition=condition,
        weather=weather,
        field_size=field_size,
        protest=truth(protest),
        result_status=result_status,
        seen_at=instant(seen_at),
    )


def instant(text: str | None) -> datetime | None:
    """Read an instant that may be missing."""
    return read_instant(text) if text else None


def truth(stored: int | None) -> bool | None:
    """Read a yes or no that may be missing."""
    return None if stored is None else bool(stored)


def _meeting(row: Sequence[Any], races: Sequence[RaceLine]) -> MeetingLine:
    (meeting_id, name, country, state, category, category_name, day, status, tote_status, *track, first, last) = row
    condition, direction, surface, rail, weather = track
    return MeetingLine(
        meeting_id=meeting_id,
        meeting_name=name,
        country=country,
        state=state,
        category=category,
        category_name=category_name,
        date=read_instant(day).date(),
        status=status,
        tote_status=tote_status,
        track_condition=condition,
        track_direction=direction,
        track_surface=surface,
        rail_position=rail,
        weather=weather,
        first_race_start=instant(first),
        last_race_start=instant(last),
        races=tuple(races),
    )
