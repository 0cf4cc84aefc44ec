"""What the server holds: databases, their tables, their rows."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.appwrite import errors, times
from tests.fakes.appwrite.columns import Column
from tests.fakes.appwrite.faults import Switches
from tests.fakes.appwrite.indexes import Index

ROW_BYTES = 65_535
EMPTY_ROW_BYTES = 1_067


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is stored: never changed, only replaced. `tick` orders all writes of the server."""

    id: str
    sequence: int
    created: str
    updated: str
    permissions: tuple[str, ...]
    data: dict[str, Any]
    tick: int


@dataclass(eq=False)
class Table:
    """A table; rows lie under their id in lower case, since MariaDB compares ids without case."""

    id: str
    database_id: str
    name: str
    sequence: int
    permissions: list[str] = field(default_factory=list)
    row_security: bool = False
    enabled: bool = True
    created: str = field(default_factory=times.now)
    updated: str = ""
    columns: dict[str, Column] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)
    version: int = 0
    cached_page: Any = None
    _sequences: int = 0
    _usable: dict[str, Column] | None = None

    def __post_init__(self) -> None:
        self.updated = self.updated or self.created

    @property
    def bytes_used(self) -> int:
        """Give the bytes that its columns take of a row."""
        return EMPTY_ROW_BYTES + sum(column.width for column in self.columns.values())

    @property
    def links(self) -> list[Column]:
        """Give its relationship columns."""
        return [column for column in self.columns.values() if column.is_link]

    @property
    def usable(self) -> dict[str, Column]:
        """Give the columns that rows may have by now."""
        if self._usable is not None:
            return self._usable
        usable = {key: column for key, column in self.columns.items() if column.available}
        if len(usable) == len(self.columns):
            self._usable = usable
        return usable

    def schema_changed(self) -> None:
        """Forget what was worked out from the columns."""
        self._usable = None
        self.version += 1

    def next_sequence(self) -> int:
        """Count an attempt to insert: MariaDB takes a number for it whatever becomes of it."""
        self._sequences += 1
        return self._sequences

    def put(self, row: Row) -> None:
        """Store a row in the place of the one of its id."""
        key = row.id.lower()
        before = self.rows.get(key)
        for index in self.unique_indexes():
            index.forget(before)
            index.remember(row)
        self.rows[key] = row
        self.version += 1

    def remove(self, key: str) -> None:
        """Remove a row by its id in lower case."""
        before = self.rows.pop(key)
        for index in self.unique_indexes():
            index.forget(before)
        self.version += 1

    def row(self, row_id: str) -> Row:
        """Give a row by its id."""
        row = self.rows.get(row_id.lower())
        if row is None:
            raise errors.not_found("Row", row_id)
        return row

    def dump(self) -> dict[str, dict[str, Any]]:
        """Give all rows by their id in lower case: each one's columns with `$id` and `$permissions`."""
        return {
            key: {
                **{column: row.data.get(column) for column in self.columns},
                "$id": row.id,
                "$permissions": list(row.permissions),
            }
            for key, row in self.rows.items()
        }

    def unique_indexes(self) -> list[Index]:
        """Give the indexes that let a value be there once; one that failed lets all through."""
        return [index for index in self.indexes.values() if index.kind == "unique" and not index.error]


@dataclass
class Database:
    """A database; tables lie under their id in lower case."""

    id: str
    name: str
    sequence: int
    enabled: bool = True
    created: str = field(default_factory=times.now)
    updated: str = ""
    tables: dict[str, Table] = field(default_factory=dict)
    table_sequences: int = 0

    def __post_init__(self) -> None:
        self.updated = self.updated or self.created

    def table(self, table_id: str) -> Table:
        """Give a table by its id."""
        table = self.tables.get(table_id.lower())
        if table is None:
            raise errors.not_found("Table", table_id)
        return table

    def links_to(self, table: Table) -> Iterator[tuple[Table, Column]]:
        """Give the columns of all tables that hold ids of rows of this one."""
        for other in self.tables.values():
            for column in other.links:
                if column.holds_link and column.details["relatedTable"].lower() == table.id.lower():
                    yield other, column


@dataclass
class State:
    """All that the server holds, and how it is told to behave."""

    project: str
    settle_seconds: float
    databases: dict[str, Database] = field(default_factory=dict)
    transactions: dict[str, Any] = field(default_factory=dict)
    keys: dict[str, frozenset[str]] = field(default_factory=dict)
    written: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    switches: Switches = field(default_factory=Switches)
    database_sequences: int = 0
    started: float = field(default_factory=time.monotonic)
    _ticks: int = 0

    def tick(self) -> int:
        """Give the next number in the order of all writes and stagings."""
        self._ticks += 1
        return self._ticks

    def database(self, database_id: str) -> Database:
        """Give a database by its id."""
        database = self.databases.get(database_id.lower())
        if database is None:
            raise errors.not_found("Database", database_id)
        return database

    def dump(self) -> dict[str, dict[str, dict[str, dict[str, Any]]]]:
        """Give all rows, by database, table, and id in lower case."""
        return {
            database.id: {table.id: table.dump() for table in database.tables.values()}
            for database in self.databases.values()
        }
