"""Single values from the source's spelling to ours: blanks become None, texts are bounded, money is cents."""

import json
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, TypeVar

ValueT = TypeVar("ValueT", bool, int, float)

LONG_TEXT_CHARACTERS = 65_535


def text(sent: str | None, limit: int) -> str | None:
    """Give a text, cut at `limit` characters; a blank one was not sent."""
    return sent[:limit] if sent and not sent.isspace() else None


def address(sent: str | None, limit: int) -> str | None:
    """Give a web address; one that is too long is of no use cut, and left out."""
    return text(sent, limit) if sent and len(sent) <= limit else None


def sent_or_none(sent: ValueT | Literal[""] | None) -> ValueT | None:
    """Give a flag or number; a blank one was not sent."""
    return None if sent == "" else sent


def price(sent: float | Literal[""] | None) -> float | None:
    """Give a price; 0 is no price."""
    return sent or None


def instant(sent: datetime) -> datetime:
    """Give an instant in UTC, cut to the milliseconds that the tables keep."""
    utc = sent.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def epoch(seconds: int) -> datetime:
    """Give the instant of epoch seconds."""
    return datetime.fromtimestamp(seconds, UTC)


def epoch_or_none(sent: int | Literal[""] | None) -> datetime | None:
    """Give the instant of epoch seconds; 0 is none."""
    return epoch(sent) if sent else None


def cents(dollars: float) -> int:
    """Give an amount in dollars as integer cents, by its decimal spelling: 31010.11 is 3,101,011 cents."""
    return int((Decimal(repr(dollars)) * 100).to_integral_value(ROUND_HALF_UP))


def json_text(value: Any) -> str:
    """Write JSON the same way for the same value; ValueError where a column cannot hold it."""
    written = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    if len(written) > LONG_TEXT_CHARACTERS:
        raise ValueError(f"longer than {LONG_TEXT_CHARACTERS} characters")
    return written
