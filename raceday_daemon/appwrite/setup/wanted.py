"""What the database should be like, as store/schema.py declares it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from raceday_daemon.store.schema import PEOPLES_TABLES, RACE_TABLES, RELATIONSHIPS, TABLES, Column, Kind, Table


@dataclass(frozen=True, slots=True)
class WantedTable:
    """A table as it should be; `relationships` names where each column leads that is one in Appwrite."""

    name: str
    columns: tuple[Column, ...]
    indexes: tuple[tuple[str, ...], ...]
    permissions: tuple[str, ...]
    row_security: bool
    relationships: Mapping[str, str]

    def is_relationship(self, column: Column) -> bool:
        """Say whether a column is a relationship in Appwrite."""
        return column.name in self.relationships


def wanted_tables(read_role: str) -> tuple[WantedTable, ...]:
    """Give every declared table; `read_role` is who may read the race tables: users, any or none."""
    return tuple(_wanted(table, read_role) for table in TABLES)


def _wanted(table: Table, read_role: str) -> WantedTable:
    everybody_reads = table in RACE_TABLES and read_role != "none"
    return WantedTable(
        name=table.name,
        columns=table.columns,
        indexes=table.indexes,
        permissions=(f'read("{read_role}")',) if everybody_reads else (),
        row_security=table in PEOPLES_TABLES,
        relationships={column: target for (owner, column), target in RELATIONSHIPS.items() if owner == table.name},
    )


def spelled_type(table: WantedTable, column: Column) -> str:
    """Say in words what a column is declared to hold."""
    if table.is_relationship(column):
        return f"a one-way many-to-one relationship to {table.relationships[column.name]}"
    return f"text of {column.size} characters" if column.kind is Kind.TEXT else _WORDS[column.kind]


_WORDS = {
    Kind.LONG_TEXT: "long text",
    Kind.INTEGER: "an integer",
    Kind.FLOAT: "a float",
    Kind.BOOLEAN: "a boolean",
    Kind.INSTANT: "a datetime",
}
