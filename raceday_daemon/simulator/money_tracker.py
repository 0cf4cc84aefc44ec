"""The money tracker: many rows a runner, each a whole percent of all the money, without label, time or order."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Any, Final

from raceday_daemon.simulator.market import Market
from raceday_daemon.simulator.plan import RacePlan, RunnerPlan

_LEAST_ROWS: Final = 6
_MORE_ROWS: Final = 7
_STRANGERS: Final = 3
_STRANGERS_PERCENT: Final = 2.0
_TWIST: Final = 0.6
_STAKE_WEIGHS: Final = 0.5


@dataclass(frozen=True, slots=True)
class _Row:
    place: bytes
    entrant_id: str
    hold: int
    bet: int


def money_tracker(market: Market) -> dict[str, Any]:
    """Give the tracker as the source sends it; its percentages sum to about 100, with those of ids that are no runners.

    A runner's rows keep their number and their places for as long as there is a race.
    """
    race = market.now.plan
    hold, bet = (_percentages(market, side) for side in ("hold", "bet"))
    rows = [row for runner in race.runners for row in _rows(race, runner, hold[runner.number], bet[runner.number])]
    rows += [_stranger(race, place) for place in range(_STRANGERS)]
    rows.sort(key=lambda row: row.place)
    return {
        "entrants": [
            {"entrant_id": row.entrant_id, "hold_percentage": row.hold, "bet_percentage": row.bet} for row in rows
        ]
    }


def _percentages(market: Market, side: str) -> dict[int, float]:
    """Give each runner's percentage; it follows the fixed odds with a will of its own, and the big bets."""
    race = market.now.plan
    stakes = dict.fromkeys(market.chances, 0)
    for bet in race.bets:
        if bet.at <= market.now.market_at and bet.number in stakes:
            stakes[bet.number] += bet.stake_cents
    parts = {
        number: chance * exp(_TWIST * (race.chance.unit(side, number) - 0.5))
        + _STAKE_WEIGHS * stakes[number] / (race.win_pool_cents + stakes[number])
        for number, chance in market.chances.items()
    }
    whole = sum(parts.values())
    return {
        runner.number: (100 - _STRANGERS_PERCENT) * parts.get(runner.number, 0.0) / whole for runner in race.runners
    }


def _rows(race: RacePlan, runner: RunnerPlan, hold: float, bet: float) -> list[_Row]:
    digest = race.chance.digest("rows", runner.number, size=64)
    count = _LEAST_ROWS + digest[0] % _MORE_ROWS
    # Cubes, so that a few rows have most of the money and many have none.
    weights = [part**3 for part in digest[1 : count + 1]]
    places = [digest[20 + 2 * row : 22 + 2 * row] for row in range(count)]
    holds, bets = _dealt(round(hold), weights), _dealt(round(bet), weights)
    return [_Row(*row) for row in zip(places, [runner.entrant_id] * count, holds, bets, strict=True)]


def _dealt(percent: int, weights: Sequence[int]) -> list[int]:
    """Deal whole percents out by weight, so that they sum to what is dealt."""
    whole = sum(weights) or 1
    shares = [percent * weight // whole for weight in weights]
    by_rest = sorted(range(len(weights)), key=lambda row: -(percent * weights[row] % whole))
    for row in by_rest[: percent - sum(shares)]:
        shares[row] += 1
    return shares


def _stranger(race: RacePlan, place: int) -> _Row:
    percent = 1 if place < _STRANGERS_PERCENT else 0
    return _Row(race.chance.digest("stranger", place, size=2), race.chance.uuid(race.race_id, place), percent, percent)
