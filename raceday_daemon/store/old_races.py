"""Races that are older than is kept, and what keeps them nevertheless: that something of them waits for Appwrite.

A race's racing day is the later one of its card's date and of its start's date in Auckland.
"""

from dataclasses import dataclass
from datetime import date
from sqlite3 import Connection
from typing import Final

from raceday_daemon.cadence.kept_days import KeptFrom
from raceday_daemon.cadence.racing_day import racing_day, racing_day_start
from raceday_daemon.store import schema
from raceday_daemon.store.outbox import HISTORY
from raceday_daemon.store.rows import day_text, instant_text, read_instant

RACES_AT_ONCE: Final = 500
"""So many races are looked at in one transaction, most of which have nothing left to remove."""

BESIDE_RACE: Final = (schema.RACE_RESULTS, schema.RACE_POOLS, schema.ENTRANTS)
"""The tables of a race's rows that stay as long as the race, unlike its history."""

_NEVER: Final = ""
"""An edge that every day and every start is later than."""


@dataclass(frozen=True, slots=True)
class OldRace:
    """A race that is older than is kept: its start, and whether all of it goes or only its history, if it has any."""

    race_id: str
    start: str
    is_whole: bool
    has_history: bool

    @property
    def goes(self) -> bool:
        """Say whether there is anything to remove."""
        return self.is_whole or self.has_history

    @property
    def day(self) -> date:
        """Give the racing day of its start."""
        return racing_day(read_instant(self.start))


_HAS_HISTORY: Final = " OR ".join(
    f'EXISTS (SELECT 1 FROM "{table.sqlite_name}" WHERE "raceId" = r."id")'  # noqa: S608
    for table in HISTORY
)
_SELECT: Final = f"""
    SELECT r."id", r."startTime", r."startTime" < :whole_start AND coalesce(m."date" < :whole_date, TRUE),
        {_HAS_HISTORY}
    FROM "races" r LEFT JOIN "meetings" m ON m."id" = r."meetingId"
    WHERE r."startTime" < :start AND (r."startTime", r."id") > (:after_start, :after_id)
    AND coalesce(m."date" < :date, TRUE) ORDER BY r."startTime", r."id" LIMIT :most
"""  # noqa: S608


def old_races(connection: Connection, kept: KeptFrom, after: OldRace | None) -> list[OldRace]:
    """Read the next old races after one, by their start; which of them wait is not known yet."""
    edges = {
        "start": start_text(kept.history),
        "date": date_text(kept.history),
        "whole_start": start_text(kept.races),
        "whole_date": date_text(kept.races),
        "after_start": after.start if after else _NEVER,
        "after_id": after.race_id if after else _NEVER,
        "most": RACES_AT_ONCE,
    }
    rows = connection.execute(_SELECT, edges)
    return [OldRace(race_id, start, bool(whole), bool(history)) for race_id, start, whole, history in rows]


def start_text(first_kept: date | None) -> str:
    """Give the instant at which the first day that is kept begins, as tables have it; before all where all is kept."""
    return instant_text(racing_day_start(first_kept)) if first_kept else _NEVER


def date_text(first_kept: date | None) -> str:
    """Give the label of the first day that is kept, as `meetings.date` has it; before all where all is kept."""
    return day_text(first_kept) if first_kept else _NEVER


def race_waits(connection: Connection, race_id: str) -> bool:
    """Say whether any row of a race waits for Appwrite, was refused by it, or is held back and may still be sent."""
    held = "SELECT 1 FROM thinned_lines WHERE raceId = ? AND heldId IS NOT NULL LIMIT 1"
    return connection.execute(held, (race_id,)).fetchone() is not None or any(
        connection.execute(
            f'SELECT 1 FROM "{table.sqlite_name}" t JOIN outbox o ON o.tableName = ? AND o.rowId = t.id'  # noqa: S608
            ' WHERE t."raceId" = ? LIMIT 1',
            (table.name, race_id),
        ).fetchone()
        for table in (schema.RACES, *BESIDE_RACE, *HISTORY)
        # Most nights nothing waits at all: then no row of history is looked up.
        if connection.execute("SELECT 1 FROM outbox WHERE tableName = ? LIMIT 1", (table.name,)).fetchone()
    )


def meeting_waits(connection: Connection, meeting_id: str) -> bool:
    """Say whether a meeting's own row waits for Appwrite, or was refused by it."""
    waiting = "SELECT 1 FROM outbox WHERE tableName = ? AND rowId = ?"
    return connection.execute(waiting, (schema.MEETINGS.name, meeting_id)).fetchone() is not None
