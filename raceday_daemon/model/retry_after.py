"""The pause that a server asks for, in the header Retry-After."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def retry_after_seconds(sent: str | None, now: datetime) -> float | None:
    """Read Retry-After, seconds or a date, as seconds from now; None when it is absent or senseless."""
    if sent is None:
        return None
    if sent.isascii() and sent.strip().isdigit():
        return float(sent)
    try:
        until = parsedate_to_datetime(sent)
        return max((until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds(), 0.0)
    except (ValueError, OverflowError):
        return None
