"""Values of columns: what each kind of column takes, and how the server keeps it."""

import sys
from collections.abc import Callable
from typing import Any

from tests.fakes.appwrite import times

Keep = Callable[[Any], Any]
"""Gives the value as it is kept, or raises `Misfit`."""

INT64_LEAST = -(2**63)
INT64_MOST = 2**63 - 1
DOUBLE_MOST = 1.7976931348623157e308
LONGEST_VARCHAR = 16_381
TEXT_BYTES = 65_535
EXACT_FLOATS = 2**53
MOST_SHARED_CHARS = 64
"""Texts this short are kept once however many rows hold them: half a million rows fit in memory then."""


class Misfit(Exception):
    """A value that its column does not take; the message says what it must be."""

    def __init__(self, rule: str, label: str = "type") -> None:
        super().__init__(f"has invalid {label}. {rule}")


def text(size: int) -> Keep:
    """Keep text of so many characters; where MariaDB has a TEXT, of 65,535 bytes as well (guess)."""
    in_bytes = LONGEST_VARCHAR < size <= TEXT_BYTES

    def keep(value: Any) -> str:
        if not isinstance(value, str) or len(value) > size:
            raise Misfit(f"Value must be a valid string and no longer than {size} chars")
        if in_bytes and len(value.encode()) > TEXT_BYTES:
            raise Misfit(f"Value must be a valid string and no longer than {TEXT_BYTES} bytes")
        return sys.intern(value) if len(value) <= MOST_SHARED_CHARS else value

    return keep


def integer(least: int, most: int) -> Keep:
    """Keep whole numbers of a range; 5.0 is none."""
    rule = f"Value must be a valid range between {least:,} and {most:,}"

    def keep(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not INT64_LEAST <= value <= INT64_MOST:
            raise Misfit("Value must be a valid integer", "format")
        if not least <= value <= most:
            raise Misfit(rule, "format")
        return value

    return keep


def number(least: float, most: float) -> Keep:
    """Keep numbers of a range; those without a fraction come back as whole numbers."""
    rule = f"Value must be a valid range between {least:,} and {most:,}"

    def keep(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Misfit("Value must be a valid float", "format")
        if not least <= value <= most:
            raise Misfit(rule, "format")
        return int(value) if abs(value) < EXACT_FLOATS and value == int(value) else float(value)

    return keep


def boolean(value: Any) -> bool:
    """Keep true and false, nothing that means them."""
    if not isinstance(value, bool):
        raise Misfit("Value must be a valid boolean")
    return value


def instant(value: Any) -> str:
    """Keep an instant as UTC with milliseconds (guess: the words of the refusal)."""
    kept = times.read(value)
    if kept is None:
        raise Misfit("Value must be valid date between 1000-01-01 00:00:00 and 9999-12-31 23:59:59.")
    return sys.intern(kept)


def link(value: Any) -> str:
    """Keep the id of a row of another table, whether there is such a row or not."""
    if not isinstance(value, str):
        raise Misfit("Value must be a valid document ID")
    return value
