"""The composition root: builds the parts of the house from the settings, and takes them down in reverse.

What is imported at the top is light. The client and its models are imported only once a job may really run: a refusal
costs next to nothing.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from raceday_daemon import __version__
from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.jobs.refusal import early_refusal
from raceday_daemon.model.job import JobRun
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.settings import Settings
from raceday_daemon.store.records import Records, open_records
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store

if TYPE_CHECKING:
    from raceday_daemon.intake.intake import Intake
    from raceday_daemon.jobs.job import Job
    from raceday_daemon.jobs.runner import JobRunner


async def run_once(settings: Settings, job: str, days: Sequence[date]) -> list[JobRun]:
    """Run a job by its name for each day, until the source can't be reached; give the records of all that was run.

    Raises StoreError where the data folder can't be used.
    """
    async with AsyncExitStack() as parts:
        store = await open_working_store(settings.raceday_data_dir)
        parts.push_async_callback(store.close)
        records = await open_records(settings.raceday_data_dir)
        parts.push_async_callback(records.close)
        clock = SystemClock()
        await records.forget(
            _days_before(clock.now(), settings.raceday_polls_retention_days),
            _days_before(clock.now(), settings.raceday_job_runs_retention_days),
        )
        leases = LeaseKeeper(store, clock)
        if refused := await early_refusal(leases, records, job, days[0]):
            return [refused]
        runner = await _job_runner(parts, settings, store, records, leases)
        runs: list[JobRun] = []
        for day in days:
            runs += await runner.run(job, day)
            if runs[-1].source_away:
                break
        return runs


def _days_before(now: datetime, days: int) -> datetime | None:
    return now - timedelta(days=days) if days else None


async def _job_runner(
    parts: AsyncExitStack,
    settings: Settings,
    store: Database,
    records: Records,
    leases: LeaseKeeper,
) -> "JobRunner":
    from stamina.instrumentation import set_on_retry_hooks

    from raceday_daemon.intake.intake import Intake
    from raceday_daemon.jobs.runner import JobRunner
    from raceday_daemon.nztab.breaker import Breaker
    from raceday_daemon.nztab.client import Client, tell_retry
    from raceday_daemon.nztab.lanes import daily_lane
    from raceday_daemon.nztab.source import Source
    from raceday_daemon.nztab.transport import Identification, Transport, open_session
    from raceday_daemon.terminal import job_progress

    set_on_retry_hooks((tell_retry,))
    progress = job_progress(settings.log_format_on(sys.stderr))
    parts.push_async_callback(asyncio.to_thread, progress.close)
    clock = SystemClock()
    identification = Identification(
        user_agent=f"raceday-daemon/{__version__}",
        sender=settings.nztab_from,
        partner=settings.nztab_partner,
        partner_id=settings.nztab_partner_id,
    )
    session = await parts.enter_async_context(open_session(identification, settings.nztab_timeout_seconds))
    transport = Transport(session, settings.nztab_api_base_url, clock)
    breaker, lane = Breaker(clock), daily_lane(settings.nztab_delay_seconds)
    return JobRunner(
        jobs=_jobs(settings, Intake(store, records, clock), store),
        new_source=lambda: Source(Client(transport, breaker, lane)),
        store=store,
        records=records,
        leases=leases,
        clock=clock,
        progress=progress,
    )


def _jobs(settings: Settings, intake: "Intake", store: Database) -> "list[Job]":
    from raceday_daemon.jobs.entrants import EntrantsJob
    from raceday_daemon.jobs.meetings import MeetingsJob, StatusesJob
    from raceday_daemon.jobs.races import RacesJob
    from raceday_daemon.nztab.wanted import Wanted

    wanted = Wanted.of(settings.raceday_countries, settings.raceday_categories)
    return [
        MeetingsJob(intake, wanted),
        RacesJob(intake, store),
        EntrantsJob(
            intake,
            store,
            batch_items=settings.raceday_entrants_batch_races,
            batch_seconds=settings.raceday_entrants_batch_seconds,
            most_races=settings.raceday_entrants_max_races or None,
        ),
        StatusesJob(intake, wanted),
    ]
