"""Rows that wait in the outbox and tell how something stands: whoever polls now knows better."""

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Final

from raceday_daemon.store.outbox import HISTORY, LANES, Entry, Lane
from raceday_daemon.store.rows import read_instant
from raceday_daemon.store.schema import TABLES, Table

STATE: Final = tuple(table for table in TABLES if LANES.get(table.name) is Lane.MARKET and table not in HISTORY)
"""Tables whose rows are written again and again, by one writer."""


def waiting_states(connection: Connection) -> Mapping[Table, list[Entry]]:
    """Read what waits of rows of state, by their tables."""
    return {table: _waiting_of(connection, table) for table in STATE}


def _waiting_of(connection: Connection, table: Table) -> list[Entry]:
    rows = connection.execute(
        "SELECT rowId, position, isPatient, queuedAt FROM outbox WHERE tableName = ? AND refusedAt IS NULL",
        (table.name,),
    )
    return [
        Entry(table, row_id, position, bool(is_patient), read_instant(queued_at))
        for row_id, position, is_patient, queued_at in rows
    ]
