"""Single values from the source's spelling to that of the tables, as docs/data.md describes both."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID, uuid5

_OUR_IDS = UUID("6d1c5b0e-3b0c-5e39-9a57-6f4f1a2f8f10")


def stored_instant(instant: datetime) -> str:
    """Spell an instant as the tables do: UTC, cut to milliseconds."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def instant_of(stored: str) -> datetime:
    """Read an instant of the tables."""
    return datetime.fromisoformat(stored)


def iso_instant(sent: str) -> str:
    """Take an ISO instant in UTC, which may have up to nine decimals."""
    whole, _, decimals = sent.removesuffix("Z").partition(".")
    return f"{whole}.{decimals[:3]:0<3}Z"


def epoch_instant(seconds: int | None) -> str | None:
    """Take epoch seconds; 0 is none."""
    return stored_instant(datetime.fromtimestamp(seconds, UTC)) if seconds else None


def words(sent: str | None) -> str | None:
    """Take a text; a blank one was not sent."""
    return sent if sent and sent.strip() else None


def flag(sent: bool | None) -> int | None:
    """Take a flag."""
    return None if sent is None else int(sent)


def cents(dollars: float) -> int:
    """Take an amount in dollars."""
    return int((Decimal(str(dollars)) * 100).to_integral_value(ROUND_HALF_UP))


def computed_id(*described: str) -> str:
    """Give the id of a row that the source has none for: uuid5 of what it describes."""
    return str(uuid5(_OUR_IDS, "\x1f".join(described)))
