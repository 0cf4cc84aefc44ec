"""Lists of rows: filters, orders, cursors, pages, and the columns wanted."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from tests.fakes.appwrite import errors, filters
from tests.fakes.appwrite.indexes import folded
from tests.fakes.appwrite.model import Row, Table

MOST_QUERIES = 100
LONGEST_QUERY = 4096
"""In characters, as Appwrite's API reference says."""
USUAL_LIMIT = 25
MOST_COUNTED = 5000
PAGING = ("limit", "offset", "cursorAfter", "cursorBefore", "select")


@dataclass
class Asked:
    """What a call asks for; `selected` None is everything, links not expanded."""

    tests: list[filters.Test] = field(default_factory=list)
    orders: list[tuple[filters.Getter, str, bool]] = field(default_factory=list)
    limit: int = USUAL_LIMIT
    offset: int = 0
    cursor: str | None = None
    backwards: bool = False
    selected: list[str] | None = None
    signature: str = ""


@dataclass
class Found:
    """All rows that fit, in order; kept with their table until it changes, so that paging is cheap."""

    signature: str
    version: int
    rows: list[Row]
    places: dict[str, int] | None = None

    def place(self, row_id: str) -> int:
        """Give where a row stands; -1 for one that does not fit."""
        if self.places is None:
            self.places = {row.id.lower(): place for place, row in enumerate(self.rows)}
        return self.places.get(row_id.lower(), -1)


def checked(queries: Any) -> list[dict[str, Any]]:
    """Read the queries of a call, at most 100 of 4,096 characters."""
    fits = isinstance(queries, list) and len(queries) <= MOST_QUERIES
    if not fits or any(not isinstance(one, str) or not 1 <= len(one) <= LONGEST_QUERY for one in queries):
        each = f"Value must be a valid string and at least 1 chars and no longer than {LONGEST_QUERY} chars"
        raise errors.parameter("queries", f"Value must a valid array no longer than {MOST_QUERIES} items and {each}")
    try:
        read = [json.loads(one) for one in queries]
    except ValueError as error:
        raise errors.query("Syntax error") from error
    if any(not isinstance(one, dict) for one in read):
        raise errors.query("Must be an array, got " + type(read).__name__)
    return read


def asked(table: Table, queries: Sequence[Mapping[str, Any]]) -> Asked:
    """Make out what the queries of a call ask for."""
    result = Asked(signature=json.dumps([one for one in queries if one.get("method") not in PAGING]))
    for query in queries:
        method, values = query.get("method"), query.get("values") or []
        if method in ("orderAsc", "orderDesc"):
            name = query.get("attribute") or "$sequence"
            result.orders.append((filters.attribute(table, name)[1], name, method == "orderDesc"))
        elif method in PAGING:
            _page(result, str(method), values)
        else:
            result.tests.append(filters.test_of(table, query))
    return result


def _page(result: Asked, method: str, values: list[Any]) -> None:
    if method == "select":
        result.selected = [*(result.selected or []), *values]
        return
    value = values[0] if values else None
    if method in ("cursorAfter", "cursorBefore"):
        result.cursor, result.backwards = str(value), method == "cursorBefore"
        return
    least = 1 if method == "limit" else 0
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise errors.query(
            f"Invalid {method}: Value must be a valid range between {least} and 9,223,372,036,854,775,807"
        )
    if method == "limit":
        result.limit = value
    else:
        result.offset = value


def found(table: Table, wanted: Asked) -> Found:
    """Find all rows that fit, in the order asked for, rows alike in the order they were made."""
    kept = table.cached_page
    if isinstance(kept, Found) and (kept.signature, kept.version) == (wanted.signature, table.version):
        return kept
    rows = [row for row in table.rows.values() if all(test(row) for test in wanted.tests)]
    rows.sort(key=attrgetter("sequence"))
    for getter, _, descending in reversed(wanted.orders):
        rows.sort(key=_order(getter), reverse=descending)
    fresh = Found(wanted.signature, table.version, rows)
    table.cached_page = fresh
    return fresh


def page(table: Table, wanted: Asked) -> tuple[int, list[Row]]:
    """Give how many rows fit, counted to 5,000 at most, and those of the page."""
    cursor = None if wanted.cursor is None else table.rows.get(wanted.cursor.lower())
    if wanted.cursor is not None and cursor is None:
        message = f"Row '{wanted.cursor}' for the 'cursor' value not found."
        raise errors.ApiError(400, "general_cursor_not_found", message)
    rows = found(table, wanted)
    total = min(len(rows.rows), MOST_COUNTED)
    if cursor is None:
        return total, rows.rows[wanted.offset : wanted.offset + wanted.limit]
    _check_orders(cursor, wanted)
    place = rows.place(cursor.id)
    if wanted.backwards:
        return total, rows.rows[max(0, place - wanted.limit) : max(0, place)]
    start = place + 1 + wanted.offset
    return total, rows.rows[start : start + wanted.limit]


def _check_orders(cursor: Row, wanted: Asked) -> None:
    """Refuse a cursor without a value to go on from (guess: from the source)."""
    for getter, name, _ in wanted.orders:
        if getter(cursor) is None:
            message = f"The order column '{name}' had a null value. Cursor pagination requires all rows order column "
            raise errors.ApiError(400, "database_query_order_null", f"{message}values are non-null.")


def _order(getter: filters.Getter) -> Any:
    """Order as MariaDB does: null first, text without case."""

    def key(row: Row) -> tuple[bool, Any]:
        value = getter(row)
        return (False, 0) if value is None else (True, folded(value))

    return key
