"""After a look that failed: tried again with a backoff, which the table's own slots go before."""

from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from raceday_daemon.cadence.profile import INTENSE, STANDARD, Extras, Profile, Step
from raceday_daemon.cadence.slots import RaceTimes, next_slot
from raceday_daemon.cadence.turn import RETRY, Look, Standing, Turn, next_turn, retry_after, take_turn
from tests.builders import START, later

OPEN_RACE = RaceTimes(start_time=START, status="Open")
FINAL_RACE = RaceTimes(start_time=START, status="Final", finalized_at=later(600, START))
SLOW = Profile(
    name="slow",
    before=(Step(from_seconds=3600, every_seconds=300), Step(from_seconds=600, every_seconds=60)),
    extras=Extras(late_every_seconds=60),
)
"""A table of one's own whose least step is longer than the first backoff."""


def at(seconds: float) -> datetime:
    """Give the instant so many seconds from the start; before it they are negative."""
    return later(seconds, START)


def failed(planned: float, seconds: float = 1, failures: int = 1, **changes: Any) -> Standing:
    """Give the standing after a look, planned for then, that failed so many seconds later."""
    ended_at = at(planned + seconds)
    return Standing(
        **{
            "accounted_until": ended_at,
            "process_since": at(-3 * 3600),
            "watched_since": at(-3 * 3600),
            "planned_at": at(planned),
            "ended_at": ended_at,
            "failures": failures,
            "retry_at": retry_after(ended_at, failures),
            **changes,
        }
    )


def seconds_until_next(stands: Standing, race: RaceTimes = OPEN_RACE, profile: Profile = STANDARD) -> float | None:
    """Give the next turn in seconds from the start."""
    following = next_turn(profile, race, stands)
    return None if following is None else (following - START).total_seconds()


def turn(now: float, stands: Standing, race: RaceTimes = OPEN_RACE, profile: Profile = STANDARD) -> Turn:
    return take_turn(profile, race, stands, at(now), lagging=False)


def stands_at(now: float, stands: Standing) -> Standing:
    """Give the standing once a turn was taken."""
    return replace(stands, accounted_until=max(stands.accounted_until, at(now)))


def test_the_backoff_is_30_seconds_and_doubles_up_to_5_minutes() -> None:
    waits = [(retry_after(START, failures) - START).total_seconds() for failures in range(1, 9)]
    assert waits == [30, 60, 120, 240, 300, 300, 300, 300]
    assert retry_after(START, 1_000_000) == at(300)


class TestTheNextTurn:
    def test_without_a_failure_is_the_next_slot(self) -> None:
        assert seconds_until_next(failed(-3600, failures=0, retry_at=None)) == -3300

    @pytest.mark.parametrize(("failures", "due"), [(1, -3569), (2, -3539), (3, -3479), (4, -3359)])
    def test_is_the_retry_where_that_comes_first(self, failures: int, due: float) -> None:
        assert seconds_until_next(failed(-3600, failures=failures)) == due

    @pytest.mark.parametrize("failures", [5, 6, 100])
    def test_never_goes_past_the_next_slot(self, failures: int) -> None:
        assert seconds_until_next(failed(-3600, failures=failures)) == -3300

    @pytest.mark.parametrize(("seconds", "due"), [(255, -3315), (255.001, -3300), (269, -3300)])
    def test_is_the_next_slot_where_the_retry_would_come_within_the_least_step_of_it(
        self, seconds: float, due: float
    ) -> None:
        assert seconds_until_next(failed(-3600, seconds)) == due

    @pytest.mark.parametrize("profile", [STANDARD, INTENSE])
    @pytest.mark.parametrize("slot", [-300, -285, -15, 0, 15, 1785])
    @pytest.mark.parametrize("failures", [1, 2, 10])
    def test_inside_the_15_second_steps_is_the_next_slot(self, profile: Profile, slot: float, failures: int) -> None:
        assert seconds_until_next(failed(slot, 12, failures), profile=profile) == slot + 15

    def test_after_the_last_slot_is_the_retry(self) -> None:
        assert seconds_until_next(failed(2400), FINAL_RACE) == 2431

    @pytest.mark.parametrize("race", [OPEN_RACE, FINAL_RACE])
    def test_is_none_six_hours_after_the_start(self, race: RaceTimes) -> None:
        assert seconds_until_next(failed(6 * 3600), race) is None

    def test_is_no_retry_later_than_six_hours_after_the_start(self) -> None:
        assert seconds_until_next(failed(6 * 3600 - 20), FINAL_RACE) is None


class TestARetry:
    def test_is_a_look_that_no_slot_asked_for(self) -> None:
        assert turn(-3569, failed(-3600)) == Turn((), Look(None, RETRY, 12.0))

    def test_is_not_taken_before_its_time(self) -> None:
        assert turn(-3569.001, failed(-3600)) == Turn((), None)

    def test_is_left_to_a_slot_that_is_due(self) -> None:
        look = turn(-3300, failed(-3600, 250)).look
        assert look is not None
        assert look.due_at == at(-3300)

    def test_that_comes_late_is_left_to_a_slot_within_the_least_step(self) -> None:
        assert turn(-3314, failed(-3600)).look is None
        assert turn(-3315, failed(-3600)).look == Look(None, RETRY, 12.0)

    def test_keeps_the_least_step_from_the_look_that_failed(self) -> None:
        assert turn(-3569, failed(-3600), profile=SLOW).look is None
        assert turn(-3540, failed(-3600), profile=SLOW).look == Look(None, RETRY, 15.0)

    def test_is_told_apart_from_catching_up_when_slots_were_missed_as_well(self) -> None:
        taken = turn(-3200, failed(-3600))
        assert ([one.slot.due_at for one in taken.missed], taken.look) == ([at(-3300)], Look(None, RETRY, 12.0))

    def test_is_not_taken_later_than_six_hours_after_the_start(self) -> None:
        assert turn(6 * 3600, failed(6 * 3600 - 60), FINAL_RACE).look == Look(None, RETRY, 12.0)
        assert turn(6 * 3600 + 1, failed(6 * 3600 - 60), FINAL_RACE).look is None


def test_an_hour_of_failures_far_from_the_start_never_skips_a_slot_and_keeps_every_distance() -> None:
    now, failures, looks = -3600.0, 0, list[float]()
    while now < 0:
        looks.append(now)
        failures += 1
        following = seconds_until_next(failed(now, 12, failures))
        assert following is not None
        slot = next_slot(STANDARD, OPEN_RACE, at(now))
        assert slot is not None
        assert following <= (slot.due_at - START).total_seconds()
        now = following
    assert min(later - sooner for sooner, later in pairwise(looks)) == 15
    assert looks[:5] == [-3600, -3558, -3486, -3354, -3300]


class TestARetryWhoseTurnWasTakenWithoutALook:
    """Once a turn was taken the next one lies in the future, or the race would take turns without a pause."""

    def test_is_given_over_to_the_slot_that_is_about_to_come(self) -> None:
        # The retry's turn was to be at 15 seconds before the slot, and comes a millisecond late.
        stands = failed(-3600, 255)
        assert turn(-3314.999, stands).look is None
        assert seconds_until_next(stands_at(-3314.999, stands)) == -3300

    def test_waits_for_the_least_step_of_a_slow_table(self) -> None:
        stands = failed(-3600)
        assert turn(-3569, stands, profile=SLOW).look is None
        assert seconds_until_next(stands_at(-3569, stands), profile=SLOW) == -3540

    @pytest.mark.parametrize("race", [OPEN_RACE, FINAL_RACE])
    def test_is_given_up_when_it_comes_after_six_hours(self, race: RaceTimes) -> None:
        # The retry is due 15 s before the last slot (or the end), and the process has stood still for a minute.
        stands = failed(6 * 3600 - 46)
        assert turn(6 * 3600 + 45, stands, race).look is None
        assert seconds_until_next(stands_at(6 * 3600 + 45, stands), race) is None
