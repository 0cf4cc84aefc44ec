"""What people who look at one race are shown: its runners, its market in time, its pools and its results."""

from dataclasses import dataclass
from datetime import date, datetime

from raceday_daemon.model.shown_day import RaceLine


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceFacts:
    """What is told of a race beyond its line. `total_prize_money` is in dollars.

    `last_status_change`, `finalized_at` and `abandoned_at` are by the source's clock; `withdrawn_at` says that the
    source has stopped to list it.
    """

    meeting_date: date
    meeting_status: str
    type: str | None
    track_surface: str | None
    track_direction: str | None
    rail_position: str | None
    total_prize_money: int | None
    entrant_count: int | None
    positions_paid: int | None
    protest_reason: str | None
    last_status_change: datetime | None
    finalized_at: datetime | None
    abandoned_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTotals:
    """The tote pools of a race in cents, null where the source sent no such pool; `total_race_pool` is all of them."""

    win_pool_total: int | None
    place_pool_total: int | None
    quinella_pool_total: int | None
    trifecta_pool_total: int | None
    exacta_pool_total: int | None
    first4_pool_total: int | None
    total_race_pool: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A price from an instant on, by the source's clock."""

    at: datetime
    odds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketLine:
    """A runner's market now: what changes from look to look.

    Odds are decimal prices (null: no price). Percentages are 0 to 100: hold and bet as the source sent them, the pool
    shares by the method that `share_method` names (`tote_trends`, `tote_odds`, `hold_percentage`). Amounts are cents.
    """

    entrant_id: str
    runner_number: int
    name: str
    is_scratched: bool | None
    is_late_scratched: bool | None
    favourite: bool | None
    mover: bool | None
    fixed_win_odds: float | None
    fixed_place_odds: float | None
    pool_win_odds: float | None
    pool_place_odds: float | None
    hold_percentage: float | None
    bet_percentage: float | None
    win_pool_percentage: float | None
    win_pool_amount: int | None
    share_method: str | None
    place_pool_percentage: float | None
    place_pool_amount: int | None
    place_share_method: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerLine(MarketLine):
    """A runner whole. `scratch_time` is when it was scratched, `jockey` the driver in harness races.

    `prices` are its history in short, oldest first, at most 60 points: the fixed Win prices, or where it has none the
    tote's, as `price_type` says (`fixed_win`, `pool_win`; null: none at all).
    """

    barrier: int | None
    is_emergency: bool | None
    scratch_time: datetime | None
    jockey: str | None
    trainer_name: str | None
    silk_colours: str | None
    silk_url64: str | None
    silk_url128: str | None
    price_type: str | None
    prices: tuple[Price, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """What a bucket of minutes to the start ended with, or stands at; each list is in the order of the `runners`.

    `time_interval` is the bucket (60, 55 ... 5, 4 ... 0, -1 ... -10). `increments` are what it added to the Win pool
    on each runner, in cents (negative: refunds), `win_pool_amounts` what stood there then. `new_money_percentages` are
    each runner's share of what came in, refunds counting 0; null where the increment is not known, or nothing came.
    `at` is the source's time of its newest figure.
    """

    time_interval: int
    at: datetime
    win_pool_amounts: tuple[int | None, ...]
    increments: tuple[int | None, ...]
    new_money_percentages: tuple[float | None, ...]
    hold_percentages: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """A place; a dead heat repeats the position. `margin` is in lengths to the one before, as the source spells it."""

    position: int
    runner_number: int | None
    entrant_id: str | None
    name: str | None
    margin: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dividend:
    """What a product pays: `dividend` in dollars, `description` its runners, `status` `Interim` or `Final`."""

    product_name: str
    dividend: float
    status: str | None
    description: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """A race's results; `result_status` is `interim` or `final`.

    `result_time` is the source's time of its first answer that had results.
    """

    result_status: str | None
    result_time: datetime | None
    protest_lodged: bool | None
    placings: tuple[Placing, ...]
    dividends: tuple[Dividend, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BigBetLine:
    """A large bet that the source made public; `stake` in cents, `description` a line a leg."""

    bet_id: str
    entrant_id: str | None
    title: str
    description: str | None
    stake: int
    odds: float | None
    placed_at: datetime
    legs: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceView:
    """A race with all that a page shows of it. `version` is another one whenever anything of it has changed.

    `runners` are by their numbers; `timeline` has a bucket of money each, from the first to the newest.
    """

    version: str
    race: RaceLine
    facts: RaceFacts
    pools: PoolTotals | None
    runners: tuple[RunnerLine, ...]
    timeline: tuple[Bucket, ...]
    results: Results | None
    big_bets: tuple[BigBetLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PricePoint:
    """A price of one runner from an instant on; `type` is `fixed_win`, `fixed_place`, `pool_win` or `pool_place`."""

    entrant_id: str
    type: str
    odds: float
    event_timestamp: datetime
    time_to_start_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyPoint:
    """The money on one runner at an instant; amounts in cents, `time_to_start` in whole minutes."""

    entrant_id: str
    time_interval: int
    time_to_start: int | None
    event_timestamp: datetime
    hold_percentage: float | None
    bet_percentage: float | None
    win_pool_percentage: float | None
    win_pool_amount: int | None
    incremental_win_amount: int | None
    place_pool_percentage: float | None
    place_pool_amount: int | None
    incremental_place_amount: int | None
    total_pool_amount: int | None
    share_method: str | None
    place_share_method: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A race's history, oldest first: `prices`, or `money` where that was asked for; the other list is empty.

    `next` is where the following page begins (null: no more as yet).
    """

    race_id: str
    prices: tuple[PricePoint, ...]
    money: tuple[MoneyPoint, ...]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RaceNow:
    """A race as an event tells of it: whole, so that the newest event alone says how its cells stand.

    `version` is that of its view; `bucket` is the newest of its timeline, null before there is any money. What an event
    lacks (prices in time, earlier buckets, results) is in the view.
    """

    version: str
    race: RaceLine
    pools: PoolTotals | None
    runners: tuple[MarketLine, ...]
    bucket: Bucket | None
