"""Housekeeping in the quiet hours: what is kept for a time only goes every day, not only at a start."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time
from typing import Final

from loguru import logger

from raceday_daemon.cadence.daily import next_daily
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.schedule import Schedule

QUIET_TIME: Final = time(15, 0)
"""In UTC: three or four in the morning in Auckland, after the day's last races there."""


class Housekeeping:
    """Does its work once a day."""

    def __init__(self, work: Callable[[], Awaitable[None]], schedule: Schedule, clock: Clock) -> None:
        """Do `work`; nothing happens before `begin`."""
        self._work = work
        self._schedule = schedule
        self._clock = clock

    def begin(self) -> None:
        """Set the next time."""
        self._arm(self._clock.now())

    def clock_was_set(self, _step_seconds: float) -> None:
        """Set the next time anew."""
        self.begin()

    def _arm(self, after: datetime) -> None:
        due = next_daily(QUIET_TIME, after)

        async def run() -> None:
            self._arm(max(due, self._clock.now()))
            try:
                await self._work()
            except StoreError as error:
                logger.error("housekeeping: {error}", action="housekeeping_failed", error=str(error))

        self._schedule.at("housekeeping", due, run, resumes=True)
