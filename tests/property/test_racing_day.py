"""What always holds for the racing day and the end of its jobs."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from raceday_daemon.cadence.racing_day import AUCKLAND, job_deadline, racing_day

INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))
DAY = timedelta(days=1)


@given(INSTANTS)
def test_a_job_ends_after_its_start_and_within_the_longest_day(started_at: datetime) -> None:
    assert timedelta(0) < job_deadline(started_at) - started_at <= timedelta(hours=25)


@given(INSTANTS)
def test_a_job_ends_when_an_auckland_clock_shows_one(started_at: datetime) -> None:
    assert job_deadline(started_at).astimezone(AUCKLAND).time() == time(1)


@given(INSTANTS)
@settings(deadline=None, max_examples=50)
def test_no_other_one_in_the_morning_lies_between_a_start_and_its_end(started_at: datetime) -> None:
    first = started_at.replace(second=0, microsecond=0) + timedelta(minutes=1)
    minutes = int((job_deadline(started_at) - first).total_seconds()) // 60
    shown = {(first + timedelta(minutes=passed)).astimezone(AUCKLAND).time() for passed in range(minutes)}
    assert time(1) not in shown


@given(INSTANTS)
def test_a_job_that_starts_at_the_end_of_another_has_a_day_of_its_own(started_at: datetime) -> None:
    end = job_deadline(started_at)
    assert timedelta(hours=23) <= job_deadline(end) - end <= timedelta(hours=25)


@given(INSTANTS, st.timedeltas(timedelta(0), DAY))
def test_neither_the_day_nor_the_end_ever_goes_back(earlier: datetime, passed: timedelta) -> None:
    later = earlier + passed
    assert racing_day(earlier) <= racing_day(later) <= racing_day(earlier) + 2 * DAY
    assert job_deadline(earlier) <= job_deadline(later)


@given(INSTANTS)
def test_a_job_ends_on_its_own_racing_day_or_early_on_the_next(started_at: datetime) -> None:
    assert racing_day(job_deadline(started_at)) - racing_day(started_at) in (timedelta(0), DAY)
