"""What is logged of the way to Appwrite: a failure once, its end once, each row that is refused for good."""

from datetime import datetime

from loguru import logger

from raceday_daemon.model.errors import RacedayError
from raceday_daemon.store.outbox import Entry, Lane


class Failure:
    """Failures in a row of one lane: how many, since when, and the newest one's words (None: it works)."""

    def __init__(self, lane: Lane) -> None:
        """Begin without any."""
        self._lane = lane
        self.times = 0
        self.since: datetime | None = None
        self.words: str | None = None

    def happened(self, error: RacedayError, now: datetime) -> None:
        """Count a failure: the first of a row is a warning, one of another kind too, the others are for close looks."""
        words = f"{error.kind}: {error}"
        level = "DEBUG" if words == self.words else "WARNING" if error.retryable else "ERROR"
        self.times += 1
        self.since = self.since or now
        self.words = words
        logger.log(
            level,
            "Appwrite: {error}; rows wait here until it works",
            action="forward_failed",
            lane=self._lane.value,
            kind=error.kind,
            error=str(error),
            failures=self.times,
        )

    def over(self, now: datetime) -> None:
        """Tell that it works again, if it did not."""
        if self.since is not None:
            logger.info(
                "Appwrite: it works again after {failures} failures, {seconds} s",
                action="forward_recovered",
                lane=self._lane.value,
                failures=self.times,
                seconds=round((now - self.since).total_seconds()),
            )
        self.times, self.since, self.words = 0, None, None


def refused(entry: Entry, reason: str) -> None:
    """Tell of a row that is set aside."""
    logger.error(
        "Appwrite refuses row {row_id} of {table} for good: {reason}; see `raceday-daemon outbox list`",
        action="row_refused",
        table=entry.table.name,
        row_id=entry.row_id,
        reason=reason,
    )
