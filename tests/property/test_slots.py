"""What always holds for slots, whatever the cadence and the race."""

from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings

from raceday_daemon.cadence.profile import GIVE_UP_SECONDS, Profile
from raceday_daemon.cadence.slots import RaceTimes, Slot, next_slot, slots_between
from raceday_daemon.model.race import is_over
from tests.property.cadences import DAY, START, cadences, instants, races

A_WHOLE_LIFE = (START - 3 * DAY, START + 3 * DAY)
LATENESS = timedelta(seconds=GIVE_UP_SECONDS)


def all_slots(profile: Profile, race: RaceTimes) -> list[Slot]:
    return slots_between(profile, race, *A_WHOLE_LIFE)


@given(cadences, races, instants)
def test_the_next_slot_is_strictly_later(profile: Profile, race: RaceTimes, after: datetime) -> None:
    slot = next_slot(profile, race, after)
    assert slot is None or slot.due_at > after


@given(cadences, races, instants, instants)
@settings(deadline=None)
def test_going_from_slot_to_slot_meets_exactly_the_slots_between(
    profile: Profile, race: RaceTimes, after: datetime, until: datetime
) -> None:
    met: list[Slot] = []
    slot = next_slot(profile, race, after)
    while slot is not None and slot.due_at <= until:
        met.append(slot)
        slot = next_slot(profile, race, slot.due_at)
    assert slots_between(profile, race, after, until) == met


@given(cadences, races, instants)
@settings(deadline=None)
def test_slots_are_anchored_they_do_not_depend_on_the_instant_that_they_are_asked_from(
    profile: Profile, race: RaceTimes, now: datetime
) -> None:
    begin, end = A_WHOLE_LIFE
    parts = slots_between(profile, race, begin, now) + slots_between(profile, race, now, end)
    assert parts == all_slots(profile, race)
    later = [slot for slot in all_slots(profile, race) if slot.due_at > now]
    assert next_slot(profile, race, now) == (later[0] if later else None)


@given(cadences, races)
@settings(deadline=None)
def test_no_two_slots_in_a_row_are_closer_than_the_least_step(profile: Profile, race: RaceTimes) -> None:
    least = timedelta(seconds=profile.least_step_seconds)
    assert all(later.due_at - sooner.due_at >= least for sooner, later in pairwise(all_slots(profile, race)))


@given(cadences, races)
@settings(deadline=None)
def test_the_next_slot_is_never_further_than_the_coarser_of_two_steps(profile: Profile, race: RaceTimes) -> None:
    if not is_over(race.status):
        for sooner, later in pairwise(all_slots(profile, race)):
            passed = (later.due_at - sooner.due_at).total_seconds()
            assert passed in (sooner.step_seconds, later.step_seconds)


@given(cadences, races)
@settings(deadline=None)
def test_an_interval_never_jumps_over_an_edge_of_the_table(profile: Profile, race: RaceTimes) -> None:
    open_race = RaceTimes(start_time=race.start_time, status="Open")
    steps = {slot.due_at: slot.step_seconds for slot in all_slots(profile, open_race)}
    for step in profile.before:
        assert steps[race.start_time - timedelta(seconds=step.from_seconds)] == step.every_seconds
    assert steps[race.start_time] == profile.before[-1].every_seconds


@given(cadences, races)
@settings(deadline=None)
def test_no_slot_is_later_than_giving_up_nor_earlier_than_the_import(profile: Profile, race: RaceTimes) -> None:
    for slot in all_slots(profile, race):
        assert slot.due_at <= race.start_time + LATENESS
        assert race.imported_at is None or slot.due_at >= race.imported_at
    assert all_slots(profile, race) == slots_between(profile, race, A_WHOLE_LIFE[0], race.start_time + LATENESS)


@given(cadences, races)
@settings(deadline=None)
def test_the_import_takes_slots_away_and_moves_none(profile: Profile, race: RaceTimes) -> None:
    if race.imported_at is not None and not is_over(race.status):
        unbound = all_slots(profile, RaceTimes(start_time=race.start_time, status=race.status))
        assert all_slots(profile, race) == [slot for slot in unbound if slot.due_at >= race.imported_at]


@given(cadences, races, instants)
def test_six_hours_after_its_start_no_race_has_a_slot_left(profile: Profile, race: RaceTimes, now: datetime) -> None:
    if now >= race.start_time + LATENESS:
        assert next_slot(profile, race, now) is None
