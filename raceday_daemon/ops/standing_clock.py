"""A clock for what is played again: it stands at the instant that it was last put to."""

import asyncio
from datetime import UTC, datetime, timedelta


class StandingClock:
    """A model.clock.Clock; between two calls of `stand_at` no time passes."""

    def __init__(self) -> None:
        """Stand in 1970 until put elsewhere."""
        self._now = datetime.fromtimestamp(0, UTC)
        self._monotonic = 0.0

    def stand_at(self, instant: datetime) -> None:
        """Go to an instant; to an earlier one as a clock does that is put right."""
        self._monotonic += max((instant - self._now).total_seconds(), 0.0)
        self._now = instant

    def now(self) -> datetime:
        """Give the instant."""
        return self._now

    def monotonic(self) -> float:
        """Give the seconds that it was put forward so far."""
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        """Go forward by that many seconds at once, and let others have a turn."""
        self.stand_at(self._now + timedelta(seconds=max(seconds, 0.0)))
        await asyncio.sleep(0)
