"""The rows of a store, and what is wrong with them beside the rows that must be there."""

from collections.abc import Iterator, Mapping
from sqlite3 import Connection
from typing import Any, Final

from raceday_daemon.store import schema
from raceday_daemon.store.schema import Table
from tests.auditor.finding import Finding, What
from tests.auditor.matchers import agrees

Row = dict[str, Any]
Rows = Mapping[str, Row]

_DESCRIBED_BY: Final = {
    schema.ODDS_HISTORY.name: ("entrantId", "type", "eventTimestamp"),
    schema.MONEY_FLOW_HISTORY.name: ("entrantId", "timeInterval", "eventTimestamp"),
    schema.BIG_BETS.name: ("raceId", "title", "placedAt"),
}
"""What a row of a computed id is about; of the others that is the id."""


def read_rows(connection: Connection, table: Table, column: str | None = None, value: str | None = None) -> Rows:
    """Read a table's rows by id, all of them or those that hold a value."""
    names = ["id", *(one.name for one in table.columns)]
    columns = ", ".join(f'"{name}"' for name in names)
    query = f'SELECT {columns} FROM "{table.sqlite_name}"'
    found = connection.execute(f'{query} WHERE "{column}" = ?', (value,)) if column else connection.execute(query)
    return {row[0]: dict(zip(names[1:], row[1:], strict=True)) for row in found}


def wrong_rows(table: Table, expected: Rows, stored: Rows) -> Iterator[Finding]:
    """Compare every column that the schema declares: a new one must be told of here before an audit is clean."""
    known = {_subject(table, row_id, row) for row_id, row in expected.items()}
    for row_id, row in expected.items():
        if row_id in stored:
            yield from _wrong_values(table, row_id, row, stored[row_id])
        else:
            yield Finding(What.MISSING_ROW, f"{table.name}[{row_id}]", row, None)
    for row_id, row in stored.items():
        if row_id not in expected:
            is_known = _subject(table, row_id, row) in known
            what = What.DOUBLED_ROW if is_known else What.INVENTED_ROW
            yield Finding(what, f"{table.name}[{row_id}]", None, row)


def _wrong_values(table: Table, row_id: str, expected: Row, stored: Row) -> Iterator[Finding]:
    for column in table.columns:
        if not agrees(expected[column.name], stored[column.name]):
            where = f"{table.name}[{row_id}].{column.name}"
            yield Finding(What.WRONG_VALUE, where, expected[column.name], stored[column.name])


def _subject(table: Table, row_id: str, row: Row) -> tuple[Any, ...]:
    named = _DESCRIBED_BY.get(table.name)
    return tuple(row[name] for name in named) if named else (row_id,)
