"""A local table that follows one of Appwrite's: which of its rows are only a copy, and which are still to be sent."""

from collections.abc import Iterable
from sqlite3 import Connection

from raceday_daemon.store.schema import Table


def ids_not_waiting(connection: Connection, table: Table) -> set[str]:
    """Read the ids of the rows that do not wait in the outbox."""
    rows = connection.execute(
        f'SELECT id FROM "{table.sqlite_name}" WHERE id NOT IN (SELECT rowId FROM outbox WHERE tableName = ?)',  # noqa: S608
        (table.name,),
    )
    return {row_id for (row_id,) in rows}


def remove_rows(connection: Connection, table: Table, row_ids: Iterable[str]) -> None:
    """Remove rows, but none that has come to wait in the outbox."""
    connection.executemany(
        f'DELETE FROM "{table.sqlite_name}" WHERE id = ?'  # noqa: S608
        " AND NOT EXISTS (SELECT 1 FROM outbox WHERE tableName = ? AND rowId = ?)",
        [(row_id, table.name, row_id) for row_id in row_ids],
    )


def remove_with_entry(connection: Connection, table: Table, row_id: str) -> tuple[bool, bool]:
    """Remove a row that people want gone, and its entry in the outbox; give whether there was each of them."""
    entry = connection.execute("DELETE FROM outbox WHERE tableName = ? AND rowId = ?", (table.name, row_id))
    row = connection.execute(f'DELETE FROM "{table.sqlite_name}" WHERE id = ?', (row_id,))  # noqa: S608
    return row.rowcount > 0, entry.rowcount > 0
