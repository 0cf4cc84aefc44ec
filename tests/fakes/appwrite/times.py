"""Instants as the server writes them: UTC, milliseconds, as text that sorts by time."""

from datetime import UTC, datetime, timedelta

ENDING = "+00:00"


def written(instant: datetime) -> str:
    """Write an instant with its milliseconds, the rest cut off; one without an offset is UTC."""
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return instant.astimezone(UTC).isoformat(timespec="milliseconds")


def now() -> str:
    """Give the present."""
    return written(datetime.now(UTC))


def after(seconds: float) -> str:
    """Give an instant so many seconds from now."""
    return written(datetime.now(UTC) + timedelta(seconds=seconds))


def read(value: object) -> str | None:
    """Write a sent instant the server's way; None for what is no instant (guess: the server takes more forms)."""
    if not isinstance(value, str) or not value:
        return None
    try:
        return written(datetime.fromisoformat(value))
    except (ValueError, OverflowError):
        return None
