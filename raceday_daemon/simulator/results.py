"""Placings, which get better after Final, and dividends, which come once as Interim and once as Final."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from raceday_daemon.model.race import FINAL, INTERIM
from raceday_daemon.simulator.plan import METRES_A_SECOND, Placing, RacePlan
from raceday_daemon.simulator.pools import PLACE, WIN, Pool, place_odds, places_paid, pools, win_odds
from raceday_daemon.simulator.prices import number_sent
from raceday_daemon.simulator.race_now import RaceNow

_TOLD_AT_ONCE: Final = 4
_MARGIN_WORDS: Final = ((0.1, "NSE"), (0.2, "HD"), (0.3, "NK"), (0.4, "LG NK"), (0.5, "1/2L"), (0.8, "3/4L"))
_PAID_OUT: Final = 0.8


def placings(now: RaceNow) -> list[dict[str, Any]] | None:
    """Give the placings told so far, None before there are any: the first four, later all of them with margins."""
    if not now.has_result:
        return None
    ending = now.plan.ending
    complete = now.at >= ending.complete_at
    told = [placing for placing in ending.placings if complete or placing.position <= _TOLD_AT_ONCE]
    return [_placing(now.plan, before, placing, complete) for before, placing in pairwise([told[0], *told])]


def dividends(now: RaceNow) -> list[dict[str, Any]] | None:
    """Give the dividends told so far, None before there are any, in no order that means anything."""
    if not now.has_result:
        return None
    statuses = [INTERIM, FINAL] if now.status == FINAL else [INTERIM]
    facts = list(_facts(now.plan))
    sent = [_dividend(now.plan, fact, status) for fact in facts for status in statuses]
    return sorted(sent, key=lambda dividend: str(dividend["id"]))


def _placing(race: RacePlan, before: Placing, placing: Placing, complete: bool) -> dict[str, Any]:
    runner = race.runners[placing.number - 1]
    sent = {
        "position": placing.position,
        "name": runner.name,
        "barrier": runner.barrier,
        "runner_number": runner.number,
        "margin_length": number_sent(placing.margin) if complete else 0,
        "entrant_id": runner.entrant_id,
    }
    if complete and placing.position > 1:
        sent["positional_margin"] = _in_words(round(placing.margin - before.margin, 1))
    elif complete:
        seconds = number_sent(round(race.distance / METRES_A_SECOND + race.chance.between(-3, 3, "time"), 2))
        sent |= {"winning_time": seconds, "time_ran": seconds}
    return sent


def _in_words(lengths: float) -> str:
    return next((word for most, word in _MARGIN_WORDS if lengths <= most), f"{lengths:g}L")


@dataclass(frozen=True, slots=True)
class _Fact:
    product: str
    pool: Pool
    amount: float
    placed: tuple[Placing, ...]
    positions: tuple[int, ...]


def _facts(race: RacePlan) -> Iterator[_Fact]:
    """Name what pays: the winners, the placed, and the first two, three and four together."""
    closing = pools(race, race.jump_at)
    in_order = race.ending.placings
    winners = [placing for placing in in_order if placing.position == 1]
    for_a_win = win_odds(closing[WIN], len(winners))
    for winner in winners:
        yield _Fact("Pool Win", closing[WIN], for_a_win[winner.number], (winner,), (1,))
    paid = places_paid(len(in_order))
    for_a_place = place_odds(closing[PLACE], paid)
    for placed in in_order[:paid]:
        yield _Fact("Pool Place", closing[PLACE], for_a_place[placed.number], (placed,), (1,))
    shares = {number: cents / closing[WIN].total for number, cents in closing[WIN].on_runners.items()}
    for product, pool, count in _EXOTICS:
        if len(in_order) < count:
            continue
        orders = _orders(in_order[:count], dead_heat=len(winners) > 1 and pool != "Quinella")
        for order in orders:
            amount = _exotic(shares, order) / len(orders)
            amount = amount / 2 if pool == "Quinella" else amount
            yield _Fact(product, closing[pool], max(round(amount, 1), 1.0), order, tuple(range(1, count + 1)))


_EXOTICS: Final = (
    ("Pool Quinella", "Quinella", 2),
    ("Pool Exacta", "Exacta", 2),
    ("Pool Trifecta", "Trifecta", 3),
    ("Pool First4", "FirstFour", 4),
)


def _orders(placed: Sequence[Placing], *, dead_heat: bool) -> list[tuple[Placing, ...]]:
    first, second, *others = placed
    return [(first, second, *others), (second, first, *others)] if dead_heat else [(first, second, *others)]


def _exotic(shares: dict[int, float], order: Sequence[Placing]) -> float:
    """Give what a dollar on these runners in this order would bring, by their shares of the Win pool."""
    left, chance = 1.0, 1.0
    for placing in order:
        chance *= shares[placing.number] / left
        left -= shares[placing.number]
    return _PAID_OUT / chance


def _dividend(race: RacePlan, fact: _Fact, status: str) -> dict[str, Any]:
    numbers = [placing.number for placing in fact.placed]
    description = ":".join(map(str, numbers))
    return {
        "id": race.chance.uuid(race.race_id, "dividend", fact.product, description, status),
        "tote": "NZ",
        "product_name": fact.product,
        "status": status,
        "dividend": number_sent(fact.amount),
        "pool_size": number_sent(fact.pool.total / 100),
        "jackpot_size": 0,
        "positions": [
            {"runner_number": number, "position": position}
            for number, position in zip(numbers, fact.positions, strict=True)
        ],
        "description": description,
    }
