"""Rows of Appwrite's tables, read page after page."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from appwrite.query import Query

from raceday_daemon.store.schema import Table

if TYPE_CHECKING:
    from appwrite.models.row import Row
    from appwrite.services.tables_db import TablesDB

ResultT = TypeVar("ResultT")

PAGE_ROWS: Final = 500
VALUES_A_QUERY: Final = 100
"""A query may have 4,096 characters: a hundred ids fit."""

_MOST_ROWS: Final = 100_000
_MOST_COUNTED: Final = 5_000


@dataclass(frozen=True, slots=True)
class RemoteRow:
    """A row as Appwrite tells it: its columns as they came, and when it was last written by the server's clock."""

    row_id: str
    updated_at: str
    data: dict[str, Any]


class Way(Protocol):
    """The way to a database: once, as `Appwrite` asks, or again and again, as `Patient` does."""

    @property
    def database_id(self) -> str:
        """Name the database."""

    async def ask(self, question: "Callable[[TablesDB], ResultT]") -> ResultT:
        """Give what the question gets from the SDK; raises AppwriteError."""


def _never(_rows: Sequence[RemoteRow]) -> bool:
    return False


async def read_rows(
    way: Way,
    table: Table,
    *queries: str,
    page_rows: int = PAGE_ROWS,
    most_rows: int = _MOST_ROWS,
    is_enough: Callable[[Sequence[RemoteRow]], bool] = _never,
) -> list[RemoteRow]:
    """Read the rows that queries ask for, in their order, to the end, to a number of rows, or until it is enough.

    Raises AppwriteError, also where a row that a page ended with is deleted before the next page is asked for.
    """
    found: list[RemoteRow] = []
    while True:
        paging = [Query.limit(page_rows), *([Query.cursor_after(found[-1].row_id)] if found else [])]
        page = await way.ask(partial(_page, way.database_id, table.name, [*queries, *paging]))
        found += page
        if len(page) < page_rows or len(found) >= most_rows or is_enough(found):
            return found


async def count_rows(way: Way, table: Table) -> int | None:
    """Count a table's rows by telling one of them; None where there are more than Appwrite counts."""
    count = await way.ask(partial(_count, way.database_id, table.name))
    return count if count < _MOST_COUNTED else None


def portions(values: Sequence[str]) -> Iterator[list[str]]:
    """Give values in portions that fit into one query."""
    return (list(values[begin : begin + VALUES_A_QUERY]) for begin in range(0, len(values), VALUES_A_QUERY))


def _page(database_id: str, table_id: str, queries: list[str], tables: "TablesDB") -> list[RemoteRow]:
    rows: Sequence[Row[Any]] = tables.list_rows(database_id, table_id, queries=queries).rows
    return [RemoteRow(row.id, row.updatedat, row.data) for row in rows]


def _count(database_id: str, table_id: str, tables: "TablesDB") -> int:
    queries = [Query.select(["$id"]), Query.limit(1)]
    return int(tables.list_rows(database_id, table_id, queries=queries).total)
