"""Rows of Appwrite as the working store keeps them; what does not fit is left out and told once."""

from collections.abc import Callable, Iterable, Mapping
from math import isfinite
from typing import Any, Final

from loguru import logger

from raceday_daemon.appwrite.reading import RemoteRow
from raceday_daemon.store.plain_rows import PlainRow
from raceday_daemon.store.rows import Value, instant_text, read_instant
from raceday_daemon.store.schema import Column, Kind, Table

_MOST_TOLD: Final = 1000
_LARGEST_INTEGER: Final = 2**63 - 1


class OddRows:
    """Tells of each row that does not fit once, however often it is read."""

    def __init__(self) -> None:
        """Begin without any."""
        self._told: set[tuple[str, str, str]] = set()

    def fitting(self, table: Table, rows: Iterable[RemoteRow]) -> dict[str, PlainRow]:
        """Give rows by their ids, without those that the table does not take."""
        found: dict[str, PlainRow] = {}
        for row in rows:
            try:
                found[row.row_id] = plain_row(table, row)
            except ValueError as error:
                self._tell(table, row, str(error))
        return found

    def _tell(self, table: Table, row: RemoteRow, reason: str) -> None:
        key = (table.name, row.row_id, row.updated_at)
        if key in self._told or len(self._told) >= _MOST_TOLD:
            return
        self._told.add(key)
        logger.warning(
            "Appwrite: row {row_id} of {table} is left out: {reason}",
            action="row_left_out",
            table=table.name,
            row_id=row.row_id,
            reason=reason,
        )


def plain_row(table: Table, row: RemoteRow) -> PlainRow:
    """Give a row by column name; ValueError, with the reason, for one that the table does not take.

    A text longer than its column stays as it is: the column of whoever wrote it took it.
    """
    return {column.name: _value(column, row.data) for column in table.columns}


def _value(column: Column, data: Mapping[str, Any]) -> Value:
    value = data.get(column.name)
    if value is None and column.repeats:
        value = data.get(column.repeats)
    if isinstance(value, Mapping):
        # A link that was expanded.
        value = value.get("$id")
    if value is None:
        if column.required:
            raise ValueError(f"it has no {column.name}")
        return None
    try:
        return _READERS[column.kind](value)
    except (OverflowError, TypeError, ValueError):
        raise ValueError(f"its {column.name} is no {column.kind.name.lower().replace('_', ' ')}") from None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    # Half a character can be escaped in JSON, but not be kept.
    value.encode()
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or int(value) != value:
        raise TypeError
    if abs(value) > _LARGEST_INTEGER:
        raise OverflowError
    return int(value)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not isfinite(value):
        raise ValueError
    return float(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_READERS: Final[Mapping[Kind, Callable[[Any], Value]]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.FLOAT: _float,
    Kind.BOOLEAN: _boolean,
    Kind.INSTANT: lambda value: instant_text(read_instant(_text(value))),
}
