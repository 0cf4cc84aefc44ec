"""Fixed odds: the market's opinion drifts from the first to the last one, and every price follows it in steps."""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp, log
from typing import Final

from raceday_daemon.simulator.plan import RacePlan, RunnerPlan

_OVERROUND: Final = 1.16
# The last opinion replaces the first within so long before the start; an hour before it prices change rarely.
_MOVES_WITHIN_SECONDS: Final = 1500.0
_RESTLESS_SECONDS: Final = 3600.0
_RESTLESSNESS: Final = 0.14
_SLOWER_BEFORE: Final = 12
# Up to each price, the step between those that are offered.
_LADDER: Final = ((2.0, 0.05), (5.0, 0.1), (10.0, 0.25), (15.0, 0.5), (31.0, 1.0), (71.0, 5.0), (301.0, 10.0))
_LOWEST: Final = 1.04
_HIGHEST: Final = 301.0
_PLACE_PART: Final = 5

Chances = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class FixedOdds:
    """A runner's fixed prices."""

    win: float
    place: float


def chances(race: RacePlan, at: datetime) -> Chances:
    """Give the market's opinion of each runner's chance to win, by number; they sum to 1 over those not scratched."""
    before_jump = max((race.jump_at - at).total_seconds(), 0.0)
    moved = exp(-before_jump / _MOVES_WITHIN_SECONDS)
    parts = {
        runner.number: exp(
            (1 - moved) * log(runner.opening_chance)
            + moved * log(runner.closing_chance)
            + _restlessness(race, runner, at, before_jump)
        )
        for runner in race.runners
        if not runner.is_scratched(at)
    }
    whole = sum(parts.values())
    return {number: part / whole for number, part in parts.items()}


def fixed_odds(race: RacePlan, opinion: Chances) -> dict[int, FixedOdds]:
    """Give every runner's fixed prices by number, for an opinion; a scratched one keeps those that it had."""
    prices = {number: _odds(chance) for number, chance in opinion.items()}
    for runner in race.runners:
        if runner.number not in prices:
            prices[runner.number] = _odds_before_scratching(race, runner)
    return prices


def opening_price(runner: RunnerPlan) -> float:
    """Give the first price to win."""
    return _odds(runner.opening_chance).win


def number_sent(value: float) -> float:
    """Give a number as the source writes it: without decimals where it has none."""
    return int(value) if value == int(value) else value


def _odds(chance: float) -> FixedOdds:
    win = _on_ladder(1 / (chance * _OVERROUND))
    return FixedOdds(win, _on_ladder(1 + (win - 1) / _PLACE_PART))


def _on_ladder(price: float) -> float:
    """Round a price down to one that is offered."""
    if price >= _HIGHEST:
        return _HIGHEST
    # A price on the edge of two steps belongs to the wider one.
    base, (_, step) = _rung(price)
    return max(round(base + int((price - base) / step) * step, 2), _LOWEST)


def _rung(price: float) -> tuple[float, tuple[float, float]]:
    edges = [edge for edge, _ in _LADDER]
    place = bisect_right(edges, price)
    return (edges[place - 1] if place else 1.0), _LADDER[place]


def _restlessness(race: RacePlan, runner: RunnerPlan, at: datetime, before_jump: float) -> float:
    """Give the small to and fro of an opinion: the same for a minute or some, each runner at moments of its own."""
    seconds = race.chance.whole(45, 180, "restless", runner.number)
    if before_jump > _RESTLESS_SECONDS:
        seconds *= _SLOWER_BEFORE
    turn = (int(at.timestamp()) + seconds * runner.number // 7) // seconds
    return _RESTLESSNESS * (race.chance.unit("to and fro", runner.number, turn) - 0.5)


def _odds_before_scratching(race: RacePlan, runner: RunnerPlan) -> FixedOdds:
    """Give the last prices of a scratched runner, which the source keeps."""
    last = (runner.scratched_at or race.start) - timedelta(microseconds=1)
    return _odds(chances(race, last)[runner.number])
