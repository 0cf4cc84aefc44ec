"""Rows as answers tell them."""

from collections.abc import Iterable
from typing import Any

from tests.fakes.appwrite.model import Database, Row, Table


def told(database: Database, table: Table, row: Row, selected: list[str] | None = None) -> dict[str, Any]:
    """Give a row as a read tells it: the columns selected, links as ids unless a part of them is selected."""
    keys = table.usable if selected is None or "*" in selected else [key for key in table.usable if key in selected]
    answer = {key: row.data.get(key) for key in keys if not table.usable[key].is_link}
    for column in table.links:
        if not column.holds_link or not column.available:
            continue
        parts = [name.partition(".")[2] for name in selected or () if name.startswith(f"{column.key}.")]
        if parts:
            answer[column.key] = _expanded(database, column.details["relatedTable"], row.data.get(column.key), parts)
        elif column.key in keys:
            answer[column.key] = row.data.get(column.key)
    return answer | own_columns(table, row)


def after_write(database: Database, table: Table, row: Row, *, stored: bool = True) -> dict[str, Any]:
    """Give a row as a write of one row tells it: links expanded, and no `$sequence` for one that was not stored."""
    links = [f"{column.key}.*" for column in table.links]
    answer = told(database, table, row, ["*", *links])
    return answer if stored else answer | {"$sequence": ""}


def own_columns(table: Table, row: Row) -> dict[str, Any]:
    """Give what every row has."""
    return {
        "$id": row.id,
        "$sequence": str(row.sequence),
        "$createdAt": row.created,
        "$updatedAt": row.updated,
        "$permissions": list(row.permissions),
        "$databaseId": table.database_id,
        "$tableId": table.id,
    }


def listed(total: int, rows: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Give rows as a list tells them."""
    return {"total": total, "rows": list(rows)}


def _expanded(database: Database, table_id: str, row_id: Any, parts: list[str]) -> dict[str, Any] | None:
    """Give the row that a link leads to; one that leads nowhere reads back empty."""
    if row_id is None:
        return None
    table = database.tables.get(table_id.lower())
    row = None if table is None else table.rows.get(str(row_id).lower())
    if table is None or row is None:
        return {"$databaseId": database.id, "$tableId": table_id, "$sequence": ""}
    return told(database, table, row, parts)
