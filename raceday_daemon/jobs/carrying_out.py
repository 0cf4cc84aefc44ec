"""Carrying a job out: its items one at a time, isolated, with a checkpoint after every batch."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from sqlite3 import Connection

from loguru import logger

from raceday_daemon.cadence.racing_day import job_deadline
from raceday_daemon.jobs.job import Item, Job
from raceday_daemon.jobs.overrun import Overruns
from raceday_daemon.jobs.run import Run
from raceday_daemon.model.errors import (
    BatchTimeoutError,
    BreakerOpenError,
    DayOverError,
    LeaseLostError,
    RacedayError,
    StoreError,
)
from raceday_daemon.model.progress import Progress
from raceday_daemon.nztab.source import Source
from raceday_daemon.store.checkpoints import read_checkpoint, write_end, write_progress
from raceday_daemon.store.leases import check_lease
from raceday_daemon.store.sqlite import Database

# A job that is past its limit must not wait for a store that hangs.
_SAVE_SECONDS = 5.0
_DAY_OVER = "stopped at 01:00 in Auckland; the next run goes on from here"


@dataclass(frozen=True, slots=True)
class Carrier:
    """Carries jobs out on a store."""

    store: Database
    progress: Progress
    overruns: Overruns = field(default_factory=Overruns)

    async def carry_out(self, job: Job, run: Run, source: Source) -> None:
        """Do what there is to do, from where an earlier run was cut off; the run counts it.

        Raises RacedayError for what stops the job as a whole: the checkpoint then holds what was done.
        """
        deadline = job_deadline(run.started_at)
        try:
            async with asyncio.timeout((deadline - run.clock.now()).total_seconds()):
                with self.overruns.told(run, of_a_batch=False):
                    await self._from_where_it_was(job, run, source)
        except TimeoutError as error:
            raise DayOverError(_DAY_OVER) from error

    async def _from_where_it_was(self, job: Job, run: Run, source: Source) -> None:
        stored = await self.store.transaction(lambda connection: read_checkpoint(connection, run.name, run.day))
        if stored and job.resumes:
            run.done |= stored.done
            run.failed |= stored.failed
        await self._save_progress(run)
        plan = await job.plan(source, run.day)
        run.tally.parts_set_aside(job.name, plan.set_aside)
        pending = [item for item in plan.items if item.item_id not in run.done]
        # What failed before comes last: the same few must not stop the job for the others each time.
        pending.sort(key=lambda item: item.item_id in run.failed)
        run.total, run.tally.done_before = len(plan.items), len(plan.items) - len(pending)
        run.tally.skipped = plan.skipped + run.tally.done_before
        self.progress.begin(job.name, run.tally.done_before, run.total)
        try:
            for first in range(0, len(pending), job.batch_items):
                await self._do_batch(job, run, pending[first : first + job.batch_items])
        finally:
            self.progress.end()
        await self.store.transaction(partial(_check_held, run=run))
        await plan.settle()
        await self.store.transaction(partial(_write_end, run=run))

    async def _do_batch(self, job: Job, run: Run, batch: Sequence[Item]) -> None:
        try:
            await self._do_in_time(job, run, batch)
        except BaseException:
            await self._save_on_the_way_out(run)
            raise
        await self._save_progress(run)

    async def _do_in_time(self, job: Job, run: Run, batch: Sequence[Item]) -> None:
        try:
            async with asyncio.timeout(job.batch_seconds):
                with self.overruns.told(run, of_a_batch=True):
                    for item in batch:
                        await self._do(run, item)
                        self.overruns.look_at_memory(run)
        except TimeoutError as error:
            raise BatchTimeoutError(
                f"{len(batch)} items took longer than {job.batch_seconds or 0:g} s; the next run goes on from here"
            ) from error

    async def _save_on_the_way_out(self, run: Run) -> None:
        """Keep what was done, if that can be: what ends the batch is told, not what comes on top of it."""
        try:
            async with asyncio.timeout(_SAVE_SECONDS):
                await self._save_progress(run)
        except (StoreError, LeaseLostError, TimeoutError) as error:
            logger.warning(
                "the checkpoint was not kept: {error}", action="checkpoint_lost", error=str(error) or "no answer"
            )

    async def _do(self, run: Run, item: Item) -> None:
        if run.clock.now() >= job_deadline(run.started_at):
            raise DayOverError(_DAY_OVER)
        await self.store.transaction(partial(_check_held, run=run))
        try:
            set_aside = await item.do()
        except (BreakerOpenError, StoreError):
            # Not this item's own failure: the others would meet it too.
            raise
        except RacedayError as error:
            run.tally.item_failed(item.label, error)
            run.failed.add(item.item_id)
            logger.warning("{item}: {error}", action="item_failed", item=item.label, kind=error.kind, error=str(error))
        else:
            run.tally.item_done(item.label, set_aside)
            run.done.add(item.item_id)
            run.failed.discard(item.item_id)
        self.progress.advance(item.label)

    async def _save_progress(self, run: Run) -> None:
        await self.store.transaction(partial(_write_progress, run=run))


def _write_progress(connection: Connection, run: Run) -> None:
    _check_held(connection, run)
    write_progress(connection, run.name, run.day, run.done, run.failed)


def _write_end(connection: Connection, run: Run) -> None:
    _check_held(connection, run)
    write_end(connection, run.name, run.day, run.tally.status)


def _check_held(connection: Connection, run: Run) -> None:
    """Fence: a run whose lease was taken over stops, and overwrites nothing of its successor's."""
    if run.lease:
        check_lease(connection, run.lease)
