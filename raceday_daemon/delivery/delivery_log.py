"""What is logged of the way to people: a failure once, its end once, what was left behind as a number."""

from datetime import datetime

from loguru import logger

from raceday_daemon.model.errors import DeliveryError, RacedayError


class Failure:
    """Failures in a row of one channel: how many, since when, and the newest one's words (None: it works)."""

    def __init__(self, channel: str) -> None:
        """Begin without any."""
        self._channel = channel
        self._expired = 0
        self.times = 0
        self.kind: str | None = None
        self.since: datetime | None = None
        self.words: str | None = None

    def happened(self, error: RacedayError, now: datetime) -> None:
        """Count a failure: the first of a row is a warning, one of another kind too, the others are for close looks."""
        words = f"{error.kind}: {error}"
        level = "DEBUG" if words == self.words else "WARNING" if error.retryable else "ERROR"
        is_set_aside = isinstance(error, DeliveryError) and not error.retryable
        self.times += 1
        self.since = self.since or now
        self.words, self.kind = words, error.kind
        logger.log(
            level,
            "{channel}: {error}; {then}",
            action="delivery_failed",
            channel=self._channel,
            kind=error.kind,
            error=str(error),
            failures=self.times,
            then="the notification is set aside" if is_set_aside else "notifications wait",
        )

    def expired(self, count: int) -> None:
        """Tell how many are not sent any more; while nothing gets through, the first time alone."""
        if not count:
            return
        logger.log(
            "DEBUG" if self._expired else "WARNING",
            "{channel}: {count} notifications came too late to be sent",
            action="delivery_expired",
            channel=self._channel,
            count=count,
        )
        self._expired += count

    def over(self, now: datetime) -> None:
        """Tell that it works again, if it did not."""
        if self.since is not None:
            logger.info(
                "{channel}: it works again after {failures} failures, {seconds} s; {expired} came too late meanwhile",
                action="delivery_recovered",
                channel=self._channel,
                failures=self.times,
                seconds=round((now - self.since).total_seconds()),
                expired=self._expired,
            )
        self.times, self.kind, self.since, self.words, self._expired = 0, None, None, None, 0


def left_in_doubt(channel: str, count: int) -> None:
    """Tell of what an earlier sender was cut off at."""
    logger.warning(
        "{channel}: of {count} notifications nobody knows whether they arrived; they are not sent again",
        action="delivery_uncertain",
        channel=channel,
        count=count,
    )


def broken(channel: str, error: Exception) -> None:
    """Tell of a bug."""
    logger.opt(exception=error).error(
        "{channel}: a bug keeps notifications from being sent", action="delivery_broken", channel=channel
    )
