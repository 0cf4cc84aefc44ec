"""Rows about races, runners and meetings that no answer ever told of, in whatever table."""

from collections.abc import Collection, Iterator
from sqlite3 import Connection
from typing import Final

from raceday_daemon.store.schema import TABLES
from tests.auditor.finding import Finding, What

_NAMES: Final = {"raceId": "race", "race": "race", "meetingId": "meeting", "meeting": "meeting", "entrantId": "entrant"}
"""The columns that name something of the source, and what."""


def strangers(connection: Connection, known: Collection[str]) -> Iterator[Finding]:
    """Look through every declared table, and the daemon's own notes, for ids that are not known.

    No absence is to be noted: the simulator lists its meetings and races to the end of the day.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in TABLES:
        for column in table.columns:
            if table.sqlite_name in tables and column.name in _NAMES:
                yield from _unknown(connection, table.sqlite_name, column.name, known)
    yield from _unknown(connection, "looks", "id", known)
    yield from _unknown(connection, "absences", "id", ())


def _unknown(connection: Connection, table: str, column: str, known: Collection[str]) -> Iterator[Finding]:
    found = connection.execute(f'SELECT DISTINCT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL')
    for (value,) in found:
        if value not in known:
            yield Finding(What.STRANGER, f"{table}.{column}", None, value)
