"""When the house is kept: once a day, in the quiet hours; where the machine was off then, some time after a start."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from typing import Final

from loguru import logger

from raceday_daemon.cadence.daily import next_daily
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import RacedayError
from raceday_daemon.model.schedule import Schedule

QUIET_TIME: Final = time(15, 0)
"""In UTC: three or four in the morning in Auckland, after the day's last races there."""

_OVERDUE_AFTER: Final = timedelta(hours=26)
_MADE_UP_AFTER: Final = timedelta(minutes=30)
"""After a start, when what the day lacks has been imported."""


class Housekeeping:
    """Does its work once a day."""

    def __init__(
        self,
        work: Callable[[], Awaitable[object]],
        last_done: Callable[[], Awaitable[datetime | None]],
        schedule: Schedule,
        clock: Clock,
    ) -> None:
        """Do `work`; nothing happens before `begin`. `last_done` tells since when there has been none, if ever."""
        self._work = work
        self._last_done = last_done
        self._schedule = schedule
        self._clock = clock

    def begin(self) -> None:
        """Set the next time, and look whether the last one was missed."""
        now = self._clock.now()
        self._arm(now)
        self._schedule.at("missed housekeeping", now + _MADE_UP_AFTER, self._make_up, resumes=True)

    def clock_was_set(self, _step_seconds: float) -> None:
        """Set the next time anew."""
        self.begin()

    def _arm(self, after: datetime) -> None:
        due = next_daily(QUIET_TIME, after)

        async def run() -> None:
            self._arm(max(due, self._clock.now()))
            await self._do(self._work)

        self._schedule.at("housekeeping", due, run, resumes=True)

    async def _make_up(self) -> None:
        async def work() -> None:
            done = await self._last_done()
            if done and self._clock.now() - done > _OVERDUE_AFTER:
                await self._work()

        await self._do(work)

    async def _do(self, work: Callable[[], Awaitable[object]]) -> None:
        try:
            await work()
        except RacedayError as error:
            logger.error("housekeeping: {error}", action="housekeeping_failed", kind=error.kind, error=str(error))
        except Exception as error:
            # Its record says so too. Whatever it is, it must not reach the polling; the next night tries again.
            logger.opt(exception=error).error("a bug has stopped the housekeeping", action="housekeeping_broken")
