"""Which points of the history tell enough to be sent: ticks by the price, shares by points, and what always goes."""

import pytest

from raceday_daemon.market.thinning import Shares, is_bucket_over, is_whole, money_tells, price_tells, tick
from tests.builders import START, later

SENT = Shares(10, 20.0, 18.0, 15.0)


@pytest.mark.parametrize(
    ("price", "step"),
    [(1.04, 0.05), (1.99, 0.05), (2.0, 0.1), (3.3, 0.2), (5.0, 0.5), (11.0, 1.0), (20, 2.0), (31.0, 5.0), (61.0, 10.0)],
)
def test_a_tick_grows_with_the_price(price: float, step: float) -> None:
    assert tick(price) == step


def test_beyond_the_board_a_tick_stays_as_it_is() -> None:
    assert tick(100.0) == tick(1_000_000.0) == 20.0


# The examples of docs/operations.md.
@pytest.mark.parametrize(
    ("sent", "price", "tells"),
    [
        (4.4, 4.5, False),
        (4.4, 4.6, False),
        (4.4, 4.2, False),
        (4.4, 4.7, True),
        (4.4, 4.1, True),
        (2.0, 1.95, False),
        (2.0, 1.9, True),
        (2.0, 2.1, False),
        (7.5, 8.0, False),
        (7.5, 8.5, True),
        (31.0, 36.0, False),
        (31.0, 41.0, True),
    ],
)
def test_a_price_tells_once_it_is_further_than_a_tick_from_the_one_that_was_sent(
    sent: float, price: float, tells: bool
) -> None:
    assert price_tells(sent, price) is tells
    assert price_tells(price, sent) is tells, "there and back alike"


@pytest.mark.parametrize(
    ("point", "tells"),
    [
        (SENT, False),
        (SENT._replace(win=21.9), False),
        (SENT._replace(win=22.0), True),
        (SENT._replace(place=16.0), True),
        (SENT._replace(hold=17.0), True),
        (SENT._replace(hold=None), True),
        (SENT._replace(time_interval=5), True),
    ],
)
def test_money_tells_by_its_bucket_and_its_shares(point: Shares, tells: bool) -> None:
    assert money_tells(SENT, point) is tells
    assert money_tells(point, SENT) is tells


def test_two_points_without_shares_are_alike() -> None:
    assert not money_tells(Shares(10, None, None, None), Shares(10, None, None, None))


def test_the_last_five_minutes_and_whatever_is_not_open_go_whole() -> None:
    assert not is_whole("Open", 300.5)
    assert is_whole("Open", 300)
    assert is_whole("Open", -200)
    assert is_whole("Abandoned", 3_000)


def test_a_bucket_is_over_once_its_minutes_have_passed() -> None:
    assert not is_bucket_over(10, START, later(-600, START))
    assert is_bucket_over(10, START, later(-599, START))
    assert not is_bucket_over(5, START, later(-1_800, START)), "the start was moved later"
