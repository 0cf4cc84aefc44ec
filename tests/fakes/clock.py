"""A clock that the test owns: time stands still until it is told to move, or somebody sleeps."""

import asyncio
from datetime import UTC, datetime, timedelta

from raceday_daemon.ops.clock import SystemClock

_START = datetime(2025, 7, 17, tzinfo=UTC)


class FakeClock:
    """A model.clock.Clock in virtual time; `slept` lists the seconds of each sleep."""

    def __init__(self, start: datetime = _START) -> None:
        self.slept: list[float] = []
        self._now = start.astimezone(UTC)
        self._monotonic = 1_000.0

    def now(self) -> datetime:
        """Give the instant that the clock was last moved to."""
        return self._now

    def monotonic(self) -> float:
        """Give seconds from an arbitrary origin: moved by `advance` and `sleep`, never by `set`."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if seconds < 0:
            raise ValueError("time does not pass backwards; put the clock right with set()")
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def set(self, instant: datetime) -> None:
        """Put the wall clock right, backwards too, as NTP would: the monotonic clock stays."""
        self._now = instant.astimezone(UTC)

    async def sleep(self, seconds: float) -> None:
        """Let the seconds pass at once, and the other tasks have a turn."""
        self.slept.append(seconds)
        self.advance(max(seconds, 0.0))
        await asyncio.sleep(0)


class WallClockAt(SystemClock):
    """The machine's clock, but that its wall shows one instant all the while."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        """Give the instant."""
        return self._instant
