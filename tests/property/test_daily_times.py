"""What always holds for the times of the daily jobs and for the grid."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.cadence.daily import last_daily, next_daily, next_every

DAY = timedelta(days=1)
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.timezones())
TIMES = st.times()
DIVISORS = st.sampled_from([minutes for minutes in range(1, 24 * 60 + 1) if 24 * 60 % minutes == 0])


@given(TIMES, INSTANTS)
def test_the_next_time_is_strictly_later_and_within_a_day(at: time, now: datetime) -> None:
    due = next_daily(at, now)
    assert timedelta(0) < due - now <= DAY
    assert (due.tzinfo, due.time()) == (UTC, at)


@given(TIMES, INSTANTS)
def test_the_last_time_is_not_later_and_a_day_before_the_next(at: time, now: datetime) -> None:
    was_due = last_daily(at, now)
    assert timedelta(0) <= now - was_due < DAY
    assert next_daily(at, was_due) == next_daily(at, now) == was_due + DAY


@given(DIVISORS, INSTANTS)
def test_the_next_of_a_grid_is_strictly_later_on_the_grid_and_within_a_period(minutes: int, now: datetime) -> None:
    every = timedelta(minutes=minutes)
    due = next_every(every, now)
    assert timedelta(0) < due - now <= every
    assert (due - datetime(2024, 1, 1, tzinfo=UTC)) % every == timedelta(0)


@given(st.integers(1, 24 * 60), INSTANTS)
def test_the_grid_of_a_period_that_does_not_divide_the_day_begins_at_the_last_midnight(
    minutes: int, now: datetime
) -> None:
    every = timedelta(minutes=minutes)
    due = next_every(every, now)
    midnight = datetime.combine(now.astimezone(UTC), time(), UTC)
    assert timedelta(0) < due - now <= every
    assert (due - midnight) % every == timedelta(0)
