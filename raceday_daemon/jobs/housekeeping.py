"""When the house is kept: once a day, in the quiet hours."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time
from typing import Final

from loguru import logger

from raceday_daemon.cadence.daily import next_daily
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.schedule import Schedule

QUIET_TIME: Final = time(15, 0)
"""In UTC: three or four in the morning in Auckland, after the day's last races there."""


class Housekeeping:
    """Does its work once a day."""

    def __init__(self, work: Callable[[], Awaitable[object]], schedule: Schedule, clock: Clock) -> None:
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
            except Exception as error:
                # Its record says so too. Whatever it is, it must not reach the polling; the next night tries again.
                logger.opt(exception=error).error("a bug has stopped the housekeeping", action="housekeeping_broken")

        self._schedule.at("housekeeping", due, run, resumes=True)
