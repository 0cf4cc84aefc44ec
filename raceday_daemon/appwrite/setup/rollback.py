"""Taking back what the last unfinished setup made, as far as it is empty."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.appwrite.setup.record import Made, SetupRecord
from raceday_daemon.model.appwrite_errors import AppwriteKeyError, AppwriteRefusedError


@dataclass(slots=True)
class RolledBack:
    """What was removed, and what was kept and why."""

    removed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


async def roll_back(appwrite: Patient, record: SetupRecord) -> RolledBack:
    """Remove the tables and columns that the record lists and that hold nothing, with the indexes made beside them.

    What was there before that setup is not in the record, and so is never touched; nor is the database itself.
    """
    made, outcome = record.made(), RolledBack()
    tables = [thing for thing in made if thing.kind == "table"]
    whole = {thing.table for thing in tables}
    inside = [thing for thing in made if thing.kind != "table" and thing.table not in whole]
    for thing in [*_of(inside, "index"), *_of(inside, "column"), *reversed(tables)]:
        await _take_back(appwrite, thing, outcome)
        # A second run after an interruption does not ask for it again.
        record.strike(thing)
    record.finish()
    return outcome


def _of(things: list[Made], kind: str) -> list[Made]:
    return [thing for thing in things if thing.kind == kind]


async def _take_back(appwrite: Patient, thing: Made, outcome: RolledBack) -> None:
    label = thing.table if thing.kind == "table" else f"{thing.table}.{thing.name}"
    if thing.kind == "index":
        label = f"{thing.table}: index {thing.name}"
    try:
        if await _holds_something(appwrite, thing):
            outcome.kept.append(f"{label}: it holds rows")
            return
        await _REMOVE[thing.kind](appwrite, thing)
    except AppwriteKeyError:
        raise
    except AppwriteRefusedError as error:
        if error.status != 404:
            outcome.kept.append(f"{label}: {error}")
        return
    outcome.removed.append(label)


async def _holds_something(appwrite: Patient, thing: Made) -> bool:
    from appwrite.models.row_list import RowList
    from appwrite.query import Query

    if thing.kind == "index":
        return False
    queries = [Query.limit(1), *([Query.is_not_null(thing.name)] if thing.kind == "column" else [])]
    found: RowList[dict[str, Any]] = await appwrite.ask(
        lambda tables: tables.list_rows(appwrite.database_id, thing.table, queries)
    )
    return bool(found.rows)


async def _remove_table(appwrite: Patient, thing: Made) -> None:
    await appwrite.ask(lambda tables: tables.delete_table(appwrite.database_id, thing.table))


async def _remove_column(appwrite: Patient, thing: Made) -> None:
    await appwrite.ask(lambda tables: tables.delete_column(appwrite.database_id, thing.table, thing.name))


async def _remove_index(appwrite: Patient, thing: Made) -> None:
    await appwrite.ask(lambda tables: tables.delete_index(appwrite.database_id, thing.table, thing.name))


_REMOVE: dict[str, Callable[[Patient, Made], Awaitable[None]]] = {
    "table": _remove_table,
    "column": _remove_column,
    "index": _remove_index,
}
