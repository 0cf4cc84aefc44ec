"""Runs jobs by name: what they need first, each under its lease, each with a record."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

from loguru import logger

from raceday_daemon.jobs.carrying_out import Carrier
from raceday_daemon.jobs.job import Job
from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.jobs.run import Run
from raceday_daemon.jobs.sequences import SEQUENCES, stages_of
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.errors import InterruptedJobError, RacedayError
from raceday_daemon.model.job import DONE, FAILED, JobRun
from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.model.progress import Progress
from raceday_daemon.nztab.source import Source
from raceday_daemon.store.checkpoints import read_checkpoint
from raceday_daemon.store.day_queries import StoredRace, races_of_day
from raceday_daemon.store.records import Records
from raceday_daemon.store.sqlite import Database


class JobRunner:
    """Runs jobs for a racing day, one after the other."""

    def __init__(
        self,
        *,
        jobs: Sequence[Job],
        new_source: Callable[[], Source],
        store: Database,
        records: Records,
        leases: LeaseKeeper,
        clock: Clock,
        progress: Progress,
    ) -> None:
        """Give each run a source of its own from `new_source`, so that its calls are counted apart."""
        self._jobs = {job.name: job for job in jobs}
        self._new_source = new_source
        self._store = store
        self._records = records
        self._leases = leases
        self._clock = clock
        self._carrier = Carrier(store, progress)

    async def run(self, name: str, day: date) -> list[JobRun]:
        """Run a job or a sequence; give the records of all that was run for it, in order.

        What a job needs and finds missing or failed for the day is run before it. Where that is stopped, or leaves
        nothing in the store to work on, the job itself is not run.
        """
        whole, runs = Run(name, day, self._clock), list[JobRun]()
        try:
            if name not in SEQUENCES:
                await self._run_stages([*await self._lacking(name, day), name], day, runs)
            elif name in LEASE_OF_JOB:
                await self._run_under_its_lease(name, day, runs)
            else:
                await self._run_stages(stages_of(name), day, runs)
        except RacedayError as error:
            whole.tally.job_ended(name, error)
            runs.append(await self._recorded(whole))
        return runs

    async def _run_under_its_lease(self, name: str, day: date, runs: list[JobRun]) -> None:
        stages = stages_of(name)
        async with self._leases.held(LEASE_OF_JOB[name], lambda: f"{len(runs)} of {len(stages)} jobs done"):
            await self._run_stages(stages, day, runs)

    async def _run_stages(self, stages: Sequence[str], day: date, runs: list[JobRun]) -> None:
        for stage in stages:
            run = await self._run_one(self._jobs[stage], day)
            runs.append(run)
            if run.stopped or (run.status == FAILED and not await self._races(day)):
                return

    async def _lacking(self, name: str, day: date) -> list[str]:
        """Name what a job needs that is not done for the day; a day without races may have got some since."""
        needs = self._jobs[name].needs
        if not await self._races(day):
            return list(needs)
        checkpoints = [await self._store.transaction(partial(read_checkpoint, job=need, day=day)) for need in needs]
        return [
            need for need, found in zip(needs, checkpoints, strict=True) if found is None or found.status not in DONE
        ]

    async def _races(self, day: date) -> list[StoredRace]:
        return await self._store.transaction(partial(races_of_day, day=day))

    async def _run_one(self, job: Job, day: date) -> JobRun:
        run, source = Run(job.name, day, self._clock), self._new_source()
        logger.info("{job} of {day} begins", action="job_started", job=job.name, day=day.isoformat())
        try:
            async with self._leases.held(job.lease, run.progress) as run.lease:
                await self._carrier.carry_out(job, run, source)
        except RacedayError as error:
            run.tally.job_ended(job.name, error)
        except asyncio.CancelledError:
            stopped = InterruptedJobError("stopped before it was done; the next run goes on from here")
            run.tally.job_ended(job.name, stopped)
            raise
        except BaseException as error:
            run.tally.job_ended(job.name, error)
            raise
        finally:
            run.api_calls = source.calls
            record = await self._recorded(run)
        return record

    async def _recorded(self, run: Run) -> JobRun:
        record = run.end()
        await self._records.add_job_run(record)
        return record
