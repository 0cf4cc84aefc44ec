"""Rows written: checked, stored all or none, and put back when something fails."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tests.fakes.appwrite import checking, errors, times, values
from tests.fakes.appwrite.model import Row, State, Table

OWN = frozenset(
    {
        "$id",
        "$sequence",
        "$permissions",
        "$createdAt",
        "$updatedAt",
        "$databaseId",
        "$tableId",
        "$collection",
        "$tenant",
    }
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row as a request wants it; permissions None is: as they are."""

    id: str
    data: Mapping[str, Any]
    permissions: list[str] | None = None

    @classmethod
    def read(cls, data: Any) -> "Wanted":
        """Read a row of a bulk call or a staged one: its id, which is not checked there, and permissions lie in it."""
        if not isinstance(data, dict):
            raise errors.structure("Document must be an object")
        return cls(data.get("$id") or checking.generated(), data, checking.permissions_of(data, "$permissions"))


class Unit:
    """What is written together; `staged` is the tick of the staging whose rows others must not have changed since."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.staged: int | None = None
        self.touched: set[tuple[Table, str]] = set()
        self._before: list[tuple[Table, str, Row | None]] = []
        self._put: list[str] = []

    def put(self, table: Table, row: Row) -> None:
        """Store a row."""
        key = row.id.lower()
        self.state.switches.check_row(table.id, row.id, row.data)
        self._remember(table, key)
        table.put(row)
        self._put.append(table.id)

    def remove(self, table: Table, key: str) -> None:
        """Remove a row."""
        self._remember(table, key)
        table.remove(key)

    def undo(self) -> None:
        """Put everything back as it was."""
        for table, key, row in reversed(self._before):
            if row is not None:
                table.put(row)
            elif key in table.rows:
                table.remove(key)

    def done(self) -> None:
        """Count what was written."""
        self.state.written.update(self._put)

    def _remember(self, table: Table, key: str) -> None:
        before = table.rows.get(key)
        if (
            self.staged is not None
            and before is not None
            and before.tick > self.staged
            and (table, key) not in self.touched
        ):
            raise errors.conflict()
        self.touched.add((table, key))
        self._before.append((table, key, before))


def checked(table: Table, data: Mapping[str, Any], *, partial: bool = False) -> dict[str, Any]:
    """Give the columns of a sent row as they are kept, or refuse the first that does not fit."""
    usable = table.usable
    for key, column in usable.items():
        if column.required and data.get(key) is None and (not partial or key in data):
            raise errors.structure(f'Missing required attribute "{key}"')
    kept: dict[str, Any] = {}
    for key, value in data.items():
        if key in usable:
            kept[key] = None if value is None else _kept(table, data, key, value)
        elif key not in OWN:
            raise errors.structure(f'Unknown attribute: "{key}"')
    return kept


def _kept(table: Table, data: Mapping[str, Any], key: str, value: Any) -> Any:
    column = table.usable[key]
    try:
        return column.keep(value)
    except values.Misfit as misfit:
        unknown = next((name for name in data if name not in table.usable and name not in OWN), None)
        if unknown is not None:
            raise errors.structure(f'Unknown attribute: "{unknown}"') from None
        if column.is_link:
            message = "Invalid relationship value. Must be either a document ID or a document."
            raise errors.ApiError(400, "relationship_value_invalid", message) from misfit
        raise errors.structure(f'Attribute "{key}" {misfit}') from misfit


def create(unit: Unit, table: Table, wanted: Sequence[Wanted]) -> list[Row]:
    """Create rows, none of whose ids may be taken; the error names the id only when it was alone."""
    fresh = [_fresh(unit.state, table, one, checked(table, one.data)) for one in wanted]
    for row in fresh:
        if row.id.lower() in table.rows or holder_of(table, row.data) is not None:
            raise errors.row_exists(row.id if len(fresh) == 1 else "")
        unit.put(table, row)
    return fresh


def upsert(unit: Unit, table: Table, wanted: Sequence[Wanted]) -> list[tuple[Row, bool]]:
    """Create or merge rows; False is one that was not stored, having overwritten another by a unique index."""
    kept = [checked(table, one.data) for one in wanted]
    if len({one.id for one in wanted}) < len(wanted):
        raise errors.row_exists("multiple")
    fresh = [_fresh(unit.state, table, one, data) for one, data in zip(wanted, kept, strict=True)]
    return [_merged(unit, table, *each) for each in zip(wanted, kept, fresh, strict=True)]


def _merged(unit: Unit, table: Table, wanted: Wanted, kept: dict[str, Any], fresh: Row) -> tuple[Row, bool]:
    before = table.rows.get(fresh.id.lower())
    holder = holder_of(table, fresh.data if before is None else {**before.data, **kept})
    if before is not None:
        if holder is not None and holder != fresh.id.lower():
            raise errors.row_exists(fresh.id)
        fresh = _changed(unit.state, before, kept, wanted.permissions)
    elif holder is not None:
        other = table.rows[holder]
        unit.put(table, replace(other, data=fresh.data, updated=fresh.updated, tick=fresh.tick))
        return fresh, False
    unit.put(table, fresh)
    return fresh, True


def update(unit: Unit, table: Table, row: Row, wanted: Wanted) -> Row:
    """Change the columns that were sent."""
    kept = checked(table, wanted.data, partial=True)
    changed = _changed(unit.state, row, kept, wanted.permissions)
    if holder_of(table, changed.data) not in (None, row.id.lower()):
        raise errors.row_exists(row.id)
    unit.put(table, changed)
    return changed


def increment(unit: Unit, table: Table, row: Row, key: str, by: float, bounds: tuple[float, float]) -> Row:
    """Add to a number within bounds (guess: the words of the refusals)."""
    column = table.usable.get(key)
    if column is None or column.kind not in ("integer", "double"):
        raise errors.ApiError(400, "column_type_invalid", f'Column "{key}" is not a number')
    value = (row.data.get(key) or 0) + by
    if not bounds[0] <= value <= bounds[1]:
        raise errors.ApiError(400, "column_limit_exceeded", f'Column "{key}" has reached its limit')
    return update(unit, table, row, Wanted(row.id, {key: value}))


def delete(unit: Unit, table: Table, rows: Iterable[Row]) -> None:
    """Remove rows; the links to them become null (guess: whatever a link says of deletes but restrict)."""
    database = unit.state.database(table.database_id)
    links = list(database.links_to(table))
    for row in list(rows):
        key = row.id.lower()
        for other, column in links:
            holders = [one for one in other.rows.values() if str(one.data.get(column.key)).lower() == key]
            if holders and column.details["onDelete"] == "restrict":
                message = "Row cannot be deleted because it is referenced by another row."
                raise errors.ApiError(403, "row_delete_restricted", message)
            for holder in holders:
                unit.put(other, _changed(unit.state, holder, {column.key: None}, None))
        unit.remove(table, key)


def holder_of(table: Table, data: Mapping[str, Any]) -> str | None:
    """Give the id, in lower case, of the row that a unique index finds with the same values."""
    if not table.indexes:
        return None
    holders = (index.holder(data) for index in table.unique_indexes())
    return next((holder for holder in holders if holder is not None), None)


def _fresh(state: State, table: Table, wanted: Wanted, kept: dict[str, Any]) -> Row:
    now = times.now()
    data = {key: column.default for key, column in table.usable.items()} | kept
    return Row(wanted.id, table.next_sequence(), now, now, tuple(wanted.permissions or ()), data, state.tick())


def _changed(state: State, row: Row, kept: Mapping[str, Any], permissions: list[str] | None) -> Row:
    return replace(
        row,
        updated=times.now(),
        permissions=row.permissions if permissions is None else tuple(permissions),
        data={**row.data, **kept},
        tick=state.tick(),
    )
