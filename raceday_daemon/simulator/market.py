"""The market of a race as it stands: worked out once an answer, for all who tell a part of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from raceday_daemon.simulator.pools import PLACE, WIN, Pool, place_odds, places_paid, pools, win_odds
from raceday_daemon.simulator.prices import Chances, FixedOdds, chances, fixed_odds
from raceday_daemon.simulator.race_now import RaceNow


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Opinion, prices and pools of a race, each by runner number; `starters` counts those not scratched."""

    now: RaceNow
    starters: int
    chances: Chances
    fixed: Mapping[int, FixedOdds]
    pools: Mapping[str, Pool]
    pool_win: Mapping[int, float]
    pool_place: Mapping[int, float]


def market_of(now: RaceNow) -> Market:
    """Work out the market of a race."""
    opinion = chances(now.plan, now.market_at)
    money = pools(now.plan, now.market_at)
    starters = sum(not runner.is_scratched(now.at) for runner in now.plan.runners)
    return Market(
        now=now,
        starters=starters,
        chances=opinion,
        fixed=fixed_odds(now.plan, opinion),
        pools=money,
        pool_win=win_odds(money[WIN]),
        pool_place=place_odds(money[PLACE], places_paid(starters)),
    )
