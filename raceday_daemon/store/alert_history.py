"""What alerts compare with: figures of some time ago, and the money of the buckets that are over."""

from collections.abc import Iterable
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from raceday_daemon.alerting.measures import EarlierFigures
from raceday_daemon.alerting.new_money import Amount, Bucket
from raceday_daemon.store.rows import instant_text, read_instant

_COMPARED: Final = 3
"""How many completed buckets there are to read: two to compare, and the one that the first of them began from."""

# A point is written whenever one of these changes, to null too; what stood is the last one.
_FIGURES: Final = """
SELECT e."id", m."fixedWinOdds", m."poolWinOdds", m."holdPercentage", m."winPoolPercentage", m."shareMethod"
FROM "entrants" e JOIN "money_flow_history" m ON m.rowid = (
    SELECT rowid FROM "money_flow_history" WHERE "raceId" = e."raceId" AND "entrantId" = e."id"
    AND "eventTimestamp" <= :at ORDER BY "timeInterval", "eventTimestamp" DESC LIMIT 1
) WHERE e."raceId" = :race"""


def read_figures(connection: Connection, race_id: str, at: datetime) -> dict[str, EarlierFigures]:
    """Read what stood at an instant, by the last look at the open race until then, for each entrant known by it."""
    rows = connection.execute(_FIGURES, {"race": race_id, "at": instant_text(at)})
    return {entrant_id: EarlierFigures(*figures) for entrant_id, *figures in rows}


def read_completed(connection: Connection, race_id: str) -> list[Bucket]:
    """Read a race's last completed buckets, the newest first: all but the lowest, which is the one under way."""
    intervals = connection.execute(
        'SELECT DISTINCT "timeInterval" FROM "money_flow_history" WHERE "raceId" = ? ORDER BY "timeInterval" LIMIT ?',
        (race_id, _COMPARED + 1),
    ).fetchall()
    return [_bucket(connection, race_id, interval) for (interval,) in intervals[1:]]


def _bucket(connection: Connection, race_id: str, interval: int) -> Bucket:
    rows = connection.execute(
        'SELECT "entrantId", "eventTimestamp", "winPoolAmount", "incrementalWinAmount", "shareMethod"'
        ' FROM "money_flow_history" WHERE "raceId" = ? AND "timeInterval" = ? ORDER BY "eventTimestamp"',
        (race_id, interval),
    ).fetchall()
    return Bucket(interval, read_instant(rows[0][1]), _amounts(rows))


def _amounts(rows: Iterable[tuple[str, str, int | None, int | None, str | None]]) -> dict[str, Amount]:
    """Give what each runner had at the end: its last amount that is not null, and what came with that."""
    amounts: dict[str, Amount] = {}
    for entrant_id, _, amount, added, method in rows:
        if amount is not None or entrant_id not in amounts:
            amounts[entrant_id] = Amount(amount, added, method)
    return amounts
