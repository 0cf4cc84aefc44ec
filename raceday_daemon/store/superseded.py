"""Rows that wait in the outbox although Appwrite may have newer ones: whoever polls now, or has gone on, knows better.

Those that tell how something stands are that where another daemon has polled since. In a file that came from a backup
those in doubt are too (their `reason` says so, see store/letting_go.py), people's among them: a notification that was
read since, a rule that was changed. A row that is written again is in doubt no more.
"""

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Final

from raceday_daemon.store.outbox import HISTORY, LANES, Entry, Lane
from raceday_daemon.store.rows import read_instant
from raceday_daemon.store.schema import PEOPLES_TABLES, TABLES, Table

STATE: Final = tuple(table for table in TABLES if LANES.get(table.name) is Lane.MARKET and table not in HISTORY)
"""Tables whose rows are written again and again, by one writer."""

_DOUBTFUL: Final = "AND reason IS NOT NULL"


def waiting_states(connection: Connection) -> Mapping[Table, list[Entry]]:
    """Read what waits of rows of state, and people's rows in doubt, by their tables."""
    return {table: _waiting_of(connection, table) for table in STATE} | {
        table: _waiting_of(connection, table, _DOUBTFUL) for table in PEOPLES_TABLES
    }


def waiting_in_doubt(connection: Connection) -> Mapping[Table, list[Entry]]:
    """Read what waits in doubt, by their tables."""
    return {table: _waiting_of(connection, table, _DOUBTFUL) for table in (*STATE, *PEOPLES_TABLES)}


def _waiting_of(connection: Connection, table: Table, further: str = "") -> list[Entry]:
    rows = connection.execute(
        f"SELECT rowId, position, isPatient, queuedAt FROM outbox WHERE tableName = ? AND refusedAt IS NULL {further}",  # noqa: S608
        (table.name,),
    )
    return [
        Entry(table, row_id, position, bool(is_patient), read_instant(queued_at))
        for row_id, position, is_patient, queued_at in rows
    ]
