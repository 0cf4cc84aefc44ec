"""The betting on a race: pools, prices and money in time, and big bets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

FIXED_WIN: Final = "fixed_win"
FIXED_PLACE: Final = "fixed_place"
POOL_WIN: Final = "pool_win"
POOL_PLACE: Final = "pool_place"

BUCKETED_AGGREGATION: Final = "bucketed_aggregation"


@dataclass(frozen=True, slots=True, kw_only=True)
class RacePools:
    """The tote pools of one race in integer cents, None where the source sent no such pool.

    `total_race_pool` is these six together; pools over several races are left out of it. None where there is no
    pool, or one whose figure could not be read.
    """

    race_id: str
    win_pool_total: int | None = None
    place_pool_total: int | None = None
    quinella_pool_total: int | None = None
    trifecta_pool_total: int | None = None
    exacta_pool_total: int | None = None
    first4_pool_total: int | None = None
    total_race_pool: int | None = None
    currency: str = "$"
    last_updated: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OddsPoint:
    """A price of one entrant from the source's generated time on; `type` is fixed_win … pool_place."""

    entrant_id: str
    race_id: str
    type: str
    odds: float
    event_timestamp: datetime
    time_to_start_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFlowPoint:
    """The money on one entrant, and its prices, at the source's generated time.

    `time_interval` is the bucket of minutes to the start, `time_to_start` the whole minutes to it, negative after it.
    Figures are those of the entrant, `total_pool_amount` the race's pools together; amounts are integer cents. The
    increments are what this bucket has added so far to the amount that the one before it ended with; None while it
    has no amount. `polling_timestamp` is this machine's time of writing.
    """

    entrant_id: str
    race_id: str
    type: str = BUCKETED_AGGREGATION
    time_to_start: int
    time_interval: int
    interval_type: str
    hold_percentage: float | None = None
    bet_percentage: float | None = None
    win_pool_percentage: float | None = None
    place_pool_percentage: float | None = None
    win_pool_amount: int | None = None
    place_pool_amount: int | None = None
    incremental_win_amount: int | None = None
    incremental_place_amount: int | None = None
    total_pool_amount: int | None = None
    share_method: str | None = None
    place_share_method: str | None = None
    fixed_win_odds: float | None = None
    fixed_place_odds: float | None = None
    pool_win_odds: float | None = None
    pool_place_odds: float | None = None
    event_timestamp: datetime
    polling_timestamp: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BigBet:
    """A large bet that the source made public; `stake` in integer cents, `legs` the number of its legs.

    `bet_id` follows from its time as sent (in nanoseconds), its title and the race.
    """

    bet_id: str
    race_id: str
    entrant_id: str | None
    title: str
    description: str | None
    stake: int
    odds: float | None
    placed_at: datetime
    legs: int | None
