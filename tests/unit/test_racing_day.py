"""Which day it is in Auckland, and when a job of that day must end; the oracle is fixed offsets, not a time zone."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from raceday_daemon.cadence.racing_day import job_deadline, racing_day, racing_day_start

SPRING = datetime(2025, 9, 27, 14, tzinfo=UTC)
"""Clocks go from 02:00 NZST to 03:00 NZDT on Sunday 2025-09-28."""
AUTUMN = datetime(2026, 4, 4, 14, tzinfo=UTC)
"""Clocks go from 03:00 NZDT to 02:00 NZST on Sunday 2026-04-05."""

CHANGES = pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["2025-09-28", "2026-04-05"])


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(now: datetime) -> datetime:
    """Give what a clock on an Auckland wall shows, between April 2025 and September 2026."""
    ahead = 13 if SPRING <= now < AUTUMN else 12
    return (now + timedelta(hours=ahead)).replace(tzinfo=None)


def deadline(started_at: datetime) -> datetime:
    """Look minute by minute for the next time that the clock shows 01:00."""
    at = started_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    while (clock(at).hour, clock(at).minute) != (1, 0):
        at += timedelta(minutes=1)
    return at


def around(change: datetime) -> list[datetime]:
    """Give each hour of the day of a change and of its neighbours, and the moments next to each."""
    edges = [timedelta(0), timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=30), timedelta(minutes=59)]
    edges += [timedelta(minutes=59, seconds=59), timedelta(minutes=59, seconds=59, microseconds=999_999)]
    return [change + timedelta(hours=hours) + edge for hours in range(-40, 41) for edge in edges]


@CHANGES
def test_the_racing_day_is_right_at_every_hour_around_a_change_of_clocks(change: datetime) -> None:
    assert {now: racing_day(now) for now in around(change)} == {now: clock(now).date() for now in around(change)}


@CHANGES
def test_a_job_ends_at_the_next_one_in_the_morning_around_a_change_of_clocks(change: datetime) -> None:
    assert {now: job_deadline(now) for now in around(change)} == {now: deadline(now) for now in around(change)}


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2025-07-16T11:59:59.999999", date(2025, 7, 16)),
        ("2025-07-16T12:00:00", date(2025, 7, 17)),
        ("2025-07-16T12:59:59", date(2025, 7, 17)),
        ("2025-07-17T00:00:00", date(2025, 7, 17)),
        ("2025-09-27T11:59:59", date(2025, 9, 27)),
        ("2025-09-27T12:00:00", date(2025, 9, 28)),
        ("2025-09-28T10:59:59", date(2025, 9, 28)),
        ("2025-09-28T11:00:00", date(2025, 9, 29)),
        ("2026-01-12T10:59:59", date(2026, 1, 12)),
        ("2026-01-12T11:00:00", date(2026, 1, 13)),
        ("2026-04-04T10:59:59", date(2026, 4, 4)),
        ("2026-04-04T11:00:00", date(2026, 4, 5)),
        ("2026-04-05T11:00:00", date(2026, 4, 5)),
        ("2026-04-05T12:00:00", date(2026, 4, 6)),
    ],
)
def test_the_day_turns_at_midnight_in_auckland(now: str, day: date) -> None:
    assert racing_day(utc(now)) == day


@pytest.mark.parametrize(
    ("now", "day"),
    [
        ("2025-07-16T17:00:00", date(2025, 7, 17)),
        ("2026-01-12T17:00:00", date(2026, 1, 13)),
        ("2025-09-27T17:00:00", date(2025, 9, 28)),
        ("2025-09-28T17:00:00", date(2025, 9, 29)),
        ("2026-04-04T17:00:00", date(2026, 4, 5)),
        ("2026-04-05T17:00:00", date(2026, 4, 6)),
        ("2025-12-31T17:00:00", date(2026, 1, 1)),
        ("2028-02-28T17:00:00", date(2028, 2, 29)),
    ],
    ids=["winter", "summer", "spring forward", "the day after", "back in autumn", "the day after that", "NY", "leap"],
)
def test_the_daily_jobs_at_17_utc_work_for_the_date_of_that_same_morning(now: str, day: date) -> None:
    assert racing_day(utc(now)) == day


@pytest.mark.parametrize("day", range(1, 32))
def test_no_day_of_a_month_is_taken_for_a_month(day: int) -> None:
    assert racing_day(datetime(2025, 12, day, 2, tzinfo=UTC)) == date(2025, 12, day)


@pytest.mark.parametrize(
    ("started_at", "ends"),
    [
        ("2025-07-16T17:00:00", "2025-07-17T13:00:00"),
        ("2025-07-16T12:30:00", "2025-07-16T13:00:00"),
        ("2025-07-16T13:00:00", "2025-07-17T13:00:00"),
        ("2025-07-16T12:59:59.999999", "2025-07-16T13:00:00"),
        ("2025-09-27T12:30:00", "2025-09-27T13:00:00"),
        ("2025-09-27T13:00:00", "2025-09-28T12:00:00"),
        ("2026-04-04T11:30:00", "2026-04-04T12:00:00"),
        ("2026-04-04T12:00:00", "2026-04-05T13:00:00"),
    ],
    ids=[
        *("started in the morning", "started after midnight", "started at one", "started just before one"),
        *("before a short day", "the short day: 23 h", "before a long day", "the long day: 25 h"),
    ],
)
def test_a_job_ends_at_the_first_one_in_the_morning_after_its_start(started_at: str, ends: str) -> None:
    assert job_deadline(utc(started_at)) == utc(ends)


def test_the_end_is_an_instant_in_utc() -> None:
    assert job_deadline(utc("2025-07-16T17:00:00")).tzinfo is UTC


def test_the_same_instant_in_another_zone_is_on_the_same_day() -> None:
    from_perth = datetime.fromisoformat("2025-07-17T01:00:00+08:00")
    assert racing_day(from_perth) == racing_day(utc("2025-07-16T17:00:00")) == date(2025, 7, 17)
    assert job_deadline(from_perth) == job_deadline(utc("2025-07-16T17:00:00"))


@CHANGES
def test_a_racing_day_begins_at_the_first_moment_of_its_date(change: datetime) -> None:
    for now in around(change):
        begins = racing_day_start(racing_day(now))
        assert clock(begins) == datetime.combine(racing_day(now), time())
        assert begins <= now < begins + timedelta(hours=25)
