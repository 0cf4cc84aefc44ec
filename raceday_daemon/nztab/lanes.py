"""Two lanes to the source: daily jobs keep a distance between their calls, polls don't wait behind them."""

from dataclasses import dataclass
from typing import Protocol

from aiolimiter import AsyncLimiter

DAILY_ATTEMPTS = 3
POLL_ATTEMPTS = 2


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

    A source that asks for a longer pause than `longest_wait_seconds` is not asked again.
    """

    name: str
    limiter: Limiter
    attempts: int
    longest_wait_seconds: float


def daily_lane(delay_seconds: float) -> Lane:
    """Give the lane of the daily jobs: calls begin at least `delay_seconds` apart (0: unlimited)."""
    limiter: Limiter = AsyncLimiter(1, delay_seconds) if delay_seconds > 0 else Unlimited()
    return Lane("daily", limiter, DAILY_ATTEMPTS, longest_wait_seconds=60.0)


def poll_lane(calls_per_second: float) -> Lane:
    """Give the lane of the polls: so many calls a second over time, and as many at once (0: unlimited)."""
    return Lane("poll", _rate(calls_per_second), POLL_ATTEMPTS, longest_wait_seconds=2.0)


def _rate(calls_per_second: float) -> Limiter:
    if calls_per_second <= 0:
        return Unlimited()
    # A bucket must hold one call at least: below one a second, one is let through in a longer time.
    return AsyncLimiter(max(calls_per_second, 1), max(1 / calls_per_second, 1))
