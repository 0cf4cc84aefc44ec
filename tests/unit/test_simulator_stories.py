"""What happens to simulated races: each special case, seen through the answers as the daemon reads them."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from raceday_daemon.model.race import ABANDONED, CLOSED, FINAL, INTERIM, OPEN
from raceday_daemon.simulator.kinds import Kind
from raceday_daemon.simulator.plan import RacePlan
from raceday_daemon.simulator.planning import plan_day
from tests.simulated import FIRST, event, life, race_with, snapshot

SECOND = timedelta(seconds=1)
FORWARD = [OPEN, CLOSED, INTERIM, FINAL]


def placings(plan: Any, race: RacePlan, at: datetime) -> list[dict[str, Any]]:
    results = snapshot(plan, race, at).results
    assert results
    assert results.results_data
    told: list[dict[str, Any]] = json.loads(results.results_data)
    return told


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_status_only_goes_forward(seed: int) -> None:
    plan = plan_day(seed, FIRST)
    for race in plan.races:
        seen = [event(plan, race, at, "")["race"]["status"] for at in life(race, step_seconds=30)]
        turns = list(dict.fromkeys(seen))
        assert turns == ([OPEN, ABANDONED] if race.abandoned_at else FORWARD)
        assert seen == sorted(seen, key=turns.index)


def test_a_race_stays_open_until_it_starts() -> None:
    plan = plan_day(1, FIRST)
    race = max((race for race in plan.races if not race.abandoned_at), key=lambda race: race.delay_seconds)
    assert race.delay_seconds == 1423
    before, after = (snapshot(plan, race, at).race for at in (race.jump_at - SECOND, race.jump_at))
    assert (before.status, before.actual_start) == (OPEN, None)
    assert (after.status, after.actual_start) == (CLOSED, race.jump_at)
    assert after.start_time == race.start


def test_a_start_is_moved_on_card_and_event() -> None:
    plan, race = race_with(Kind.MOVED_START)
    assert race.moved
    before, after = (snapshot(plan, race, at).race for at in (race.moved.told_at - SECOND, race.moved.told_at))
    assert (before.start_time, after.start_time) == (race.start, race.moved.start)
    assert race.start < race.moved.start <= race.jump_at


def test_an_early_scratching_is_no_late_one() -> None:
    plan, race = race_with(Kind.EARLY_SCRATCHING)
    gone = next(one for one in race.runners if one.scratched_at and one.emergency_position is None)
    assert gone.scratched_at
    assert not gone.late_scratched
    before, after = (
        snapshot(plan, race, at).entrants[gone.number - 1] for at in (gone.scratched_at - SECOND, gone.scratched_at)
    )
    assert (before.is_scratched, before.scratch_time) == (False, None)
    assert (after.is_scratched, after.is_late_scratched) == (True, False)
    assert after.scratch_time == int(gone.scratched_at.timestamp())


def test_a_late_scratching_is_said_to_be_one() -> None:
    plan, race = race_with(Kind.LATE_SCRATCHING)
    gone = next(runner for runner in race.runners if runner.late_scratched)
    assert gone.scratched_at
    assert race.last_start - timedelta(minutes=10) < gone.scratched_at < race.last_start
    told = snapshot(plan, race, gone.scratched_at)
    assert told.entrants[gone.number - 1].is_late_scratched
    assert told.race.entrant_count == len(race.runners)
    assert told.race.field_size == len(race.runners) - sum(one.is_scratched is True for one in told.entrants)


def test_an_emergency_is_called_up_for_a_scratching_and_the_other_goes_home() -> None:
    plan, race = next(
        (plan, race)
        for plan in (plan_day(seed, FIRST) for seed in range(1, 50))
        for race in plan.races
        if {Kind.EMERGENCY, Kind.EARLY_SCRATCHING} <= race.kinds
    )
    first, second = race.runners[-2:]
    assert first.called_up_at

    def stands(at: datetime) -> list[tuple[bool | None, bool | None]]:
        return [(one.is_emergency, one.is_scratched) for one in snapshot(plan, race, at).entrants[-2:]]

    assert stands(first.called_up_at - SECOND) == [(True, False), (True, False)]
    assert stands(first.called_up_at) == [(False, False), (True, False)]
    assert stands(race.start) == [(False, False), (True, True)]
    positions = [one["emergency_position"] for one in event(plan, race, first.called_up_at)["runners"][-3:]]
    assert positions == ["", "", "2"]
    assert {first.number, second.number} & {placing.number for placing in race.ending.placings} == {first.number}


def test_an_abandoned_race_never_starts_and_has_no_result() -> None:
    plan, race = race_with(Kind.ABANDONED)
    assert race.abandoned_at
    for at in (race.abandoned_at, race.ending.complete_at + timedelta(hours=1)):
        told = snapshot(plan, race, at)
        assert (told.race.status, told.race.actual_start, told.results) == (ABANDONED, None, None)


def test_results_get_better_after_final() -> None:
    plan, race = race_with(Kind.LATE_RESULTS)
    ending = race.ending
    assert ending.complete_at > ending.final_at
    interim, final, complete = (
        placings(plan, race, at) for at in (ending.interim_at, ending.final_at, ending.complete_at)
    )
    assert [one["position"] for one in interim] == [one["position"] for one in final]
    assert max(one["position"] for one in final) <= 4
    assert {one["margin_length"] for one in final} == {0}
    assert len(complete) == len(ending.placings)
    margins = [one["margin_length"] for one in complete]
    assert margins == sorted(margins)
    assert margins[-1] > 0
    assert complete[0]["winning_time"] > 30
    assert all("positional_margin" in one for one in complete if one["position"] > 1)


def test_dividends_come_twice_under_ids_of_their_own() -> None:
    plan, race = race_with(Kind.LATE_RESULTS)
    interim, final = (event(plan, race, at)["dividends"] for at in (race.ending.interim_at, race.ending.final_at))
    assert {one["status"] for one in interim} == {"Interim"}
    assert [one for one in final if one["status"] == "Interim"] == interim
    assert len({one["id"] for one in final}) == len(final) == 2 * len(interim)
    facts = [(one["product_name"], one["description"], one["dividend"]) for one in interim]
    assert sorted(facts) == sorted(
        (one["product_name"], one["description"], one["dividend"]) for one in final if one["status"] == "Final"
    )


def test_the_win_dividend_is_the_totes_last_price_of_the_winner() -> None:
    plan = plan_day(4, FIRST)
    for race in plan.races:
        if race.abandoned_at or Kind.DEAD_HEAT in race.kinds:
            continue
        data = event(plan, race, race.ending.final_at)
        (paid,) = (one for one in data["dividends"] if one["product_name"] == "Pool Win" and one["status"] == "Final")
        winner = data["runners"][race.ending.placings[0].number - 1]
        assert paid["dividend"] == winner["odds"]["pool_win"]
        assert paid["description"] == str(winner["runner_number"])


def test_a_protest_is_lodged_under_interim_and_dismissed_after_final() -> None:
    plan, race = race_with(Kind.PROTEST)
    assert race.protest
    ending, lodged = race.ending, race.protest
    assert ending.interim_at <= lodged.lodged_at < ending.final_at < lodged.dismissed_at
    told = [
        snapshot(plan, race, at)
        for at in (lodged.lodged_at - SECOND, lodged.lodged_at, ending.final_at, lodged.dismissed_at)
    ]
    assert [one.race.protest for one in told] == [None, True, True, None]
    assert [one.race.status for one in told] == [INTERIM, INTERIM, FINAL, FINAL]
    assert told[1].race.protest_reason == lodged.reason
    assert "protest" not in event(plan, race, lodged.dismissed_at)["race"]


def test_in_a_dead_heat_two_share_the_first_place_and_the_pool() -> None:
    plan, race = race_with(Kind.DEAD_HEAT)
    told = placings(plan, race, race.ending.complete_at)
    assert [one["position"] for one in told[:3]] == [1, 1, 3]
    data = event(plan, race, race.ending.final_at)
    paid = {
        one["description"]: one["dividend"]
        for one in data["dividends"]
        if one["product_name"] == "Pool Win" and one["status"] == "Final"
    }
    odds = {str(one["runner_number"]): one["odds"]["pool_win"] for one in data["runners"]}
    assert paid.keys() == {str(one["runner_number"]) for one in told[:2]}
    assert all(amount == pytest.approx(max(odds[number] / 2, 1), abs=0.1) for number, amount in paid.items())


def test_a_field_that_lost_most_of_its_runners_still_has_a_result() -> None:
    plan, race = next(
        (plan, race)
        for plan in (plan_day(seed, FIRST, races=60) for seed in range(1, 200))
        for race in plan.races
        if len(race.ending.placings) == 3 and not race.abandoned_at
    )
    assert len(placings(plan, race, race.ending.complete_at)) == 3
    products = {one["product_name"] for one in event(plan, race, race.ending.final_at)["dividends"]}
    assert products == {"Pool Win", "Pool Quinella", "Pool Exacta", "Pool Trifecta"}


def test_nothing_changes_any_more_once_a_day_is_over() -> None:
    plan = plan_day(1, FIRST)
    for race in plan.races:
        assert event(plan, race, plan.over_at) == event(plan, race, plan.over_at + timedelta(days=1))
