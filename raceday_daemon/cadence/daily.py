"""When the daily jobs are due: times of day in UTC."""

from datetime import UTC, datetime, time, timedelta

_DAY = timedelta(days=1)


def next_daily(at: time, after: datetime) -> datetime:
    """Give the first instant after `after` at which the time of day in UTC is `at`."""
    today = datetime.combine(after.astimezone(UTC), at, UTC)
    return today if today > after else today + _DAY


def last_daily(at: time, now: datetime) -> datetime:
    """Give the last instant up to `now` at which the time of day in UTC was `at`."""
    return next_daily(at, now) - _DAY


def next_every(every: timedelta, after: datetime) -> datetime:
    """Give the first instant after `after` that lies on the grid of `every` from midnight UTC on."""
    midnight = datetime.combine(after.astimezone(UTC), time(), UTC)
    return midnight + every * ((after - midnight) // every + 1)
