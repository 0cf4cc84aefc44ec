"""Records as JSON: instants as ISO text in UTC with Z, days as YYYY-MM-DD."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final

from raceday_daemon.store.rows import instant_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_AS_THEY_ARE: Final = frozenset((str, int, float, bool, type(None)))


def as_json(record: "DataclassInstance") -> dict[str, Any]:
    """Give a record as an object whose names are those of its fields."""
    return {name: _plain(getattr(record, name)) for name in record.__dataclass_fields__}


def _plain(value: Any) -> Any:
    # A race's view has ten thousand values, nearly all of these kinds.
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, str | int | float):
        return value
    return as_json(value)
