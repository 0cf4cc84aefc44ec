"""When to send and when to try again: pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from raceday_daemon.appwrite.parcel import LEAST_ROWS, MOST_ROWS
from raceday_daemon.model.appwrite_errors import AppwriteAwayError, AppwriteConflictError, AppwriteRefusedError
from raceday_daemon.model.errors import RacedayError
from raceday_daemon.ops.backoff import backoff_seconds
from raceday_daemon.store.outbox import Entry

COMPANY_ROWS: Final = 500
"""So many rows go at once, however patient they are."""
LONGEST_PATIENCE: Final = timedelta(seconds=5)

_LONGEST_PAUSE_SECONDS: Final = 30.0


def seconds_to_wait(entries: Sequence[Entry], now: datetime) -> float:
    """Give how long rows may wait for company: those of polls not at all, those of daily jobs five seconds."""
    if len(entries) >= COMPANY_ROWS or not all(entry.is_patient for entry in entries):
        return 0.0
    waited = now - min((entry.queued_at for entry in entries), default=now)
    # Rows from the future were queued before the clock was set back.
    return (LONGEST_PATIENCE - waited).total_seconds() if timedelta() <= waited < LONGEST_PATIENCE else 0.0


def rows_after_failure(most_rows: int) -> int:
    """Give how many rows to try next: a server that does not get done with many may with fewer."""
    return max(most_rows // 2, LEAST_ROWS)


def rows_after_success(most_rows: int) -> int:
    """Give how many rows to try next: a little more each time, so that what was too many is not tried at once."""
    return min(most_rows + most_rows // 8, MOST_ROWS)


def pause_after(error: RacedayError, failures: int) -> float:
    """Give the seconds until the next try after so many failures in a row.

    What only a person can mend is tried at the longest pause; a server's own wish counts within reason.
    """
    if isinstance(error, AppwriteRefusedError) and not isinstance(error, AppwriteConflictError):
        return _LONGEST_PAUSE_SECONDS
    wish_seconds = error.retry_after_seconds if isinstance(error, AppwriteAwayError) else None
    return backoff_seconds(failures, _LONGEST_PAUSE_SECONDS, wish_seconds)
