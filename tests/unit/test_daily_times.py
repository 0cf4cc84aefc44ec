"""When a daily job is due next and was due last, and the grid of what is due every so often, around midnight too."""

from datetime import datetime, time, timedelta, timezone

import pytest

from raceday_daemon.cadence.daily import last_daily, next_daily, next_every

FIVE = time(17, 0)
QUARTER = timedelta(minutes=15)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+00:00")


@pytest.mark.parametrize(
    ("at", "now", "before", "after"),
    [
        (FIVE, "2025-07-16T16:59:59.999999", "2025-07-15T17:00", "2025-07-16T17:00"),
        (FIVE, "2025-07-16T17:00", "2025-07-16T17:00", "2025-07-17T17:00"),
        (FIVE, "2025-07-16T17:00:00.000001", "2025-07-16T17:00", "2025-07-17T17:00"),
        (FIVE, "2025-07-16T23:59:59.999999", "2025-07-16T17:00", "2025-07-17T17:00"),
        (FIVE, "2025-07-17T00:00", "2025-07-16T17:00", "2025-07-17T17:00"),
        (time(0, 0), "2025-07-16T23:59:59.999999", "2025-07-16T00:00", "2025-07-17T00:00"),
        (time(0, 0), "2025-07-17T00:00", "2025-07-17T00:00", "2025-07-18T00:00"),
        (time(23, 59), "2025-12-31T23:59:30", "2025-12-31T23:59", "2026-01-01T23:59"),
        (time(0, 1), "2026-01-01T00:00:30", "2025-12-31T00:01", "2026-01-01T00:01"),
        (time(12, 30), "2028-02-28T13:00", "2028-02-28T12:30", "2028-02-29T12:30"),
    ],
)
def test_a_daily_time_is_strictly_later_next_and_was_last_up_to_now(
    at: time, now: str, before: str, after: str
) -> None:
    assert (last_daily(at, utc(now)), next_daily(at, utc(now))) == (utc(before), utc(after))


def test_the_day_of_utc_counts_wherever_the_instant_was_read() -> None:
    auckland = datetime(2025, 7, 17, 4, 59, tzinfo=timezone(timedelta(hours=12)))
    assert next_daily(FIVE, auckland) == utc("2025-07-16T17:00")
    assert next_daily(FIVE, auckland + timedelta(minutes=1)) == utc("2025-07-17T17:00")
    assert next_every(timedelta(hours=24), auckland) == utc("2025-07-17T00:00")


@pytest.mark.parametrize("change", ["2025-09-28", "2026-04-05"])
def test_a_daily_time_stays_in_utc_when_the_clocks_of_auckland_change(change: str) -> None:
    before = utc(f"{change}T17:00") - timedelta(days=2)
    assert [next_daily(FIVE, before + timedelta(days=days)) for days in range(3)] == [
        before + timedelta(days=days + 1) for days in range(3)
    ]


@pytest.mark.parametrize(
    ("every", "now", "after"),
    [
        (QUARTER, "2025-07-16T00:00", "2025-07-16T00:15"),
        (QUARTER, "2025-07-16T17:14:59.999999", "2025-07-16T17:15"),
        (QUARTER, "2025-07-16T17:15", "2025-07-16T17:30"),
        (QUARTER, "2025-07-16T23:45", "2025-07-17T00:00"),
        (QUARTER, "2025-07-16T23:59:59.999999", "2025-07-17T00:00"),
        (timedelta(minutes=1), "2025-12-31T23:59:30", "2026-01-01T00:00"),
        (timedelta(hours=24), "2025-07-16T00:00", "2025-07-17T00:00"),
        (timedelta(hours=24), "2025-07-15T23:59", "2025-07-16T00:00"),
    ],
)
def test_what_is_due_every_so_often_lies_on_a_grid_from_midnight_on(every: timedelta, now: str, after: str) -> None:
    assert next_every(every, utc(now)) == utc(after)
