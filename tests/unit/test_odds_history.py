"""Prices in time: the first one, then a row for every real move."""

from typing import Any

import pytest

from raceday_daemon.market.odds_history import PriceKey, odds_points, returning_prices
from raceday_daemon.model.entrant import Entrant
from raceday_daemon.model.market import FIXED_PLACE, FIXED_WIN, POOL_PLACE, POOL_WIN, OddsPoint
from tests.builders import GENERATED, RACE_ID, START, entrant, later

PRICES = {"fixed_win_odds": 5.0, "fixed_place_odds": 1.8, "pool_win_odds": 4.4, "pool_place_odds": 1.5}
KEY = ("runner-1", FIXED_WIN)


def stored(*entrants: Entrant) -> dict[str, Entrant]:
    return {one.entrant_id: one for one in entrants}


def moves(
    before: dict[str, Entrant], *sent: Entrant, last_prices: dict[PriceKey, float] | None = None
) -> list[tuple[str, str, float]]:
    points = odds_points(before, sent, last_prices or {}, GENERATED, START)
    return [(point.entrant_id, point.type, point.odds) for point in points]


def test_each_of_the_four_prices_gets_its_first_row() -> None:
    assert moves({}, entrant(1, **PRICES)) == [
        ("runner-1", FIXED_WIN, 5.0),
        ("runner-1", FIXED_PLACE, 1.8),
        ("runner-1", POOL_WIN, 4.4),
        ("runner-1", POOL_PLACE, 1.5),
    ]


def test_a_row_says_when_the_source_gave_the_price_and_how_long_before_the_start() -> None:
    assert odds_points({}, [entrant(1, fixed_win_odds=5.0)], {}, GENERATED, START) == (
        OddsPoint(
            entrant_id="runner-1",
            race_id=RACE_ID,
            type=FIXED_WIN,
            odds=5.0,
            event_timestamp=GENERATED,
            time_to_start_seconds=600,
        ),
    )


def test_after_the_start_the_time_to_it_is_negative() -> None:
    (point,) = odds_points({}, [entrant(1, fixed_win_odds=5.0)], {}, later(65, START), START)
    assert point.time_to_start_seconds == -65


@pytest.mark.parametrize("field", PRICES)
def test_a_price_that_moves_gets_one_row(field: str) -> None:
    before = entrant(1, **PRICES)
    after: dict[str, Any] = {**PRICES, field: 9.9}
    assert [odds for _, _, odds in moves(stored(before), entrant(1, **after))] == [9.9]


def test_an_unmoved_price_gets_no_row() -> None:
    assert moves(stored(entrant(1, **PRICES)), entrant(1, **PRICES)) == []


def test_a_runner_without_prices_gets_no_row() -> None:
    assert moves({}, entrant(1)) == []


def test_a_price_that_goes_gets_no_row() -> None:
    assert moves(stored(entrant(1, fixed_win_odds=5.0)), entrant(1)) == []


def test_a_price_that_comes_back_the_same_gets_no_row() -> None:
    assert moves(stored(entrant(1)), entrant(1, fixed_win_odds=5.0), last_prices={KEY: 5.0}) == []


def test_a_price_that_comes_back_as_another_gets_a_row() -> None:
    before = stored(entrant(1))
    assert moves(before, entrant(1, fixed_win_odds=6.0), last_prices={KEY: 5.0}) == [(*KEY, 6.0)]


def test_a_price_that_was_never_there_before_gets_a_row() -> None:
    assert moves(stored(entrant(1)), entrant(1, fixed_win_odds=5.0)) == [(*KEY, 5.0)]


def test_a_move_back_to_an_earlier_price_is_a_move() -> None:
    before = stored(entrant(1, fixed_win_odds=6.0))
    assert moves(before, entrant(1, fixed_win_odds=5.0), last_prices={KEY: 5.0}) == [(*KEY, 5.0)]


def test_another_runners_history_does_not_count() -> None:
    before = stored(entrant(1), entrant(2))
    last: dict[PriceKey, float] = {("runner-2", FIXED_WIN): 5.0, ("runner-1", POOL_WIN): 5.0}
    assert moves(before, entrant(1, fixed_win_odds=5.0), last_prices=last) == [(*KEY, 5.0)]


@pytest.mark.parametrize(
    ("before", "sent", "returning"),
    [
        (entrant(1), entrant(1, fixed_win_odds=5.0), (KEY,)),
        (
            entrant(1),
            entrant(1, **PRICES),
            tuple(("runner-1", kind) for kind in (FIXED_WIN, FIXED_PLACE, POOL_WIN, POOL_PLACE)),
        ),
        (entrant(1, fixed_win_odds=4.0), entrant(1, fixed_win_odds=5.0), ()),
        (entrant(1, fixed_win_odds=5.0), entrant(1), ()),
        (entrant(1), entrant(1), ()),
        (None, entrant(1, **PRICES), ()),
    ],
    ids=["it is back", "all four are back", "it moved", "it went", "still none", "a new runner"],
)
def test_the_history_is_asked_only_for_prices_that_were_gone(
    before: Entrant | None, sent: Entrant, returning: tuple[PriceKey, ...]
) -> None:
    assert returning_prices(stored(before) if before else {}, [sent]) == returning
