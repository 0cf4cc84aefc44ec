"""Work of several parts, each of which is tried whatever became of the others; it leaves a record as a job does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from loguru import logger

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.jobs.run import Run
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import InterruptedJobError, RacedayError
from raceday_daemon.model.job import JobRun
from raceday_daemon.store.records import Records

HOUSEKEEPING: Final = "housekeeping"
"""The name by which records and figures know it."""

Part = Callable[[], Awaitable[object]]


class Chores:
    """Does the parts in their order; `errors` has what they failed of."""

    def __init__(self, records: Records, clock: Clock) -> None:
        """Nothing happens before `do`."""
        self._records = records
        self._clock = clock
        self.errors: list[RacedayError] = []

    async def do(self, parts: Mapping[str, Part], counts: Callable[[], tuple[int, int]]) -> JobRun:
        """Do the parts, by their names for people; give the record.

        `counts` tells at the end how much was done and how much was passed over.
        """
        run = Run(HOUSEKEEPING, racing_day(self._clock.now()), self._clock)
        try:
            for name, part in parts.items():
                await self._try(run, name, part)
        except asyncio.CancelledError:
            stopped = InterruptedJobError("stopped before it was done; the next one goes on from here")
            run.tally.job_ended(HOUSEKEEPING, stopped)
            raise
        except BaseException as error:
            run.tally.job_ended(HOUSEKEEPING, error)
            raise
        finally:
            run.tally.processed, run.tally.skipped = counts()
            record = run.end()
            await self._records.add_job_run(record)
        return record

    async def _try(self, run: Run, name: str, part: Part) -> None:
        try:
            await part()
        except RacedayError as error:
            self.errors.append(error)
            run.tally.item_failed(name, error)
            logger.log(
                "WARNING" if error.retryable else "ERROR",
                "housekeeping, {part}: {error}; the next one tries again",
                action="housekeeping_failed",
                part=name,
                kind=error.kind,
                error=str(error),
            )
