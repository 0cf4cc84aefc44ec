"""Runs jobs: what they need first, items isolated, a checkpoint a batch, an end at one in the morning, a record."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from loguru import logger

from raceday_daemon.cadence.racing_day import job_deadline
from raceday_daemon.jobs.job import Item, Job
from raceday_daemon.jobs.progress import Progress
from raceday_daemon.jobs.tally import Tally
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import (
    BatchTimeoutError,
    BreakerOpenError,
    DayOverError,
    InterruptedJobError,
    RacedayError,
    StoreError,
)
from raceday_daemon.model.job import FAILED, OK, PARTIAL, JobRun
from raceday_daemon.nztab.source import Source
from raceday_daemon.ops.process import memory_peak_mb
from raceday_daemon.store.checkpoints import Checkpoint, read_checkpoint, write_end, write_progress
from raceday_daemon.store.records import Records
from raceday_daemon.store.sqlite import Database

SEQUENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "refresh": ("meetings", "races", "entrants"),
    "all": ("meetings", "races", "entrants", "statuses"),
}
"""What is run by one name, each stage anew and in this order; `refresh` is the NZ morning's second look."""


class JobRunner:
    """Runs jobs by name for a racing day, one after the other."""

    def __init__(
        self,
        jobs: Sequence[Job],
        new_source: Callable[[], Source],
        store: Database,
        records: Records,
        clock: Clock,
        progress: Progress,
    ) -> None:
        """Give each run a source of its own from `new_source`, so that its calls are counted apart."""
        self._jobs = {job.name: job for job in jobs}
        self._new_source = new_source
        self._store = store
        self._records = records
        self._clock = clock
        self._progress = progress

    async def run(self, name: str, day: date) -> list[JobRun]:
        """Run a job or a sequence; give the records of all that was run for it, in order.

        What a job needs and finds missing or failed for the day is run before it; where that fails again, the job
        itself is not run, for it would work on nothing.
        """
        runs: list[JobRun] = []
        for stage in SEQUENCES.get(name) or (*await self._lacking(name, day), name):
            runs.append(await self._run_one(self._jobs[stage], day))
            if runs[-1].status == FAILED:
                break
        return runs

    async def _lacking(self, name: str, day: date) -> list[str]:
        return [
            need for need in self._jobs[name].needs if (await self._checkpoint(need, day)).status not in (OK, PARTIAL)
        ]

    async def _checkpoint(self, name: str, day: date) -> Checkpoint:
        stored = await self._store.transaction(lambda connection: read_checkpoint(connection, name, day))
        return stored or Checkpoint(FAILED)

    async def _run_one(self, job: Job, day: date) -> JobRun:
        started_at, began = self._clock.now(), self._clock.monotonic()
        run = _Run(job, day, self._new_source(), job_deadline(started_at))
        logger.info("{job} of {day} begins", action="job_started", job=job.name, day=day.isoformat())
        try:
            await self._carry_out(run)
        except RacedayError as error:
            run.tally.job_ended(job.name, error)
        except asyncio.CancelledError:
            stopped = InterruptedJobError("stopped before it was done; the next run goes on from here")
            run.tally.job_ended(job.name, stopped)
            raise
        finally:
            record = run.record(started_at, self._clock.now(), self._clock.monotonic() - began)
            _log_end(record)
            await self._records.add_job_run(record)
        return record

    async def _carry_out(self, run: "_Run") -> None:
        run.done |= (await self._checkpoint(run.job.name, run.day)).done
        await self._save(run)
        plan = await run.job.plan(run.source, run.day)
        run.tally.parts_set_aside(run.job.name, plan.set_aside)
        pending = [item for item in plan.items if item.item_id not in run.done]
        run.tally.skipped = plan.skipped + len(plan.items) - len(pending)
        self._progress.begin(run.job.name, len(plan.items) - len(pending), len(plan.items))
        try:
            for first in range(0, len(pending), run.job.batch_items):
                await self._do_batch(run, pending[first : first + run.job.batch_items])
        finally:
            self._progress.end()
        await plan.settle()
        name, day, status = run.job.name, run.day, run.tally.status
        await self._store.transaction(lambda connection: write_end(connection, name, day, status))

    async def _do_batch(self, run: "_Run", batch: Sequence[Item]) -> None:
        try:
            async with asyncio.timeout(run.job.batch_seconds):
                for item in batch:
                    await self._do(run, item)
        except TimeoutError as error:
            raise BatchTimeoutError(
                f"{len(batch)} items took longer than {run.job.batch_seconds:g} s; the next run goes on from here"
            ) from error
        finally:
            await self._save(run)

    async def _do(self, run: "_Run", item: Item) -> None:
        if self._clock.now() >= run.deadline:
            raise DayOverError("stopped at 01:00 in Auckland; the next run goes on from here")
        try:
            set_aside = await item.do()
        except (BreakerOpenError, StoreError):
            # Not this item's own failure: the others would meet it too.
            raise
        except RacedayError as error:
            run.tally.item_failed(item.label, error)
            logger.warning("{item}: {error}", action="item_failed", item=item.label, kind=error.kind, error=str(error))
        else:
            run.tally.item_done(item.label, set_aside)
            run.done.add(item.item_id)
        self._progress.advance(item.label)

    async def _save(self, run: "_Run") -> None:
        await self._store.transaction(lambda connection: write_progress(connection, run.job.name, run.day, run.done))


@dataclass(slots=True)
class _Run:
    """A run under way."""

    job: Job
    day: date
    source: Source
    deadline: datetime
    done: set[str] = field(default_factory=set)
    tally: Tally = field(default_factory=Tally)

    def record(self, started_at: datetime, finished_at: datetime, duration_seconds: float) -> JobRun:
        return JobRun(
            job=self.job.name,
            racing_day=self.day,
            started_at=started_at,
            finished_at=finished_at,
            status=self.tally.status,
            processed=self.tally.processed,
            failed=self.tally.failed,
            skipped=self.tally.skipped,
            api_calls=self.source.calls,
            duration_seconds=round(duration_seconds, 3),
            memory_peak_mb=round(memory_peak_mb(), 1),
            errors=tuple(self.tally.failures),
            source_away=self.tally.source_away,
        )


def _log_end(run: JobRun) -> None:
    level = {OK: "INFO", PARTIAL: "WARNING"}.get(run.status, "ERROR")
    logger.log(
        level,
        "{job} of {day}: {status}, {processed} processed, {failed} failed, {skipped} skipped, {api_calls} calls,"
        " {duration_seconds} s",
        action="job_finished",
        job=run.job,
        day=run.racing_day.isoformat(),
        status=run.status,
        processed=run.processed,
        failed=run.failed,
        skipped=run.skipped,
        api_calls=run.api_calls,
        duration_seconds=run.duration_seconds,
        memory_peak_mb=run.memory_peak_mb,
        error=str(run.errors[-1]) if run.errors else None,
    )
