"""Rows as others read them: values by column name, booleans as such, instants as ISO text with milliseconds and Z."""

import json
from collections.abc import Mapping, Sequence
from sqlite3 import Connection

from raceday_daemon.store.rows import Value
from raceday_daemon.store.schema import Kind, Table

PlainRow = dict[str, Value]
"""A row by column name, without its id; bool is an int to the type checker."""


def read_plain_rows(connection: Connection, table: Table, row_ids: Sequence[str]) -> dict[str, PlainRow]:
    """Read rows of a table by their ids; those that are not there are left out."""
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    rows = connection.execute(
        f'SELECT "id", {columns} FROM "{table.sqlite_name}"'  # noqa: S608
        " WHERE id IN (SELECT value FROM json_each(?))",
        (json.dumps(row_ids),),
    )
    names = [column.name for column in table.columns]
    booleans = [column.name for column in table.columns if column.kind is Kind.BOOLEAN]
    found: dict[str, PlainRow] = {}
    for row_id, *values in rows:
        row = dict(zip(names, values, strict=True))
        for name in booleans:
            row[name] = None if row[name] is None else bool(row[name])
        found[row_id] = row
    return found


def put_back(connection: Connection, table: Table, rows: Mapping[str, PlainRow]) -> int:
    """Write rows by their ids as somebody else has them, and queue none; give how many were written.

    A row that waits in the outbox is newer here than anywhere: it stays as it is.
    """
    names = ["id", *(column.name for column in table.columns)]
    columns = ", ".join(f'"{name}"' for name in names)
    updates = ", ".join(f'"{name}" = excluded."{name}"' for name in names[1:])
    statement = (
        f'INSERT INTO "{table.sqlite_name}" ({columns}) SELECT {", ".join("?" * len(names))}'  # noqa: S608
        " WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE tableName = ? AND rowId = ?)"
        f' ON CONFLICT ("id") DO UPDATE SET {updates}'
    )
    # SQLite takes a bool as the integer that it keeps it as.
    values = [(row_id, *(row[name] for name in names[1:]), table.name, row_id) for row_id, row in rows.items()]
    return connection.executemany(statement, values).rowcount
