"""Indexes: what they may be made on, how they are told, and what a unique one lets through."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.fakes.appwrite import errors, times
from tests.fakes.appwrite.checking import valid_id

if TYPE_CHECKING:
    from tests.fakes.appwrite.model import Row, Table

KINDS = ("key", "fulltext", "unique", "spatial")
LONGEST_CHARS = 768
OWN_COLUMNS = frozenset({"$id", "$createdAt", "$updatedAt", "$sequence"})


def folded(value: Any) -> Any:
    """Give a value as MariaDB compares it: text without case."""
    return value.casefold() if isinstance(value, str) else value


@dataclass
class Index:
    """An index; of a unique one `holders` says which row holds which values."""

    id: str
    key: str
    kind: str
    columns: list[str]
    orders: list[str]
    lengths: list[int]
    ready_at: float
    error: str = ""
    created: str = field(default_factory=times.now)
    holders: dict[tuple[Any, ...], str] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """Say how far it is."""
        if time.monotonic() < self.ready_at:
            return "processing"
        return "failed" if self.error else "available"

    def values_of(self, data: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """Give what it compares; None for a row it does not hold, since null equals nothing."""
        values = tuple(folded(data.get(column)) for column in self.columns)
        return None if None in values else values

    def holder(self, data: Mapping[str, Any]) -> str | None:
        """Give the id, in lower case, of the row that holds these values."""
        values = self.values_of(data)
        return None if values is None else self.holders.get(values)

    def remember(self, row: "Row") -> None:
        """Note the values of a row."""
        values = self.values_of(row.data)
        if values is not None:
            self.holders[values] = row.id.lower()

    def forget(self, row: "Row | None") -> None:
        """Let go of the values of a row."""
        values = None if row is None else self.values_of(row.data)
        if row is not None and values is not None and self.holders.get(values) == row.id.lower():
            del self.holders[values]

    def told(self) -> dict[str, Any]:
        """Give the index as an answer tells it."""
        return {
            "$id": self.id,
            "$createdAt": self.created,
            "$updatedAt": self.created,
            "key": self.key,
            "type": self.kind,
            "status": self.status,
            "error": self.error if self.status == "failed" else "",
            "columns": self.columns,
            "lengths": self.lengths,
            "orders": self.orders,
        }


def asked_for(table: "Table", prefix: str, body: Mapping[str, Any], settle_seconds: float) -> Index:
    """Make the index that a request asks for."""
    for name in ("key", "type", "columns"):
        if body.get(name) is None:
            raise errors.lacking(name)
    key = valid_id("key", body["key"])
    if body["type"] not in KINDS:
        raise errors.parameter("type", f"Value must be one of ({', '.join(KINDS)})")
    columns = list(body["columns"])
    lengths = [int(length or 0) for length in body.get("lengths") or [0] * len(columns)]
    for column in columns:
        _check_column(table, column)
    _check_length(table, columns, lengths)
    if key in table.indexes:
        raise errors.index_exists(key)
    index = Index(
        f"{prefix}_{key}",
        key,
        body["type"],
        columns,
        list(body.get("orders") or []),
        lengths,
        time.monotonic() + settle_seconds,
    )
    if index.kind == "unique":
        _fill(index, table)
    return index


def _check_column(table: "Table", key: str) -> None:
    if key in OWN_COLUMNS:
        return
    column = table.columns.get(key)
    if column is None:
        message = f"The column '{key}' required for the index could not be found. Please confirm all your columns are "
        raise errors.ApiError(400, "column_unknown", f"{message}in the available state.")
    if column.is_link:
        message = f"Cannot create an index for a relationship column: {key}"
        raise errors.ApiError(400, "column_type_invalid", message)
    if not column.available:
        raise errors.column_not_available(key)


def _check_length(table: "Table", columns: list[str], lengths: list[int]) -> None:
    """Refuse what is too long for MariaDB to index (guess: the type)."""
    chars = 0
    for key, length in zip(columns, lengths, strict=False):
        size = table.columns[key].size if key in table.columns else None
        chars += length or size or 0
    if chars > LONGEST_CHARS:
        message = f"Index length is longer than the maximum: {LONGEST_CHARS}"
        raise errors.ApiError(400, "index_invalid", message)


def _fill(index: Index, table: "Table") -> None:
    """Note all rows; two that hold the same values make it fail once it is made (guess)."""
    for row in table.rows.values():
        if index.holder(row.data) is not None:
            index.error = "Duplicate entry"
            index.holders.clear()
            return
        index.remember(row)
