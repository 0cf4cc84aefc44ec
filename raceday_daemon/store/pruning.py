"""What is older than is kept, removed some rows at a time.

A race of which anything waits for Appwrite is left as it is. A race's own row goes last, so that whatever ends the work
in between is found again.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from sqlite3 import Connection
from typing import Final

from raceday_daemon.cadence.kept_days import KeptFrom
from raceday_daemon.store import schema
from raceday_daemon.store.old_races import BESIDE_RACE, OldRace, date_text, race_waits, start_text
from raceday_daemon.store.outbox import HISTORY
from raceday_daemon.store.prunings import look_again_from
from raceday_daemon.store.schema import Table
from raceday_daemon.store.thinning import forget_lines

Removed = Counter[str]
"""How many rows, by the public name of their table."""

_NOTED_OF_RACE: Final = (("looks", "id"), ("absences", "id"), ("alert_states", "raceId"), ("alert_fields", "raceId"))

OLD_MEETINGS: Final = (
    'SELECT m."id" FROM "meetings" m WHERE m."date" < :date'
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE tableName = 'meetings' AND rowId = m.\"id\")"
)
OLD_NOTIFICATIONS: Final = (
    '"notifications" AS n WHERE "createdAt" < :start'
    " AND NOT EXISTS (SELECT 1 FROM outbox WHERE tableName = 'notifications' AND rowId = n.\"id\")"
    # What was told of a race of today, or of one to come, keeps it from being told again.
    ' AND NOT EXISTS (SELECT 1 FROM "races" r WHERE r."id" = n."raceId" AND r."startTime" >= :today)'
)


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction has removed; `is_last` where nothing of it is left, `waits` where it waits for Appwrite."""

    removed: Removed
    is_last: bool = True
    waits: bool = False


def remove_some(connection: Connection, race: OldRace, most_rows: int) -> Step:
    """Remove some of a race's history, and once there is none, the rest of a race that goes whole."""
    if race_waits(connection, race.race_id):
        return Step(Removed(), waits=True)
    look_again_from(connection, race.day)
    forget_lines(connection, [race.race_id])
    removed = Removed()
    for table in HISTORY:
        removed[table.name] += _remove_of(connection, table, race.race_id, most_rows - removed.total())
        if removed.total() >= most_rows:
            return Step(removed, is_last=False)
    return Step(removed + _remove_race(connection, race.race_id) if race.is_whole else removed)


def _remove_race(connection: Connection, race_id: str) -> Removed:
    for name, column in _NOTED_OF_RACE:
        connection.execute(f"DELETE FROM {name} WHERE {column} = ?", (race_id,))  # noqa: S608
    return Removed({table.name: _remove_of(connection, table, race_id) for table in (*BESIDE_RACE, schema.RACES)})


def _remove_of(connection: Connection, table: Table, race_id: str, most: int = -1) -> int:
    return connection.execute(
        f'DELETE FROM "{table.sqlite_name}" WHERE rowid IN'  # noqa: S608
        f' (SELECT rowid FROM "{table.sqlite_name}" WHERE "raceId" = ? LIMIT ?)',
        (race_id, most),
    ).rowcount


def remove_meetings(connection: Connection, kept: KeptFrom, most: int) -> int:
    """Remove some of the meetings of days that are not kept and that have no race any more; give how many."""
    rows = connection.execute(
        f'{OLD_MEETINGS} AND NOT EXISTS (SELECT 1 FROM "races" WHERE "meetingId" = m."id") LIMIT :most',  # noqa: S608
        {"date": date_text(kept.races), "most": most},
    ).fetchall()
    for name in ("meetings", "looks", "absences"):
        connection.executemany(f"DELETE FROM {name} WHERE id = ?", rows)  # noqa: S608
    return len(rows)


def remove_notifications(connection: Connection, kept: KeptFrom, after: int, most: int) -> tuple[int, int | None]:
    """Look through so many notifications after one, and remove the old ones, but none of today's or a later race.

    Gives how many went, and the number of the last one looked at, None at the end.
    """
    numbers = connection.execute(
        'SELECT rowid FROM "notifications" WHERE rowid > ? ORDER BY rowid LIMIT ?', (after, most)
    ).fetchall()
    if not numbers:
        return 0, None
    (last,) = numbers[-1]
    removed = connection.execute(
        f"DELETE FROM {OLD_NOTIFICATIONS} AND rowid > :after AND rowid <= :last",  # noqa: S608
        {"after": after, "last": last, **notification_edges(kept)},
    ).rowcount
    return removed, last if len(numbers) == most else None


def notification_edges(kept: KeptFrom) -> dict[str, str]:
    """Give what OLD_NOTIFICATIONS compares with."""
    return {"start": start_text(kept.notifications), "today": start_text(kept.today)}


def remove_checkpoints(connection: Connection, before: date | None) -> None:
    """Forget how far the jobs of earlier racing days came: what is imported for them anew is imported whole."""
    connection.execute("DELETE FROM checkpoints WHERE racingDay < ?", (before.isoformat() if before else "",))
