"""Rows whose link leads nowhere: Appwrite takes a link to a row that does not exist, and so do plain text columns."""

from dataclasses import dataclass
from typing import Any, Final

from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.reading import PAGE_ROWS, portions
from raceday_daemon.store.schema import ENTRANTS, MEETINGS, RACES, TABLES, Table

_LEADS_TO: Final = {
    "meeting": MEETINGS,
    "meetingId": MEETINGS,
    "race": RACES,
    "raceId": RACES,
    "entrant": ENTRANTS,
    "entrantId": ENTRANTS,
}
_MOST_PAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Link:
    """A column of a table that holds the id of a row of another."""

    table: str
    column: str
    target: str


@dataclass(frozen=True, slots=True)
class BrokenLinks:
    """How many of the rows looked at have a link that leads nowhere; `whole` where those were all rows."""

    link: Link
    rows: int
    broken: int
    whole: bool


def links_of(table: Table) -> tuple[Link, ...]:
    """Give a table's links; a column that repeats another one holds the same link."""
    repeated = {column.name for column in table.columns if column.repeats in {other.name for other in table.columns}}
    return tuple(
        Link(table.name, column.name, _LEADS_TO[column.name].name)
        for column in table.columns
        if column.name in _LEADS_TO and _LEADS_TO[column.name] is not table and column.name not in repeated
    )


async def count_broken_links(appwrite: Patient) -> list[BrokenLinks]:
    """Count broken links in the newest rows of each table, 20 pages of 500 rows at most."""
    counts = []
    for table in TABLES:
        if links := links_of(table):
            counts += await _count_of(appwrite, table.name, links)
    return counts


async def _count_of(appwrite: Patient, table: str, links: tuple[Link, ...]) -> list[BrokenLinks]:
    rows, broken, whole = 0, dict.fromkeys(links, 0), True
    known: dict[str, dict[str, bool]] = {link.target: {} for link in links}
    cursor: str | None = None
    for page_number in range(_MOST_PAGES + 1):
        page = await _page(appwrite, table, links, cursor)
        if not page:
            break
        if page_number == _MOST_PAGES:
            whole = False
            break
        for link in links:
            values = [row[link.column] for row in page if row.get(link.column) is not None]
            await _look_up(appwrite, link.target, values, known[link.target])
            broken[link] += sum(not known[link.target][value] for value in values)
        rows, cursor = rows + len(page), page[-1]["$id"]
    return [BrokenLinks(link, rows, count, whole) for link, count in broken.items()]


async def _page(appwrite: Patient, table: str, links: tuple[Link, ...], cursor: str | None) -> list[dict[str, Any]]:
    from appwrite.models.row_list import RowList
    from appwrite.query import Query

    queries = [
        Query.select(["$id", *(link.column for link in links)]),
        Query.order_desc("$createdAt"),
        Query.limit(PAGE_ROWS),
    ]
    if cursor:
        queries.append(Query.cursor_after(cursor))
    found: RowList[dict[str, Any]] = await appwrite.ask(
        lambda tables: tables.list_rows(appwrite.database_id, table, queries)
    )
    return [{**row.data, "$id": row.id} for row in found.rows]


async def _look_up(appwrite: Patient, target: str, values: list[Any], known: dict[str, bool]) -> None:
    """Learn of each value whether there is a row of that id."""
    for ids in portions(sorted({value for value in values if value not in known})):
        there = await _ids_there(appwrite, target, ids)
        known.update({id_: id_ in there for id_ in ids})


async def _ids_there(appwrite: Patient, target: str, ids: list[str]) -> set[str]:
    from appwrite.models.row_list import RowList
    from appwrite.query import Query

    queries = [Query.equal("$id", ids), Query.select(["$id"]), Query.limit(len(ids))]
    found: RowList[dict[str, Any]] = await appwrite.ask(
        lambda tables: tables.list_rows(appwrite.database_id, target, queries)
    )
    return {row.id for row in found.rows}
