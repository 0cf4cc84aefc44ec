"""A day is made up from a seed: the same every time, with everything in it that happens in life."""

from datetime import UTC, date, datetime, timedelta

import pytest

from raceday_daemon.simulator.chance import Chance
from raceday_daemon.simulator.delays import MEASURED, delay_seconds, spread_delays
from raceday_daemon.simulator.kinds import Kind
from raceday_daemon.simulator.plan import DayPlan, RacePlan
from raceday_daemon.simulator.planning import plan_day, plan_of_starts
from tests.simulated import FIRST

SEEDS = range(1, 21)


def ids(plan: DayPlan) -> set[str]:
    runners = {runner.entrant_id for race in plan.races for runner in race.runners}
    return {meeting.meeting_id for meeting in plan.meetings} | {race.race_id for race in plan.races} | runners


def kinds(plan: DayPlan) -> set[Kind]:
    return {kind for race in plan.races for kind in race.kinds}


def test_the_same_seed_and_start_give_the_same_day() -> None:
    assert plan_day(7, FIRST) == plan_day(7, FIRST)
    assert plan_day(7, FIRST) != plan_day(8, FIRST)


def test_another_start_gives_the_same_story_under_other_ids() -> None:
    later = timedelta(days=3)
    plan, moved = plan_day(7, FIRST), plan_day(7, FIRST + later)
    assert not ids(plan) & ids(moved)

    def story(race: RacePlan, shift: timedelta) -> object:
        return race.name, race.kinds, race.jump_at - shift, [(one.name, one.closing_chance) for one in race.runners]

    assert [story(race, timedelta()) for race in plan.races] == [story(race, later) for race in moved.races]


def test_every_id_is_there_once() -> None:
    plan = plan_day(1, FIRST, races=60)
    count = len(plan.meetings) + len(plan.races) + sum(len(race.runners) for race in plan.races)
    assert len(ids(plan)) == count


def test_a_demo_has_twelve_races_every_six_minutes_in_two_countries() -> None:
    plan = plan_day(1, FIRST)
    assert [race.start for race in plan.races] == [FIRST + timedelta(minutes=6 * place) for place in range(12)]
    assert {(one.venue.country, one.venue.category) for one in plan.meetings} == {
        (country, category) for country in ("NZ", "AUS") for category in ("T", "H")
    }
    assert plan.first_start == FIRST


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("races", [6, 7, 12])
def test_six_races_are_enough_for_everything_to_happen(seed: int, races: int) -> None:
    plan = plan_day(seed, FIRST, races=races)
    assert kinds(plan) == set(Kind)
    assert {len(race.runners) for race in plan.races} >= {5, 24}
    assert max(race.delay_seconds for race in plan.races if not race.abandoned_at) == 1423
    assert {frozenset(race.trends) for race in plan.races} == {
        frozenset({"Win", "Place", "Trifecta"}),
        frozenset({"Trifecta"}),
        frozenset(),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_what_happens_to_a_race_fits_together(seed: int) -> None:
    for race in plan_day(seed, FIRST, races=40).races:
        starters = [runner.number for runner in race.runners if runner.scratched_at is None]
        assert 5 <= len(race.runners) <= 24
        assert len(starters) >= 3
        assert sorted(placing.number for placing in race.ending.placings) == starters
        assert sum(runner.opening_chance for runner in race.runners) == pytest.approx(1)
        assert sum(runner.closing_chance for runner in race.runners) == pytest.approx(1)
        assert race.jump_at < race.ending.interim_at < race.ending.final_at <= race.ending.complete_at
        assert all(bet.number in starters and bet.at < race.jump_at for bet in race.bets)
        assert all(runner.scratched_at < race.jump_at for runner in race.runners if runner.scratched_at)
        assert (race.moved is not None) == (Kind.MOVED_START in race.kinds)
        assert any(runner.late_scratched for runner in race.runners) == (Kind.LATE_SCRATCHING in race.kinds)
        assert any(runner.emergency_position for runner in race.runners) == (Kind.EMERGENCY in race.kinds)


def test_a_plain_day_has_nothing_but_odds_money_and_results() -> None:
    plan = plan_day(1, FIRST, races=50, plain=True)
    assert kinds(plan) == set()
    for race in plan.races:
        assert (race.moved, race.abandoned_at, race.protest, race.bets) == (None, None, None, ())
        assert not any(runner.scratched_at or runner.emergency_position for runner in race.runners)
        assert race.ending.complete_at == race.ending.final_at
    assert max(race.delay_seconds for race in plan.races) == 1423


def test_races_can_be_made_to_start_on_time() -> None:
    plan = plan_of_starts(1, [FIRST] * 20, plain=True, on_time=True)
    assert {race.jump_at for race in plan.races} == {FIRST}


@pytest.mark.parametrize("races", [11, 96, 2000])
def test_delays_are_spread_like_the_measured_ones(races: int) -> None:
    delays = sorted(spread_delays(races, Chance.from_seed(1)))
    assert (delays[0], delays[-1]) == (0, 1423)
    for part, measured in MEASURED[1:]:
        no_later = sum(delay <= measured for delay in delays)
        assert no_later / races == pytest.approx(part, abs=0.006 + 1 / races)


def test_a_single_race_starts_as_late_as_the_middle_one() -> None:
    assert spread_delays(1, Chance.from_seed(1)) == [delay_seconds(0.5)] == [65]
    with pytest.raises(ValueError, match="from 0 to 1"):
        delay_seconds(1.1)


def test_which_race_is_late_depends_on_the_seed() -> None:
    assert len({tuple(spread_delays(12, Chance.from_seed(seed))) for seed in SEEDS}) == len(SEEDS)


def test_starts_may_be_given_in_any_order_zone_and_fraction_of_a_second() -> None:
    auckland = datetime.fromisoformat("2025-07-17T14:06:00.75+12:00")
    plan = plan_of_starts(1, [auckland, FIRST, FIRST])
    assert [race.start for race in plan.races] == [FIRST, FIRST, datetime(2025, 7, 17, 2, 6, tzinfo=UTC)]


@pytest.mark.parametrize("starts", [[], [FIRST, FIRST.replace(tzinfo=None)]])
def test_a_day_without_starts_or_zones_is_refused(starts: list[datetime]) -> None:
    with pytest.raises(ValueError, match="at least one start"):
        plan_of_starts(1, starts)


def test_the_races_of_a_meeting_are_numbered_as_they_start() -> None:
    plan = plan_of_starts(1, [FIRST + timedelta(minutes=3 * place) for place in range(96)])
    assert len(plan.meetings) == 12
    for meeting in plan.meetings:
        starts = [race.start for race in meeting.races]
        assert [race.number for race in meeting.races] == list(range(1, 9))
        assert starts == sorted(starts)
        assert {race.meeting_id for race in meeting.races} == {meeting.meeting_id}


@pytest.mark.parametrize(
    ("starts", "labels"),
    [
        (["2025-07-17T02:00:00Z"], ["2025-07-17"]),
        # 00:30 in Auckland, by itself and after a race of the evening.
        (["2025-07-17T12:30:00Z"], ["2025-07-18"]),
        (["2025-07-17T11:30:00Z", "2025-07-17T12:30:00Z"], ["2025-07-17", "2025-07-17"]),
        (["2025-07-17T02:00:00Z", "2025-07-18T02:00:00Z"], ["2025-07-17", "2025-07-18"]),
        # 05:30 in Auckland belongs to the new day.
        (["2025-07-17T11:30:00Z", "2025-07-17T17:30:00Z"], ["2025-07-17", "2025-07-18"]),
        # Both sides of a change of the clocks.
        (["2025-09-27T01:00:00Z", "2025-09-28T01:00:00Z"], ["2025-09-27", "2025-09-28"]),
    ],
)
def test_a_meetings_label_is_the_date_in_auckland(starts: list[str], labels: list[str]) -> None:
    plan = plan_of_starts(1, [datetime.fromisoformat(start) for start in starts])
    by_meeting = {meeting.meeting_id: meeting.day for meeting in plan.meetings}
    assert [by_meeting[race.meeting_id] for race in plan.races] == [date.fromisoformat(label) for label in labels]


def test_draws_depend_on_their_names_alone() -> None:
    chance = Chance.from_seed(1).of("race", 3)
    drawn = [chance.unit(name) for name in ("a", "b", "a")]
    assert drawn[0] == drawn[2] != drawn[1]
    assert chance == Chance.from_seed(1).of("race").of(3)
    assert {chance.whole(1, 3, place) for place in range(100)} == {1, 2, 3}
    assert sum(chance.happens(0.25, place) for place in range(4000)) == pytest.approx(1000, rel=0.1)
    assert sorted(chance.shuffled(range(9), "order")) == list(range(9))
    assert {chance.one_of("ab", place) for place in range(20)} == {"a", "b"}
