"""What the files know of a race for its coverage: its slots' records, its last look, its buckets, its name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection

from raceday_daemon.store.rows import read_instant


@dataclass(frozen=True, slots=True)
class SlotRecord:
    """What came of a race's slot; `race_status` is None where the look failed."""

    due_at: datetime
    outcome: str
    reason: str
    race_status: str | None


def filled_buckets(connection: Connection, race_id: str) -> frozenset[int]:
    """Read which buckets of money flow have a row for a race."""
    rows = connection.execute('SELECT DISTINCT "timeInterval" FROM "money_flow_history" WHERE "raceId" = ?', (race_id,))
    return frozenset(interval for (interval,) in rows)


def slot_records(connection: Connection, race_id: str) -> list[SlotRecord]:
    """Read what came of each of a race's slots, in their order."""
    rows = connection.execute(
        "SELECT due_at, outcome, reason, race_status FROM polls WHERE race_id = ? AND due_at IS NOT NULL"
        " ORDER BY due_at, began_at",
        (race_id,),
    )
    return [SlotRecord(read_instant(due), outcome, reason, status) for due, outcome, reason, status in rows]


def last_look(connection: Connection, race_id: str) -> datetime | None:
    """Read when a race was last looked at."""
    (began_at,) = connection.execute(
        "SELECT max(began_at) FROM polls WHERE race_id = ? AND outcome <> 'missed'", (race_id,)
    ).fetchone()
    return read_instant(began_at) if began_at else None


def race_labels(connection: Connection, race_ids: Iterable[str]) -> dict[str, str]:
    """Read the names for people of those of the races that are stored."""
    found = {}
    for race_id in race_ids:
        row = connection.execute(
            'SELECT m."meetingName" || \' R\' || r."raceNumber" FROM "races" r'
            ' JOIN "meetings" m ON m."id" = r."meetingId" WHERE r."id" = ?',
            (race_id,),
        ).fetchone()
        if row:
            found[race_id] = str(row[0])
    return found
