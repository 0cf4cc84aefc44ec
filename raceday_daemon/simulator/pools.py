"""The tote's pools: they fill towards the start, lose the money of scratched runners, and give the tote's odds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import exp, pi, sin
from typing import Final

from raceday_daemon.simulator.plan import RacePlan, RunnerPlan

WIN: Final = "Win"
PLACE: Final = "Place"
PRODUCTS: Final = {
    WIN: (1.0, 1.0),
    PLACE: (0.43, 0.8),
    "Quinella": (0.58, 0.9),
    "Trifecta": (0.87, 0.95),
    "FirstFour": (0.5, 0.95),
    "Exacta": (0.4, 0.95),
}
"""The pools of one race: how large each is beside the Win pool, and how much its money keeps to the favourites."""

_WIN_KEPT: Final = 0.15
_PLACE_KEPT: Final = 0.2
_LOWEST_TENTHS: Final = 10
_HIGHEST_TENTHS: Final = 9990
# Most money comes in the last minutes: parts of a pool, and the seconds before the start within which each comes. What
# comes early follows the first opinion of the runners, what comes late the last one.
_EARLY_WAVES: Final = ((0.25, 900.0), (0.15, 7200.0))
_LATE_WAVES: Final = ((0.6, 100.0),)
_SWELLS: Final = ((0.5, 47.0), (0.35, 190.0))

Cents = Mapping[int, int]
Filled = tuple[float, float]
"""The early and the late part of a pool's money that has come."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool's money by runner number, in cents; a scratched runner has none."""

    product: str
    on_runners: Cents

    @property
    def total(self) -> int:
        """Give all the money in it."""
        return sum(self.on_runners.values())


def filled(race: RacePlan, at: datetime) -> float:
    """Give the part (0..1) of its money that a pool has at `at`; it never falls, and is whole at the start."""
    return sum(_filled(_seconds_left(race, at), pace=1.0))


def pools(race: RacePlan, at: datetime, *, with_refunds: bool = True) -> dict[str, Pool]:
    """Give the pools of a race by product.

    An abandoned race's money went back, and that of a scratched runner too; without refunds the latter stays as it was.
    """
    if race.abandoned_at and race.abandoned_at <= at:
        return {product: Pool(product, {}) for product in PRODUCTS}
    left = _seconds_left(race, at)
    parts = [_part(race, runner, at, left, with_refunds) for runner in race.runners]
    return {
        product: Pool(product, _on_runners(race, parts, size, keeps)) for product, (size, keeps) in PRODUCTS.items()
    }


def win_odds(pool: Pool, winners: int = 1) -> dict[int, float]:
    """Give what a dollar on each runner would bring; a runner without money has no price. `winners` share the pool."""
    return _odds(pool, 1 - _WIN_KEPT, winners)


def place_odds(pool: Pool, places: int) -> dict[int, float]:
    """Give what a dollar on each runner would bring if it came in one of so many paid places."""
    return _odds(pool, 1 - _PLACE_KEPT, places) if places else {}


def places_paid(runners: int) -> int:
    """Give how many places a field of so many starters pays."""
    return 3 if runners >= 8 else 2 if runners >= 5 else 0


def _odds(pool: Pool, paid_out: float, shared_by: int) -> dict[int, float]:
    total = pool.total * paid_out * 10 / shared_by
    return {
        number: min(max(int(total / cents), _LOWEST_TENTHS), _HIGHEST_TENTHS) / 10
        for number, cents in pool.on_runners.items()
        if cents
    }


def _part(race: RacePlan, runner: RunnerPlan, at: datetime, left: float, with_refunds: bool) -> Filled:
    if runner.scratched_at and runner.is_scratched(at):
        return (0.0, 0.0) if with_refunds else _filled(_seconds_left(race, runner.scratched_at), runner.pace)
    return _filled(left, runner.pace)


def _filled(seconds_left: float, pace: float) -> Filled:
    """Give the parts of the money that are there so long before the start; a pace above 1 brings it earlier."""
    early = sum(part * exp(-seconds_left / (seconds * pace)) for part, seconds in _EARLY_WAVES)
    return early, sum(part * exp(-seconds_left / (seconds * pace)) for part, seconds in _LATE_WAVES)


def _on_runners(race: RacePlan, parts: Sequence[Filled], size: float, keeps: float) -> Cents:
    firsts = _shares([(runner.opening_chance * runner.taste) ** keeps for runner in race.runners])
    lasts = _shares([(runner.closing_chance * runner.taste) ** keeps for runner in race.runners])
    whole = race.win_pool_cents * size
    return {
        runner.number: int(whole * (first * early + last * late))
        for runner, first, last, (early, late) in zip(race.runners, firsts, lasts, parts, strict=True)
        if early
    }


def _shares(weights: Sequence[float]) -> list[float]:
    whole = sum(weights)
    return [weight / whole for weight in weights]


def _seconds_left(race: RacePlan, at: datetime) -> float:
    """Give the seconds to the start on a clock by which the money comes: now faster, now slower, never back."""
    seconds = max((race.jump_at - at).total_seconds(), 0.0)
    left = seconds
    for share, length in _SWELLS:
        phase = 2 * pi * race.chance.unit("swell", length)
        left += share * length / (2 * pi) * (sin(phase) - sin(phase - 2 * pi * seconds / length))
    return left
