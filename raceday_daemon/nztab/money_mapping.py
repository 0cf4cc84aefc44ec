"""The money in an event's answer: pools in cents, the money tracker summed, each runner's share of Win and Place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from raceday_daemon.market.shares import Share, Shares, hold_shares, odds_shares, pool_amount, trend_shares
from raceday_daemon.model.errors import MisfitError
from raceday_daemon.model.market import RacePools
from raceday_daemon.model.snapshot import SetAside
from raceday_daemon.nztab.payloads import EventData, RunnerPayload
from raceday_daemon.nztab.tote_trends import PLACE_BETS, WIN_BETS, ToteTrend, parse_tote_trend
from raceday_daemon.nztab.values import cents, price, sent_or_none

# Every other product runs over several races (quadrellas, doubles, trebles) and is no part of this race's pools.
_POOL_FIELDS = {
    "win": "win_pool_total",
    "place": "place_pool_total",
    "quinella": "quinella_pool_total",
    "trifecta": "trifecta_pool_total",
    "exacta": "exacta_pool_total",
    "firstfour": "first4_pool_total",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerMoney:
    """The money on one runner: summed percentages as sent, shares of Win and Place, and those in cents."""

    hold_percentage: float | None
    bet_percentage: float | None
    win: Share | None
    win_amount: int | None
    place: Share | None
    place_amount: int | None


def race_pools(data: EventData, aside: list[SetAside]) -> RacePools:
    """Give the pools of this race alone; their total is unknown where one of them could not be read."""
    totals: dict[str, Any] = {}
    unread = any(part.path[:2] == ("data", "tote_pools") and len(part.path) == 3 for part in aside)
    for place, pool in enumerate(data.tote_pools or ()):
        field = _POOL_FIELDS.get(pool.product_type.lower())
        total = sent_or_none(pool.total)
        unread = unread or (field is not None and total is None)
        if field is None or total is None:
            continue
        if field in totals:
            aside.append(SetAside(("data", "tote_pools", place), f"a second {pool.product_type} pool"))
        totals.setdefault(field, cents(total))
    total = None if unread or not totals else sum(totals.values())
    return replace(RacePools(race_id=data.race.event_id, total_race_pool=total), **totals)


def money_of(
    data: EventData, runners: Sequence[RunnerPayload], pools: RacePools, aside: list[SetAside], *, all_read: bool
) -> Mapping[str, RunnerMoney]:
    """Give the money on each of the runners by entrant id.

    Win shares come from the tote trends, else the tote odds, else the summed hold; Place shares from the tote trends,
    else the hold (a place price says nothing of a share). With a runner that could not be read (not `all_read`) there
    are no shares by odds: its own would fall to the others.
    """
    holds, bets = _summed(data, "hold_percentage"), _summed(data, "bet_percentage")
    by_hold = hold_shares(holds)
    win = _trend_shares(data, "win", WIN_BETS, runners, aside) or (_odds_shares(runners) if all_read else {}) or by_hold
    place = _trend_shares(data, "place", PLACE_BETS, runners, aside) or by_hold
    return {
        runner.entrant_id: RunnerMoney(
            hold_percentage=holds.get(runner.entrant_id),
            bet_percentage=bets.get(runner.entrant_id),
            win=win.get(runner.entrant_id),
            win_amount=pool_amount(win.get(runner.entrant_id), pools.win_pool_total),
            place=place.get(runner.entrant_id),
            place_amount=pool_amount(place.get(runner.entrant_id), pools.place_pool_total),
        )
        for runner in runners
    }


def _summed(data: EventData, field: str) -> dict[str, float]:
    """Sum the money tracker's many rows a runner; it has rows of ids that are no runners, too."""
    sums: dict[str, float] = {}
    for row in (data.money_tracker.entrants if data.money_tracker else None) or ():
        percentage = getattr(row, field)
        if percentage is not None and percentage != "":
            sums[row.entrant_id] = sums.get(row.entrant_id, 0.0) + percentage
    return sums


def _odds_shares(runners: Sequence[RunnerPayload]) -> Shares:
    prices = {
        runner.entrant_id: price(runner.odds.pool_win) if runner.odds else None
        for runner in runners
        if not runner.scratched
    }
    return odds_shares(prices)


def _trend_shares(
    data: EventData, product: str, bet_type: str, runners: Sequence[RunnerPayload], aside: list[SetAside]
) -> Shares:
    trend = _trend(data, product, bet_type, aside)
    if trend is None:
        return {}
    ids = {runner.runner_number: runner.entrant_id for runner in runners}
    investments = {ids[number]: amount for number, amount in trend.investments.items() if number in ids}
    return trend_shares(investments, trend.pool_total)


def _trend(data: EventData, product: str, bet_type: str, aside: list[SetAside]) -> ToteTrend | None:
    for place, pool in enumerate(data.tote_pools or ()):
        xml = pool.tote_trends.tote_trends_data if pool.tote_trends else None
        if pool.product_type.lower() == product and xml:
            try:
                return parse_tote_trend(xml, bet_type, data.race.race_number)
            except MisfitError as error:
                aside.append(SetAside(("data", "tote_pools", place, "tote_trends"), str(error)))
    return None
