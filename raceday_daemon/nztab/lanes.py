"""Two lanes to the source: daily jobs keep a distance between their calls, polls don't wait behind them."""

from dataclasses import dataclass
from typing import Protocol

from aiolimiter import AsyncLimiter

from raceday_daemon.nztab.breaker import REST_SECONDS

# Less than the least step of a table, so that a source that is back is found by the next slot.
_POLL_REST_SECONDS = 10.0

DAILY_ATTEMPTS = 3
POLL_ATTEMPTS = 1


class Limiter(Protocol):
    """Lets calls through at a rate."""

    async def acquire(self) -> None:
        """Return when the next call may be made."""


class Unlimited:
    """Lets every call through at once."""

    async def acquire(self) -> None:
        """Return at once."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A way to the source: its rate, how often a call is tried in all, and the longest pause it takes in between.

    A source that asks for a longer pause than `longest_wait_seconds` is not asked again; one that fails again and again
    is left alone for `rest_seconds`.
    """

    name: str
    limiter: Limiter
    attempts: int
    longest_wait_seconds: float
    rest_seconds: float = REST_SECONDS


def daily_lane(delay_seconds: float) -> Lane:
    """Give the lane of the daily jobs: calls begin at least `delay_seconds` apart (0: unlimited)."""
    limiter: Limiter = AsyncLimiter(1, delay_seconds) if delay_seconds > 0 else Unlimited()
    return Lane("daily", limiter, DAILY_ATTEMPTS, longest_wait_seconds=60.0)


def poll_lane(calls_per_second: float) -> Lane:
    """Give the lane of the polls: so many calls a second over time, and as many at once (0: unlimited).

    A call is tried once, since the schedule tries again; a pause that the source asks for is given by all of them.
    """
    return Lane(
        "poll", _rate(calls_per_second), POLL_ATTEMPTS, longest_wait_seconds=0.0, rest_seconds=_POLL_REST_SECONDS
    )


def _rate(calls_per_second: float) -> Limiter:
    if calls_per_second <= 0:
        return Unlimited()
    # A bucket must hold one call at least: below one a second, one is let through in a longer time.
    return AsyncLimiter(max(calls_per_second, 1), max(1 / calls_per_second, 1))
