"""What differs between the declared tables and those that are there, and what can be done about it. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from raceday_daemon.appwrite.setup.found import FoundColumn, FoundIndex, FoundTable
from raceday_daemon.appwrite.setup.steps import (
    Await,
    ChangeColumn,
    ChangeTable,
    MakeColumn,
    MakeIndex,
    MakeTable,
    RemoveColumn,
    RemoveIndex,
    Step,
)
from raceday_daemon.appwrite.setup.wanted import WantedTable, spelled_type
from raceday_daemon.store.schema import Column, Kind

_TYPES = {
    Kind.TEXT: ("varchar", "string"),
    Kind.LONG_TEXT: ("text", "string", "mediumtext", "longtext"),
    Kind.INTEGER: ("integer", "bigint"),
    Kind.FLOAT: ("double", "float"),
    Kind.BOOLEAN: ("boolean",),
    Kind.INSTANT: ("datetime",),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as declared: `what` in a sentence, and the steps that mend it without any loss, if any.

    A `foreign` one is a mark of another program's tables, such as those of the older RaceDay setup. A `harmless` one is
    in nobody's way.
    """

    where: str
    what: str
    steps: tuple[Step, ...] = ()
    foreign: bool = False
    harmless: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def differences(wanted: WantedTable, found: FoundTable | None) -> list[Difference]:
    """Compare a table with its declaration."""
    if found is None:
        return [Difference(wanted.name, "the table is missing", _all_of(wanted))]
    return [
        *_differences_of_columns(wanted, found),
        *_differences_of_indexes(wanted, found),
        *_difference_of_table(wanted, found),
    ]


def steps_towards(found: Iterable[Difference]) -> tuple[Step, ...]:
    """Give the steps that mend what can be mended.

    None where some tables are another program's: they hold its data, and required columns, or fewer permissions, would
    stop its writers.
    """
    found = list(found)
    if any(difference.foreign for difference in found):
        return ()
    return tuple(step for difference in found for step in difference.steps)


def _all_of(wanted: WantedTable) -> tuple[Step, ...]:
    columns = (MakeColumn(wanted, column) for column in wanted.columns)
    indexes = (MakeIndex(wanted, index) for index in wanted.indexes)
    return (MakeTable(wanted), *columns, *indexes)


def _differences_of_columns(wanted: WantedTable, found: FoundTable) -> Iterator[Difference]:
    for column in wanted.columns:
        there = found.columns.get(column.name)
        where = f"{wanted.name}.{column.name}"
        if there is None:
            yield Difference(where, "the column is missing", (MakeColumn(wanted, column),))
        elif there.status in ("failed", "stuck"):
            remake = (RemoveColumn(wanted, column.name), MakeColumn(wanted, column))
            yield Difference(where, f"Appwrite could not make it ({there.error or there.status})", remake)
        elif there.status != "available":
            yield Difference(where, f"it is {there.status}", (Await(wanted),))
        elif not _same_type(wanted, column, there):
            declared = spelled_type(wanted, column)
            foreign = there.type == "relationship" or wanted.is_relationship(column)
            yield Difference(where, f"it is {_spelled(there)}, declared is {declared}", foreign=foreign)
        elif not wanted.is_relationship(column):
            yield from _differences_of_limits(wanted, column, there)
    yield from _surplus_columns(wanted, found)


def _same_type(wanted: WantedTable, column: Column, there: FoundColumn) -> bool:
    if wanted.is_relationship(column):
        leads = (there.type, there.related_table, there.relation_type, there.two_way)
        return leads == ("relationship", wanted.relationships[column.name], "manyToOne", False)
    return there.type in _TYPES[column.kind] and not there.array


def _differences_of_limits(wanted: WantedTable, column: Column, there: FoundColumn) -> Iterator[Difference]:
    where = f"{wanted.name}.{column.name}"
    size = max(column.size or 0, there.size or 0) or None
    change = (ChangeColumn(wanted, column, there.type, size),)
    if there.required != column.required:
        yield Difference(where, f"it is {_need(there.required)}, declared is {_need(column.required)}", change)
    if there.default is not None:
        yield Difference(where, "it has a default, which would stand in for what is not known", change)
    if there.is_bounded:
        yield Difference(where, f"it takes {there.low:g} to {there.high:g} only", change)
    if there.size is None or column.size is None or there.size == column.size:
        return
    sizes = f"it holds {there.size} characters, declared are {column.size}"
    if there.size < column.size:
        yield Difference(where, sizes, change)
    elif column.kind is Kind.TEXT:
        yield Difference(where, f"{sizes}; narrowing it might cut values", harmless=True)


def _surplus_columns(wanted: WantedTable, found: FoundTable) -> Iterator[Difference]:
    """Name the columns that are not declared and are in the way; others are nobody's business."""
    declared = {column.name for column in wanted.columns}
    for column in found.columns.values():
        where = f"{wanted.name}.{column.name}"
        if column.name in declared:
            continue
        if column.type == "relationship":
            what = f"it is {_spelled(column)} that is not declared, and keeps rows from being written many at a time"
            yield Difference(where, what, foreign=True)
        elif column.required:
            yield Difference(where, "it is required and not declared: every row would be refused")


def _differences_of_indexes(wanted: WantedTable, found: FoundTable) -> Iterator[Difference]:
    for columns in wanted.indexes:
        make = MakeIndex(wanted, columns)
        there = [index for index in found.indexes if index.columns == columns and index.type in ("key", "unique")]
        if not there:
            yield Difference(make.label, "it is missing", (make,))
        elif all(index.status in ("failed", "stuck") for index in there):
            remove = tuple(RemoveIndex(wanted, index.name) for index in there)
            yield Difference(make.label, "Appwrite could not make it", (*remove, make))
        elif not any(index.status == "available" for index in there):
            yield Difference(make.label, f"it is {there[0].status}", (Await(wanted),))
    for index in found.indexes:
        if index.type == "unique":
            yield _unique(wanted, index)


def _unique(wanted: WantedTable, index: FoundIndex) -> Difference:
    what = f"it is unique on {', '.join(index.columns)}: Appwrite overwrites another row where two collide"
    return Difference(f"{wanted.name}: index {index.name}", what, foreign=True)


def _difference_of_table(wanted: WantedTable, found: FoundTable) -> Iterator[Difference]:
    change = (ChangeTable(wanted, found.title, found.enabled),)
    if found.permissions != frozenset(wanted.permissions):
        there, declared = _listed(found.permissions), _listed(wanted.permissions)
        yield Difference(wanted.name, f"its permissions are {there}, declared are {declared}", change)
    if found.row_security != wanted.row_security:
        there, declared = ("on", "off") if found.row_security else ("off", "on")
        yield Difference(wanted.name, f"its row security is {there}, declared is {declared}", change)


def _listed(permissions: Iterable[str]) -> str:
    return ", ".join(sorted(permissions)) or "none"


def _need(required: bool) -> str:
    return "required" if required else "optional"


def _spelled(column: FoundColumn) -> str:
    if column.type == "relationship":
        two = "two-way" if column.two_way else "one-way"
        return f"a {two} {column.relation_type} relationship to {column.related_table}"
    many = "a list of " if column.array else ""
    return f"{many}{column.type}{f' of {column.size}' if column.size else ''}"
