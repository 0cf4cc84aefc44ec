"""Who may read a row: its one user, where the table is people's; elsewhere the table says it."""

from typing import Any

from raceday_daemon.appwrite.row_ids import is_row_id
from raceday_daemon.store.plain_rows import PlainRow
from raceday_daemon.store.schema import PEOPLES_TABLES, Table


def can_be_role(user_id: str) -> bool:
    """Say whether rows can be given to a user: one whose name is no id has no role in Appwrite."""
    return is_row_id(user_id)


def row_permissions(table: Table, row: PlainRow) -> dict[str, Any]:
    """Give a row's permissions as a part of its data: none of its own outside people's tables.

    A user whose name is no id, and so can be no role, cannot be given any.
    """
    if table not in PEOPLES_TABLES:
        return {}
    user_id = str(row["userId"])
    return {"$permissions": [f'read("user:{user_id}")'] if can_be_role(user_id) else []}
