"""Records as JSON: instants as ISO text in UTC with Z, days as YYYY-MM-DD."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from raceday_daemon.store.rows import instant_text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def as_json(record: "DataclassInstance") -> dict[str, Any]:
    """Give a record as an object whose names are those of its fields."""
    plain: dict[str, Any] = _plain(asdict(record))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
