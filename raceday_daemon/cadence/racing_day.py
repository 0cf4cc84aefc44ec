"""The racing day is the date in Auckland, and a daily job of it ends at one in the morning there."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

AUCKLAND = ZoneInfo("Pacific/Auckland")
_JOBS_END = time(1, 0)


def racing_day(now: datetime) -> date:
    """Give the racing day that the aware instant `now` falls on."""
    return now.astimezone(AUCKLAND).date()


def racing_day_start(day: date) -> datetime:
    """Give the instant (UTC) at which a racing day begins: midnight in Auckland, which exists once on every day."""
    return datetime.combine(day, time(), AUCKLAND).astimezone(UTC)


def job_deadline(started_at: datetime) -> datetime:
    """Give the instant (UTC) at which a daily job that began at `started_at` must end.

    It is the first 01:00 in Auckland strictly after the start. Clocks there change at 02:00 and 03:00, so that hour
    exists exactly once on every day.
    """
    day = racing_day(started_at)
    first = _one_in_the_morning(day)
    return first if first > started_at else _one_in_the_morning(day + timedelta(days=1))


def _one_in_the_morning(day: date) -> datetime:
    return datetime.combine(day, _JOBS_END, AUCKLAND).astimezone(UTC)
