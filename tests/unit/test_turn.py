"""A race's turn: the slot that is due is polled, one that was missed is accounted for with its reason."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from raceday_daemon.cadence.profile import INTENSE, STANDARD, Extras, Profile, Step
from raceday_daemon.cadence.slots import RaceTimes
from raceday_daemon.cadence.turn import (
    BUSY,
    CATCHING_UP,
    DOWN,
    LONGEST_LOOK_SECONDS,
    OVERLOAD,
    PUNCTUAL,
    REPLANNED,
    STALLED,
    UNWATCHED,
    Look,
    Standing,
    Turn,
    after_turn,
    longest_look_seconds,
    next_turn,
    take_turn,
)
from tests.builders import START, later

OPEN_RACE = RaceTimes(start_time=START, status="Open")
MINUTE = 60


def at(seconds: float) -> datetime:
    """Give the instant so many seconds from the start; before it they are negative."""
    return later(seconds, START)


def standing(accounted_until: float, **changes: Any) -> Standing:
    """Give the standing of a race that has been watched for three hours, without a look so far."""
    return Standing(
        **{
            "accounted_until": at(accounted_until),
            "process_since": at(-3 * 3600),
            "watched_since": at(-3 * 3600),
            **changes,
        }
    )


def turn(now: float, stands: Standing, *, lagging: bool = False, profile: Profile = STANDARD) -> Turn:
    return take_turn(profile, OPEN_RACE, stands, at(now), lagging=lagging)


def missed(turn: Turn) -> list[tuple[float, str]]:
    """Give each missed slot in seconds from the start, and why it was missed."""
    return [((one.slot.due_at - START).total_seconds(), one.why) for one in turn.missed]


class TestASlot:
    @pytest.mark.parametrize("late", [0, 0.001, 0.25, PUNCTUAL.total_seconds()])
    def test_is_polled_at_its_time_and_up_to_three_seconds_late(self, late: float) -> None:
        assert turn(-300 + late, standing(-360)) == Turn((), Look(at(-300), "every 15s", 12.0))

    def test_that_is_more_than_three_seconds_late_was_missed(self) -> None:
        taken = turn(-300 + 3.001, standing(-360))
        assert missed(taken) == [(-300, STALLED)]
        assert taken.look is None

    @pytest.mark.parametrize("now", [-3601, -299.999, -290, -285.001])
    def test_that_is_not_due_yet_is_left_to_its_time(self, now: float) -> None:
        assert turn(now, standing(-300)) == Turn((), None)

    def test_that_was_accounted_for_is_not_polled_again(self) -> None:
        assert turn(-300, standing(-300)) == Turn((), None)

    def test_is_polled_alone_however_many_have_passed(self) -> None:
        taken = turn(-240, standing(-300))
        assert missed(taken) == [(-285, STALLED), (-270, STALLED), (-255, STALLED)]
        assert taken.look is not None
        assert taken.look.due_at == at(-240)

    def test_carries_the_reason_that_people_read(self) -> None:
        looks = [turn(now, standing(now - 1)).look for now in (-3600, -1200, -600, -300, 0, 15)]
        assert [look and look.reason for look in looks] == [
            "every 5m",
            "every 2m",
            "every 1m",
            "every 15s",
            "every 15s",
            "late, every 15s",
        ]


class TestALook:
    @pytest.mark.parametrize(
        ("step", "longest"), [(15, 12.0), (10, 8.0), (18, 14.4), (20, 15.0), (60, 15.0), (300, 15.0)]
    )
    def test_gives_up_well_before_the_next_one_and_after_15_seconds_at_most(self, step: float, longest: float) -> None:
        assert longest_look_seconds(step) == pytest.approx(longest)

    def test_may_take_as_long_as_the_step_of_its_slot_allows(self) -> None:
        far, near = turn(-3600, standing(-3601)).look, turn(0, standing(-1)).look
        assert far is not None
        assert near is not None
        assert (far.longest_seconds, near.longest_seconds) == (LONGEST_LOOK_SECONDS, 12.0)


class TestAMiss:
    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({"process_since": at(-284), "watched_since": at(-284)}, DOWN),
            ({"process_since": at(-284), "watched_since": at(-283)}, DOWN),
            ({"watched_since": at(-284)}, UNWATCHED),
            ({"ended_at": at(-284)}, BUSY),
            ({"ended_at": at(-285)}, BUSY),
            ({"ended_at": at(-286)}, STALLED),
            ({}, STALLED),
        ],
    )
    def test_says_why_it_happened(self, changes: dict[str, Any], why: str) -> None:
        assert missed(turn(-275, standing(-300, **changes))) == [(-285, why)]

    def test_has_a_reason_of_its_own_for_every_slot(self) -> None:
        stands = standing(-300, process_since=at(-284), watched_since=at(-269), ended_at=at(-254))
        assert missed(turn(-236, stands)) == [
            (-285, DOWN),
            (-270, UNWATCHED),
            (-255, BUSY),
            (-240, STALLED),
        ]

    def test_is_accounted_for_before_the_import_only_from_the_import_on(self) -> None:
        race = replace(OPEN_RACE, imported_at=at(-284))
        taken = take_turn(STANDARD, race, standing(-3600), at(-266), lagging=False)
        assert missed(taken) == [(-270, STALLED)]


class TestAReplannedRace:
    @pytest.mark.parametrize(("planned", "why"), [(-314.9, REPLANNED), (-301, REPLANNED), (-299, REPLANNED)])
    def test_leaves_out_a_slot_closer_to_the_last_look_than_the_least_step(self, planned: float, why: str) -> None:
        taken = turn(-300, standing(-310, planned_at=at(planned)))
        assert (missed(taken), taken.look) == ([(-300, why)], None)

    def test_polls_a_slot_that_is_a_least_step_away(self) -> None:
        taken = turn(-300, standing(-310, planned_at=at(-315)))
        assert taken.look is not None
        assert taken.look.due_at == at(-300)


class TestAProcessThatLags:
    @pytest.mark.parametrize("slot", [-3600, -1500])
    def test_skips_the_slots_of_races_beyond_20_minutes_before_their_start(self, slot: float) -> None:
        taken = turn(slot, standing(slot - 1), lagging=True)
        assert (missed(taken), taken.look) == ([(slot, OVERLOAD)], None)

    @pytest.mark.parametrize("slot", [-1200, -300, 0, 15, 1800])
    def test_goes_on_with_the_races_that_are_closer(self, slot: float) -> None:
        taken = turn(slot, standing(slot - 1), lagging=True)
        assert taken.look is not None
        assert taken.look.due_at == at(slot)

    def test_a_slot_that_would_be_left_out_anyway_says_so_instead(self) -> None:
        taken = turn(-3600, standing(-3601, planned_at=at(-3610)), lagging=True)
        assert missed(taken) == [(-3600, REPLANNED)]

    def test_does_not_catch_up_far_races_either(self) -> None:
        taken = turn(-3600 + 3.5, standing(-3601), lagging=True)
        assert (missed(taken), taken.look) == ([(-3600, OVERLOAD)], None)


class TestCatchingUp:
    @pytest.mark.parametrize("now", [-3596, -3500, -3315])
    def test_looks_at_once_where_the_next_slot_is_a_least_step_away(self, now: float) -> None:
        assert turn(now, standing(-3601)).look == Look(None, CATCHING_UP, 12.0)

    @pytest.mark.parametrize("now", [-3314.9, -3301, -296, -10, 5])
    def test_leaves_it_to_a_slot_that_comes_sooner(self, now: float) -> None:
        assert turn(now, standing(now - 16)).look is None

    def test_keeps_the_least_step_from_the_last_look(self) -> None:
        assert turn(-3590, standing(-3601, planned_at=at(-3604.9))).look is None
        assert turn(-3590, standing(-3601, planned_at=at(-3605))).look == Look(None, CATCHING_UP, 12.0)

    def test_is_not_needed_where_a_look_has_ended_since_the_last_slot(self) -> None:
        assert turn(-3500, standing(-3601, ended_at=at(-3600.5))).look == Look(None, CATCHING_UP, 12.0)
        assert turn(-3500, standing(-3601, ended_at=at(-3600))).look is None

    def test_is_not_needed_where_nothing_was_missed(self) -> None:
        assert turn(-3500, standing(-3600)).look is None

    def test_happens_for_a_restart_in_the_middle_of_a_race(self) -> None:
        taken = turn(-3400, standing(-3601, process_since=at(-3400), watched_since=at(-3400)))
        assert (missed(taken), taken.look) == ([(-3600, DOWN)], Look(None, CATCHING_UP, 12.0))

    def test_is_still_owed_where_the_slot_that_was_to_do_it_is_planned_away(self) -> None:
        # A late race: the next slot is seconds away, until its card says that it has been run.
        stands, run = standing(-20), replace(OPEN_RACE, status="Interim")
        stands = after_turn(stands, turn(20, stands), at(20))
        assert take_turn(STANDARD, run, stands, at(21), lagging=False) == Turn((), Look(None, CATCHING_UP, 12.0))
        looked = replace(stands, ended_at=at(21.5))
        assert take_turn(STANDARD, run, looked, at(60), lagging=False) == Turn((), None)

    def test_by_a_table_of_ones_own_keeps_the_least_step_of_that_table(self) -> None:
        slow = Profile(
            name="slow",
            before=(Step(from_seconds=3600, every_seconds=300), Step(from_seconds=600, every_seconds=60)),
            extras=Extras(late_every_seconds=60),
        )
        assert turn(-3361, standing(-3601), profile=slow).look == Look(None, CATCHING_UP, 15.0)
        assert turn(-3359, standing(-3601), profile=slow).look is None


class TestARaceLongPast:
    @pytest.mark.parametrize("status", ["Open", "Closed", "Interim", "Delayed"])
    def test_is_accounted_for_and_looked_at_no_more(self, status: str) -> None:
        race, now = replace(OPEN_RACE, status=status), at(2 * 24 * 3600)
        stands = standing(0, process_since=now, watched_since=now)
        taken = take_turn(STANDARD, race, stands, now, lagging=False)
        assert {one.why for one in taken.missed} == {DOWN}
        assert taken.missed[-1].slot.due_at == START + timedelta(hours=6)
        assert taken.look is None
        assert next_turn(STANDARD, race, replace(stands, accounted_until=now)) is None

    @pytest.mark.parametrize("profile", [STANDARD, INTENSE, STANDARD.without_extras()])
    def test_that_was_over_when_first_seen_is_not_looked_at(self, profile: Profile) -> None:
        race, now = replace(OPEN_RACE, status="Final"), at(2 * 24 * 3600)
        assert take_turn(profile, race, standing(0), now, lagging=False) == Turn((), None)
        assert next_turn(profile, race, standing(2 * 24 * 3600)) is None
