"""The daily pipeline: each job at its time of day, the card looked through again while races are open."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final

from loguru import logger

from raceday_daemon.cadence.daily import last_daily, next_daily, next_every
from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.jobs.runner import JobRunner
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.job import DONE
from raceday_daemon.model.schedule import Schedule
from raceday_daemon.store.checkpoints import read_checkpoint
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.watch_queries import days_under_way

_IMPORT: Final = ("meetings", "races", "entrants")
"""The jobs that a racing day needs once, in their order."""

CLOCK_WAS_WRONG: Final = timedelta(minutes=5)
"""Set back by more than this, a clock had been wrong; by less, no job runs twice for it."""

_OPEN_SINCE: Final = timedelta(hours=6)
_OPEN_UNTIL: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Timetable:
    """When each daily job is due, in UTC, and how often the card is looked through."""

    daily: Mapping[str, time]
    statuses_every: timedelta


class DailyPipeline:
    """Runs the jobs at their times, one after the other, and once more what the day still lacks."""

    def __init__(self, runner: JobRunner, store: Database, schedule: Schedule, clock: Clock, times: Timetable) -> None:
        """Run jobs with `runner`; nothing happens before `begin`."""
        self._runner = runner
        self._store = store
        self._schedule = schedule
        self._clock = clock
        self._times = times
        # One after the other: they share a lane to the source, and each needs what the one before it found.
        self._turn = asyncio.Lock()

    def begin(self) -> None:
        """Set every job's time, and catch up at once."""
        now = self._clock.now()
        for job in self._times.daily:
            self._arm_daily(job, now)
        self._arm_statuses(now)
        self._schedule.at("catching up", now, self.catch_up, resumes=True)

    def clock_was_set(self, step_seconds: float) -> None:
        """Set every job's time anew where the clock was set back for long: else they wait for the wrong day."""
        if step_seconds < -CLOCK_WAS_WRONG.total_seconds():
            self.begin()

    async def catch_up(self) -> None:
        """Run what today's racing day lacks, and look through the cards that are under way."""
        await self._run_all(await self._lacking(self._clock.now(), even_before_its_time=True))
        await self._look_through_cards()

    def _arm_daily(self, job: str, after: datetime) -> None:
        due = next_daily(self._times.daily[job], after)

        async def run() -> None:
            # From the later of the two, so that a clock set back does not run the job again.
            self._arm_daily(job, max(due, self._clock.now()))
            await self._run_alone(job, racing_day(due))

        self._schedule.at(f"daily {job}", due, run, resumes=True)

    def _arm_statuses(self, after: datetime) -> None:
        due = next_every(self._times.statuses_every, after)

        async def run() -> None:
            self._arm_statuses(max(due, self._clock.now()))
            await self._run_all(await self._lacking(self._clock.now()))
            await self._look_through_cards()

        self._schedule.at("statuses", due, run, resumes=True)

    async def _look_through_cards(self) -> None:
        now = self._clock.now()
        for day in await self._days_under_way(now):
            await self._run_alone("statuses", day)

    async def _days_under_way(self, now: datetime) -> Sequence[date]:
        first, last = now - _OPEN_SINCE, now + _OPEN_UNTIL
        try:
            return await self._store.transaction(partial(days_under_way, first_start=first, last_start=last))
        except StoreError as error:
            logger.error("the cards under way are not known: {error}", action="store_unreadable", error=str(error))
            return ()

    async def _lacking(self, now: datetime, *, even_before_its_time: bool = False) -> list[str]:
        """Name the imports that the racing day of `now` has not had: those that failed, or whose time was missed."""
        day = racing_day(now)
        return [
            job
            for job in _IMPORT
            if (even_before_its_time or racing_day(last_daily(self._times.daily[job], now)) == day)
            and not await self._is_done(job, day)
        ]

    async def _is_done(self, job: str, day: date) -> bool:
        """Say whether a job is done for a day; one of a store that can't be read is left for the next time."""
        try:
            checkpoint = await self._store.transaction(partial(read_checkpoint, job=job, day=day))
        except StoreError as error:
            logger.error(
                "what {job} has done is not known: {error}", action="store_unreadable", job=job, error=str(error)
            )
            return True
        return checkpoint is not None and checkpoint.status in DONE

    async def _run_all(self, jobs: Sequence[str]) -> None:
        day = racing_day(self._clock.now())
        for job in jobs:
            async with self._turn:
                if not await self._is_done(job, day) and not await self._run(job, day):
                    # The others would need what it did not find.
                    return

    async def _run_alone(self, job: str, day: date) -> None:
        async with self._turn:
            await self._run(job, day)

    async def _run(self, job: str, day: date) -> bool:
        """Run a job in its turn; give whether it came to its end."""
        try:
            runs = await self._runner.run(job, day)
        except Exception as error:
            # Its record says so too. Whatever it is, it must not reach the polling; the next time tries again.
            logger.opt(exception=error).error("a bug has stopped {job}", action="job_broken", job=job)
            return False
        return runs[-1].status in DONE
