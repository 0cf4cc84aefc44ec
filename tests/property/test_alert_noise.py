"""A market in which nothing happens: bets come at random by fixed chances, and alerts of the money are silent."""

import math
import random
from collections.abc import Iterator

import pytest

from raceday_daemon.cadence.profile import STANDARD
from tests.alerting import rule
from tests.alerting_store import AlertedStore
from tests.builders import entrant, pools

RUNNERS = 10
RACES = 12
LOOKS = [offset for step in STANDARD.offsets_before for offset in step]


def amounts(draw: random.Random, before: float, growth: float, mean_bet: float) -> Iterator[list[int]]:
    """Give the Win pool in cents by runner at each look.

    It holds `before` dollars an hour before the start and some `growth` more at the start, most of that in the last
    ten minutes, bet by bet of `mean_bet` dollars on average.
    """
    chances = [draw.uniform(0.1, 1.1) for _ in range(RUNNERS)]
    dollars = [before * chance / sum(chances) for chance in chances]
    last = -4_000
    for offset in LOOKS:
        coming = growth * math.exp(offset / 600) / 600 * (offset - last)
        last = offset
        while coming > 0:
            stake = draw.expovariate(1 / mean_bet)
            dollars[draw.choices(range(RUNNERS), chances)[0]] += stake
            coming -= stake
        yield [round(100 * one) for one in dollars]


@pytest.mark.parametrize(
    ("before", "growth", "mean_bet"),
    [
        pytest.param(10_000, 2_000, 20, id="a trickle"),
        pytest.param(10_000, 40_000, 10, id="much money in small bets"),
        pytest.param(20_000, 80_000, 30, id="more money in larger bets"),
    ],
)
def test_random_small_bets_on_a_steady_market_fire_money_flow_in_fewer_than_one_poll_in_a_hundred(
    before: float, growth: float, mean_bet: float
) -> None:
    draw = random.Random(20_250_717)
    fired = 0
    for _ in range(RACES):
        store = AlertedStore.in_memory(rule("money_flow", 15))
        for offset, cents in zip(LOOKS, amounts(draw, before, growth, mean_bet), strict=True):
            total = sum(cents)
            runners = [
                entrant(
                    number,
                    win_pool_amount=amount,
                    win_pool_percentage=100 * amount / total,
                    share_method="tote_trends",
                )
                for number, amount in enumerate(cents, 1)
            ]
            fired += bool(store.look(-offset, *runners, pools=pools(win_pool_total=total)))
        store.connection.close()
    assert fired < RACES * len(LOOKS) / 100
