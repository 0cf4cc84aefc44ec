"""Single values from the source's spelling to ours: blanks become None, texts are bounded, money is cents."""

import json
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, TypeVar

ValueT = TypeVar("ValueT", bool, int, float)

LONG_TEXT_BYTES = 65_535
"""MariaDB, which is below Appwrite, counts a long text in bytes, not in characters."""


def text(sent: str | None, limit: int) -> str | None:
    """Give a text, cut at `limit` characters; a blank one was not sent."""
    cut = (sent or "")[:limit]
    return cut if cut.strip() else None


def long_text(sent: str) -> str:
    """Give a text, cut at what a long text holds; no character is cut in two."""
    return sent if len(sent) * 4 <= LONG_TEXT_BYTES else sent.encode()[:LONG_TEXT_BYTES].decode(errors="ignore")


def address(sent: str | None, limit: int) -> str | None:
    """Give a web address; one that is too long is of no use cut, and left out."""
    return text(sent, limit) if sent and len(sent) <= limit else None


def sent_or_none(sent: ValueT | Literal[""] | None) -> ValueT | None:
    """Give a flag or number; a blank one was not sent."""
    return None if sent == "" else sent


def price(sent: float | Literal[""] | None) -> float | None:
    """Give a price; 0 is no price."""
    return sent or None


def instant(sent: Any) -> datetime:
    """Read an ISO instant with its offset, cut to the milliseconds that the tables keep; ValueError for anything else.

    The source sends up to nine decimals. Years far from ours are no times of this sport, and would leave the range in
    which they can be reckoned with.
    """
    if not isinstance(sent, str) or not sent[:5].endswith("-"):
        raise ValueError("an instant in ISO format is expected")
    try:
        read = datetime.fromisoformat(sent)
    except ValueError:
        # Its own words would quote all that was sent.
        raise ValueError("an instant in ISO format is expected") from None
    if read.tzinfo is None or not 2000 <= read.year < 2100:
        raise ValueError("an instant with its offset from UTC, of this century, is expected")
    utc = read.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def day_label(sent: Any) -> date:
    """Read the calendar day that the source spells as an instant at midnight: a label, whatever the offset."""
    if not isinstance(sent, str) or not instant(sent):
        raise ValueError("a day spelled as an ISO instant is expected")
    return date.fromisoformat(sent[:10])


def instant_or_none(sent: Any) -> datetime | None:
    """Read an instant that may be missing: null, blank, or the zero time of the source's language (year 1)."""
    missing = sent is None or sent == "" or (isinstance(sent, str) and sent.startswith("0001-01-01"))
    return None if missing else instant(sent)


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
    if len(written) * 4 > LONG_TEXT_BYTES and len(written.encode()) > LONG_TEXT_BYTES:
        raise ValueError(f"longer than {LONG_TEXT_BYTES} bytes")
    return written
