"""What Appwrite says that a table is like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from raceday_daemon.appwrite.patience import Patient
from raceday_daemon.model.appwrite_errors import AppwriteMissingError

if TYPE_CHECKING:
    from appwrite.models.table import Table

_INTEGERS_REACH: Final = float(2**63)
_FLOATS_REACH: Final = 1e308


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column; `type` and `status` are Appwrite's words, `low` and `high` the range that a number must keep to."""

    name: str
    type: str
    status: str
    required: bool
    error: str = ""
    size: int | None = None
    array: bool = False
    default: Any = None
    low: float | None = None
    high: float | None = None
    related_table: str | None = None
    relation_type: str | None = None
    two_way: bool = False

    @property
    def is_bounded(self) -> bool:
        """Say whether numbers beyond a range of its own are refused."""
        reach = _FLOATS_REACH if self.type in ("double", "float") else _INTEGERS_REACH
        return (self.low is not None and self.low > -reach) or (self.high is not None and self.high < reach)


@dataclass(frozen=True, slots=True)
class FoundIndex:
    """An index; `type` is key, unique, fulltext or spatial."""

    name: str
    type: str
    status: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table with its columns by their names; `title` is the name that people gave it."""

    name: str
    title: str
    enabled: bool
    columns: Mapping[str, FoundColumn]
    indexes: tuple[FoundIndex, ...]
    permissions: frozenset[str]
    row_security: bool

    @property
    def busy(self) -> frozenset[str]:
        """Name the columns and indexes that Appwrite is still making or removing."""
        parts: tuple[FoundColumn | FoundIndex, ...] = (*self.columns.values(), *self.indexes)
        return frozenset(part.name for part in parts if part.status in ("processing", "deleting"))


async def find_table(appwrite: Patient, name: str) -> FoundTable | None:
    """Ask for a table; None where there is none, or not even its database."""
    try:
        return read_table(await appwrite.ask(lambda tables: tables.get_table(appwrite.database_id, name)))
    except AppwriteMissingError:
        return None


def read_table(model: "Table") -> FoundTable:
    """Read the SDK's model of a table."""
    table = model.to_dict()
    columns = [_column(column) for column in table["columns"]]
    return FoundTable(
        name=table["$id"],
        title=table["name"],
        enabled=bool(table["enabled"]),
        columns={column.name: column for column in columns},
        indexes=tuple(_index(index) for index in table["indexes"]),
        permissions=frozenset(table["$permissions"]),
        row_security=bool(table["rowSecurity"]),
    )


def _column(column: Mapping[str, Any]) -> FoundColumn:
    size = column.get("size")
    return FoundColumn(
        name=column["key"],
        type=column["type"],
        status=column["status"],
        required=bool(column["required"]),
        error=column.get("error") or "",
        size=int(size) if size else None,
        array=bool(column.get("array")),
        default=column.get("default"),
        low=column.get("min"),
        high=column.get("max"),
        related_table=column.get("relatedTable") or column.get("relatedCollection"),
        relation_type=column.get("relationType"),
        two_way=bool(column.get("twoWay")),
    )


def _index(index: Mapping[str, Any]) -> FoundIndex:
    return FoundIndex(index["key"], index["type"], index["status"], tuple(index["columns"]))
