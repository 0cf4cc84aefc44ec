"""How fresh races are, and the figures that follow: pure, by slots and instants."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from raceday_daemon.cadence.freshness import Watched, lost_slots, step_of
from raceday_daemon.cadence.profile import INTENSE, STANDARD, Profile
from raceday_daemon.cadence.slots import RaceTimes, next_slot, reasons_of
from raceday_daemon.metrics.answers import Answers
from raceday_daemon.metrics.race_figures import figures
from raceday_daemon.model.race import ABANDONED, CLOSED, FINAL, INTERIM, OPEN
from tests.builders import START

STATUSES = (OPEN, CLOSED, INTERIM, FINAL, ABANDONED)


def before(minutes: float, seconds: float = 0) -> datetime:
    return START - timedelta(minutes=minutes) + timedelta(seconds=seconds)


def times(status: str = OPEN, start: datetime = START) -> RaceTimes:
    return RaceTimes(start_time=start, status=status)


def watched(seen_at: datetime | None, status: str = OPEN, start: datetime = START) -> Watched:
    return Watched(times(status, start), before(600), seen_at)


@pytest.mark.parametrize(
    ("seen_at", "now", "lost"),
    [
        (before(5, 2), before(5, 10), 0),
        # The slot at T-4:45 may be looked at for 12 s, and begin 3 s late.
        (before(5, 2), before(4.75, 14), 0),
        (before(5, 2), before(4.75, 15), 1),
        (before(5, 2), before(4.5, 15), 2),
        # Across an edge of the table each slot has its own time.
        (before(11), before(10, 18), 1),
        (before(11), before(9, 18), 2),
    ],
)
def test_a_slot_is_lost_once_its_look_must_be_over(seen_at: datetime, now: datetime, lost: int) -> None:
    assert lost_slots(STANDARD, times(), seen_at, now) == lost


@pytest.mark.parametrize(
    ("now", "status", "step"),
    [
        (before(90), OPEN, None),
        (before(60), OPEN, "every 5m"),
        (before(20, -1), OPEN, "every 5m"),
        (before(20), OPEN, "every 2m"),
        (before(3), OPEN, "every 15s"),
        (before(-1), OPEN, "late, every 15s"),
        (before(-1), CLOSED, "closed, every 1m"),
        (before(-10), INTERIM, "until final, every 5m"),
    ],
)
def test_a_race_is_in_the_step_of_its_last_slot(now: datetime, status: str, step: str | None) -> None:
    assert step_of(STANDARD, times(status), now) == step


@given(
    profile=st.sampled_from((STANDARD, INTENSE, STANDARD.without_extras())),
    status=st.sampled_from(STATUSES),
    seconds=st.integers(-8_000, 22_000),
    ended=st.integers(-600, 7200),
)
def test_every_reason_of_every_slot_is_one_of_those_that_are_known_beforehand(
    profile: Profile, status: str, seconds: int, ended: int
) -> None:
    ended_at = START + timedelta(seconds=ended)
    race = RaceTimes(start_time=START, status=status, finalized_at=ended_at, abandoned_at=ended_at)
    slot = next_slot(profile, race, START + timedelta(seconds=seconds))
    assert slot is None or slot.reason in reasons_of(profile)


def told(*races: Watched, now: datetime) -> dict[str, dict[str, float]]:
    return {
        metric.name.removeprefix("raceday_"): {
            next(iter(sample.labels.values()), ""): sample.value for sample in metric.samples
        }
        for metric in figures(STANDARD, races, now)
    }


def test_races_are_told_a_step_at_a_time_with_the_oldest_and_the_stale_ones() -> None:
    now = before(3, 5)
    found = told(
        watched(before(3, 1)),
        watched(before(5)),
        watched(before(40, 1), start=before(-40)),
        watched(None, start=before(-400)),
        watched(before(3), status=FINAL),
        now=now,
    )
    assert found == {
        "races": {"every 15s": 2, "every 5m": 1},
        "look_age_max_seconds": {"every 15s": 125, "every 5m": 2224},
        "races_stale": {"every 15s": 1, "every 5m": 1},
        "races_stale_before_start": {"": 1},
        "next_start_seconds": {"": 175},
    }


def test_without_races_nothing_is_stale_and_no_start_is_next() -> None:
    assert told(now=START) == {
        "races": {},
        "look_age_max_seconds": {},
        "races_stale": {},
        "races_stale_before_start": {"": 0},
        "next_start_seconds": {},
    }


def test_the_clock_of_the_source_is_told_by_its_freshest_answers() -> None:
    answers = Answers()
    assert answers.clock_ahead_seconds is None
    for behind in (9, 0.3, 4):
        answers.compared(START, START + timedelta(seconds=behind))
    assert answers.clock_ahead_seconds == -0.3
    for _ in range(20):
        answers.compared(START, START - timedelta(seconds=5))
    assert answers.clock_ahead_seconds == 5


@given(st.lists(st.floats(-30, 300), max_size=5), st.floats(0, 600))
def test_an_answer_to_any_race_is_an_answer_of_the_source(ages: list[float], now: float) -> None:
    at = before(10) + timedelta(seconds=now)
    races = [watched(at - timedelta(seconds=max(age, 0))) for age in ages]
    answers = Answers()
    if answers.fault(STANDARD, races, at):
        answers.looked(at)
    assert answers.fault(STANDARD, races, at) is None
