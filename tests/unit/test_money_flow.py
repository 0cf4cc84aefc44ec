"""Money in time: which points a look adds to the history, and what they say that their bucket has added."""

from typing import Any

import pytest

from raceday_daemon.market.money_flow import (
    AmountKey,
    EarlierMoney,
    Figures,
    money_points,
    reached_bucket,
    turned_amounts,
)
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import MoneyFlowPoint
from tests.builders import GENERATED, NOW, RACE_ID, START, entrant, later, pools, race, snapshot

WIN = ("runner-1", "win_pool_amount")
NO_FIGURES = Figures(*[None] * len(Figures._fields))
FIGURES_OF_ENTRANT: dict[str, Any] = {
    "hold_percentage": 12.5,
    "bet_percentage": 7.0,
    "win_pool_percentage": 20.0,
    "place_pool_percentage": 10.0,
    "win_pool_amount": 2_000,
    "place_pool_amount": 500,
    "share_method": "tote_odds",
    "place_share_method": "hold_percentage",
    "fixed_win_odds": 5.0,
    "fixed_place_odds": 1.8,
    "pool_win_odds": 4.4,
    "pool_place_odds": 1.5,
}


def earlier(interval: int = 10, added: int | None = None, **figures: Any) -> EarlierMoney:
    """Give an earlier point with these figures, whose bucket had added that much to the Win amount."""
    return EarlierMoney(interval, added, None, NO_FIGURES._replace(**figures))


def points(
    *sent: Entrant,
    newest: EarlierMoney | None = None,
    last: dict[AmountKey, EarlierMoney | None] | None = None,
    total: int | None = None,
    **changes: Any,
) -> tuple[MoneyFlowPoint, ...]:
    """Give what a look ten minutes before the start adds; `newest` is runner 1's newest point."""
    look = snapshot(entrants=sent, pools=pools(total_race_pool=total), **changes)
    return money_points(look, None, {"runner-1": newest} if newest else {}, last or {}, NOW)


def increment(
    amount: int | None, newest: EarlierMoney | None = None, last: dict[AmountKey, EarlierMoney | None] | None = None
) -> int | None:
    """Give the Win increment of a look whose race's total has changed."""
    (point,) = points(entrant(win_pool_amount=amount), newest=newest, last=last, total=1)
    return point.incremental_win_amount


def test_a_point_says_all_that_is_known_of_the_entrant_its_race_and_the_time() -> None:
    assert points(entrant(**FIGURES_OF_ENTRANT), total=9_000) == (
        MoneyFlowPoint(
            entrant_id="runner-1",
            race_id=RACE_ID,
            type="bucketed_aggregation",
            time_to_start=10,
            time_interval=10,
            interval_type="1m",
            total_pool_amount=9_000,
            incremental_win_amount=2_000,
            incremental_place_amount=500,
            event_timestamp=GENERATED,
            polling_timestamp=NOW,
            **FIGURES_OF_ENTRANT,
        ),
    )


def test_a_runner_without_any_money_has_its_point_too_and_so_has_a_scratched_one() -> None:
    found = points(entrant(1), entrant(2, is_scratched=True))
    assert [point.entrant_id for point in found] == ["runner-1", "runner-2"]
    assert {(point.win_pool_amount, point.incremental_win_amount) for point in found} == {(None, None)}


@pytest.mark.parametrize("status", ["Closed", "Interim", "Final", "Abandoned", "Postponed"])
def test_there_are_no_points_unless_the_race_is_open(status: str) -> None:
    assert points(entrant(), race=race(status=status)) == ()
    assert len(points(entrant(), race=race(status="Open"))) == 1


def test_an_unchanged_look_in_the_same_bucket_adds_nothing() -> None:
    newest = earlier(10, **FIGURES_OF_ENTRANT, total_pool_amount=9_000)
    assert points(entrant(**FIGURES_OF_ENTRANT), newest=newest, total=9_000) == ()


def test_an_unchanged_look_in_a_new_bucket_adds_its_point() -> None:
    newest = earlier(15, **FIGURES_OF_ENTRANT, total_pool_amount=9_000)
    (point,) = points(entrant(**FIGURES_OF_ENTRANT), newest=newest, total=9_000)
    assert (point.time_interval, point.incremental_win_amount, point.incremental_place_amount) == (10, 0, 0)


@pytest.mark.parametrize("field", FIGURES_OF_ENTRANT)
def test_any_figure_that_changes_adds_a_point(field: str) -> None:
    newest = earlier(10, added=0, **FIGURES_OF_ENTRANT)
    changed = {**FIGURES_OF_ENTRANT, field: "tote_trends" if field.endswith("method") else 99}
    assert len(points(entrant(**changed), newest=newest._replace(incremental_place_amount=0))) == 1


def test_a_change_of_the_races_pools_is_a_change_of_every_runner() -> None:
    assert len(points(entrant(), newest=earlier(10, total_pool_amount=1), total=2)) == 1


@pytest.mark.parametrize("change", [{"name": "Other"}, {"jockey": "A. Rider"}, {"mover": True}, {"win_odds": 3.0}])
def test_what_is_no_figure_of_the_market_adds_nothing(change: dict[str, Any]) -> None:
    assert points(entrant(**change), newest=earlier(10)) == ()


def test_the_time_alone_adds_nothing_within_a_bucket() -> None:
    before, after = later(-30, START), later(30, START)
    (first,) = points(entrant(), generated_time=before)
    assert (first.time_interval, first.interval_type) == (0, "15s")
    assert points(entrant(), newest=earlier(0), generated_time=after) == ()


def test_the_slot_tells_the_time_to_the_start_of_a_scheduled_poll_and_the_sources_time_of_another() -> None:
    look = snapshot(generated_time=later(-299, START), entrants=(entrant(),))
    (scheduled,) = money_points(look, later(-300, START), {}, {}, NOW)
    (other,) = money_points(look, None, {}, {}, NOW)
    assert (scheduled.time_to_start, scheduled.time_interval) == (5, 5)
    assert (other.time_to_start, other.time_interval) == (4, 4)
    assert scheduled.event_timestamp == other.event_timestamp == later(-299, START)


def test_after_a_start_that_moved_later_the_bucket_stays_and_the_time_is_true() -> None:
    moved = race(start_time=later(1800))
    (point,) = points(entrant(win_pool_amount=5), newest=earlier(3), last={WIN: None}, race=moved)
    assert (point.time_to_start, point.time_interval, point.interval_type) == (30, 3, "5m")
    assert points(entrant(), newest=earlier(3), race=moved) == ()


def test_all_points_of_a_look_are_of_one_bucket_those_of_a_new_runner_too() -> None:
    assert reached_bucket(600, [earlier(3), earlier(15), earlier(4)]) == 3
    assert reached_bucket(120, [earlier(3)]) == 2
    found = points(entrant(1, hold_percentage=1.0), entrant(2), newest=earlier(3))
    assert [(point.entrant_id, point.time_interval) for point in found] == [("runner-1", 3), ("runner-2", 3)]


def test_a_runners_first_bucket_has_its_whole_amount() -> None:
    assert increment(700) == 700
    assert increment(900, newest=earlier(10, added=700, win_pool_amount=700)) == 900


def test_a_later_bucket_has_what_came_since_the_one_before_ended() -> None:
    assert increment(1_000, newest=earlier(15, added=700, win_pool_amount=700)) == 300
    assert increment(1_250, newest=earlier(10, added=300, win_pool_amount=1_000)) == 550


def test_refunds_make_an_increment_negative() -> None:
    assert increment(400, newest=earlier(15, added=700, win_pool_amount=700)) == -300
    assert increment(0, newest=earlier(10, added=-300, win_pool_amount=400)) == -700


def test_a_bucket_without_an_amount_has_no_increment() -> None:
    assert increment(None) is None
    assert increment(None, newest=earlier(15)) is None
    assert increment(None, newest=earlier(10)) is None


def test_an_amount_that_goes_leaves_what_its_bucket_had_added() -> None:
    had = earlier(10, added=300, win_pool_amount=1_000)
    assert increment(None, newest=had, last={WIN: had}) == 300
    assert increment(None, newest=earlier(10, added=300)) == 300


def test_an_amount_that_went_with_the_bucket_before_has_added_nothing_to_this_one() -> None:
    had = earlier(15, added=300, win_pool_amount=1_000)
    assert increment(None, newest=had, last={WIN: had}) is None


def test_an_amount_that_comes_back_in_its_bucket_goes_on_from_where_the_bucket_began() -> None:
    had = earlier(10, added=300, win_pool_amount=1_000)
    assert increment(1_100, newest=earlier(10, added=300), last={WIN: had}) == 400


def test_an_amount_that_comes_back_later_goes_on_from_the_nearest_bucket_that_had_one() -> None:
    had = earlier(20, added=300, win_pool_amount=1_000)
    assert increment(1_100, newest=earlier(15), last={WIN: had}) == 100
    assert increment(1_100, newest=earlier(10), last={WIN: had}) == 100


def test_an_amount_that_was_never_there_before_is_new_as_a_whole() -> None:
    assert increment(1_100, newest=earlier(15), last={WIN: None}) == 1_100


def test_win_and_place_are_reckoned_apart() -> None:
    newest = EarlierMoney(15, 700, 40, NO_FIGURES._replace(win_pool_amount=700, place_pool_amount=90))
    (point,) = points(entrant(win_pool_amount=None, place_pool_amount=100), newest=newest, last={WIN: newest})
    assert (point.incremental_win_amount, point.incremental_place_amount) == (None, 10)


@pytest.mark.parametrize(
    ("before", "sent", "turned"),
    [
        (None, 5, ()),
        (5, 6, ()),
        (5, 0, ()),
        (None, None, ()),
    ],
    ids=["a new runner", "it rose", "it fell to nothing", "a new runner without"],
)
def test_history_is_not_asked_for_what_the_newest_point_tells(
    before: int | None, sent: int | None, turned: tuple[AmountKey, ...]
) -> None:
    newest = {} if before is None else {"runner-1": earlier(win_pool_amount=before)}
    assert turned_amounts(newest, [entrant(win_pool_amount=sent)]) == turned


@pytest.mark.parametrize(("before", "sent"), [(None, 5), (5, None), (None, 0)], ids=["came", "went", "came as 0"])
def test_history_is_asked_for_an_amount_that_came_or_went(before: int | None, sent: int | None) -> None:
    newest = {"runner-1": earlier(win_pool_amount=before)}
    assert turned_amounts(newest, [entrant(win_pool_amount=sent)]) == (WIN,)
