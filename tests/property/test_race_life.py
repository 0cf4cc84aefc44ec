"""What always holds in a race's life, whatever fails, stalls, moves or wakes it, by both tables, extras or none."""

from datetime import timedelta
from itertools import pairwise

from hypothesis import example, given, settings
from hypothesis import strategies as st

from raceday_daemon.cadence.profile import GIVE_UP_SECONDS, STANDARD, Profile
from raceday_daemon.cadence.slots import slots_between
from tests.builders import START, later
from tests.property.race_life import LOOK_SECONDS, PROFILES, Happening, Plan, lived, plans

LIVES = settings(deadline=None, max_examples=30)

A_RETRY_A_BIT_LATE = Plan(
    profile=STANDARD,
    begins=-1_201.0,
    happenings=(Happening(after=0.0, source_away_for=300.0),),
    look_seconds=(7.2,),
    late_seconds=(0.25,),
)
A_RETRY_AFTER_SIX_HOURS = Plan(
    profile=STANDARD.without_extras(),
    begins=20_000.0,
    happenings=(Happening(after=1_200.0, source_away_for=200.0), Happening(after=1_310.0, stalls_for=400.0)),
    look_seconds=(0.5,),
    late_seconds=(0.0,),
)


@given(plans())
@example(A_RETRY_A_BIT_LATE)
@example(A_RETRY_AFTER_SIX_HOURS)
@LIVES
def test_every_slot_of_the_facts_in_force_is_polled_or_accounted_for_once(plan: Plan) -> None:
    life = lived(plan)
    assert life.slots == list(life.slots_in_force())
    assert len(set(life.slots)) == len(life.slots)


@given(plans())
@LIVES
def test_no_two_looks_are_planned_closer_together_than_the_least_step(plan: Plan) -> None:
    least_step = timedelta(seconds=plan.profile.least_step_seconds)
    assert all(later - sooner >= least_step for sooner, later in pairwise(lived(plan).planned))


@given(plans())
@LIVES
def test_after_a_failure_the_next_turn_is_the_next_slot_or_a_retry_a_least_step_before_it(plan: Plan) -> None:
    least_step = timedelta(seconds=plan.profile.least_step_seconds)
    for failure in lived(plan).failures:
        if failure.slot:
            assert failure.following is not None
            assert failure.following == failure.slot.due_at or failure.following + least_step <= failure.slot.due_at


@given(st.sampled_from(PROFILES), LOOK_SECONDS, st.lists(st.floats(0, 1), min_size=1, max_size=7).map(tuple))
@settings(deadline=None, max_examples=20)
def test_while_nothing_but_failures_comes_of_them_all_slots_of_the_15_second_steps_are_polled(
    profile: Profile, look_seconds: tuple[float, ...], late_seconds: tuple[float, ...]
) -> None:
    away = Happening(after=0.0, source_away_for=30_000.0)
    life = lived(Plan(profile, -360.0, (away,), look_seconds, late_seconds))
    slots = slots_between(profile, life.times, later(-301, START), later(1_800, START))
    assert {slot.due_at for slot in slots if slot.step_seconds == 15} <= set(life.planned)


@given(plans())
@example(A_RETRY_A_BIT_LATE)
@LIVES
def test_once_a_turn_was_taken_the_next_lies_in_the_future(plan: Plan) -> None:
    for turn in lived(plan).turns:
        assert turn.following is None or turn.following > turn.now


@given(plans())
@example(A_RETRY_AFTER_SIX_HOURS)
@LIVES
def test_a_race_ends_six_hours_after_its_start_at_the_latest(plan: Plan) -> None:
    life = lived(plan)
    assert life.turns[-1].following is None
    for turn in life.turns:
        assert turn.following is None or turn.following <= later(GIVE_UP_SECONDS, turn.times.start_time)
