"""What may stand in a column: a value, or one of those that the evidence allows."""

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import isclose
from typing import Any


class Matcher(ABC):
    """Stands for more than one value, or for more than one spelling of it."""

    __slots__ = ()

    @abstractmethod
    def allows(self, found: Any) -> bool:
        """Say whether this may be stored."""


@dataclass(frozen=True, slots=True)
class Within(Matcher):
    """An instant of the daemon's own clock, which only the daemon knows: somewhere within a look or a run of a job."""

    since: str
    until: str

    def allows(self, found: Any) -> bool:
        """Compare spelled instants, which sort by time."""
        return isinstance(found, str) and self.since <= found <= self.until


@dataclass(frozen=True, slots=True)
class OneOf(Matcher):
    """Any of these."""

    values: frozenset[Any]

    def allows(self, found: Any) -> bool:
        """Look it up."""
        return found in self.values


@dataclass(frozen=True, slots=True)
class JsonText(Matcher):
    """JSON as text, however it is spelled."""

    value: Any

    def allows(self, found: Any) -> bool:
        """Compare what it says."""
        return bool(_read(found) == self.value)


@dataclass(frozen=True, slots=True)
class JsonEntries(Matcher):
    """A JSON array as text, its entries in any order, or in that of one of their fields."""

    entries: tuple[dict[str, Any], ...]
    ordered_by: str | None = None

    def allows(self, found: Any) -> bool:
        """Compare entries, then the order."""
        entries = _read(found)
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            return False
        if sorted(map(_spelled, entries)) != sorted(map(_spelled, self.entries)):
            return False
        return self.ordered_by is None or entries == sorted(entries, key=lambda entry: entry[self.ordered_by])


def agrees(expected: Any, found: Any) -> bool:
    """Say whether what is stored is what is expected; the floats of shares may differ in their last digits."""
    if isinstance(expected, Matcher):
        return expected.allows(found)
    if isinstance(expected, float) and isinstance(found, (int, float)):
        return isclose(expected, found, rel_tol=1e-9, abs_tol=1e-12)
    return bool(expected == found)


def _read(found: Any) -> Any:
    """Read a column's JSON; None where it is none, which is nothing that a text of JSON stands for here."""
    try:
        return json.loads(found)
    except (TypeError, ValueError):
        return None


def _spelled(value: Any) -> str:
    # Through a float, so that 3 and 3.0 are one amount.
    return json.dumps(_as_floats(value), sort_keys=True)


def _as_floats(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_floats(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_as_floats(one) for one in value]
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value
