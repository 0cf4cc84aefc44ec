"""A runner's share of a pool: from tote trends, from tote odds, from the summed hold."""

import pytest

from raceday_daemon.market.shares import Share, hold_shares, odds_shares, pool_amount, trend_shares
from raceday_daemon.model.entrant import HOLD_PERCENTAGE, TOTE_ODDS, TOTE_TRENDS


def test_a_trend_share_is_the_investment_over_the_documents_own_total() -> None:
    assert trend_shares({"a": 250.0, "b": 500.0}, 1000.0) == {
        "a": Share(25.0, TOTE_TRENDS),
        "b": Share(50.0, TOTE_TRENDS),
    }


def test_a_runner_without_investment_has_a_trend_share_of_nothing() -> None:
    assert trend_shares({"a": 0.0}, 1000.0) == {"a": Share(0.0, TOTE_TRENDS)}


def test_an_empty_pool_has_no_trend_shares() -> None:
    assert trend_shares({"a": 0.0}, 0.0) == {}


def test_tote_odds_shares_are_inverse_prices_over_their_sum() -> None:
    shares = odds_shares({"a": 2.0, "b": 4.0, "c": 4.0})
    assert shares == {"a": Share(50.0, TOTE_ODDS), "b": Share(25.0, TOTE_ODDS), "c": Share(25.0, TOTE_ODDS)}


def test_the_takeout_of_the_tote_leaves_the_shares_at_a_hundred_together() -> None:
    shares = odds_shares({"a": 1.5, "b": 2.4, "c": 11.0})
    assert sum(share.percentage for share in shares.values()) == pytest.approx(100)


@pytest.mark.parametrize(
    "prices",
    [{}, {"a": None}, {"a": 2.0, "b": None}, {"a": 2.0, "b": 0.0}],
    ids=["no runners", "no price at all", "one without a price", "one at zero"],
)
def test_tote_odds_say_nothing_unless_every_runner_has_a_price(prices: dict[str, float | None]) -> None:
    assert odds_shares(prices) == {}


def test_hold_shares_are_parts_of_the_total_non_runners_included() -> None:
    shares = hold_shares({"a": 18.0, "b": 82.0, "not a runner": 25.0})
    assert shares["a"] == Share(14.4, HOLD_PERCENTAGE)
    assert shares["b"] == Share(65.6, HOLD_PERCENTAGE)
    assert sum(share.percentage for share in shares.values()) == pytest.approx(100)


@pytest.mark.parametrize("holds", [{}, {"a": 0.0, "b": 0.0}], ids=["no rows", "rows of zero"])
def test_an_empty_money_tracker_has_no_hold_shares(holds: dict[str, float]) -> None:
    assert hold_shares(holds) == {}


@pytest.mark.parametrize(
    ("share", "pool_cents", "cents"),
    [
        (Share(19.0162, TOTE_ODDS), 915_138, 174_024),
        (Share(0.0, TOTE_ODDS), 915_138, 0),
        (Share(100.0, TOTE_ODDS), 915_138, 915_138),
        (Share(33.3, TOTE_ODDS), 0, 0),
        (None, 915_138, None),
        (Share(19.0, TOTE_ODDS), None, None),
    ],
    ids=["rounded to whole cents", "no share", "the whole pool", "empty pool", "unknown share", "unknown pool"],
)
def test_the_amount_on_a_runner_is_its_share_of_the_pool(
    share: Share | None, pool_cents: int | None, cents: int | None
) -> None:
    assert pool_amount(share, pool_cents) == cents
