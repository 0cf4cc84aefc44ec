"""The composition root: builds the parts of the house from the settings, and takes them down in reverse."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from stamina.instrumentation import set_on_retry_hooks

from raceday_daemon import __version__
from raceday_daemon.intake.intake import Intake
from raceday_daemon.jobs.entrants import EntrantsJob
from raceday_daemon.jobs.job import Job
from raceday_daemon.jobs.meetings import MeetingsJob
from raceday_daemon.jobs.progress import Progress
from raceday_daemon.jobs.races import RacesJob
from raceday_daemon.jobs.runner import JobRunner
from raceday_daemon.nztab.breaker import Breaker
from raceday_daemon.nztab.client import Client, tell_retry
from raceday_daemon.nztab.lanes import daily_lane
from raceday_daemon.nztab.source import Source
from raceday_daemon.nztab.transport import Identification, Transport, open_session
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.settings import Settings
from raceday_daemon.store.records import open_records
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store


@asynccontextmanager
async def job_runner(settings: Settings, progress: Progress) -> AsyncIterator[JobRunner]:
    """Open what the daily jobs need, and close it again; raises StoreError where the store cannot be opened."""
    set_on_retry_hooks((tell_retry,))
    clock = SystemClock()
    async with AsyncExitStack() as parts:
        store = await open_working_store(settings.raceday_data_dir)
        parts.push_async_callback(store.close)
        records = await open_records(settings.raceday_data_dir)
        parts.push_async_callback(records.close)
        session = await parts.enter_async_context(
            open_session(_identification(settings), settings.nztab_timeout_seconds)
        )
        transport = Transport(session, settings.nztab_api_base_url, clock)
        breaker, lane = Breaker(clock), daily_lane(settings.nztab_delay_seconds)
        intake = Intake(store, records, clock)
        yield JobRunner(
            jobs=_jobs(settings, intake, store),
            new_source=lambda: Source(Client(transport, breaker, lane)),
            store=store,
            records=records,
            clock=clock,
            progress=progress,
        )


def _identification(settings: Settings) -> Identification:
    return Identification(
        user_agent=f"raceday-daemon/{__version__}",
        sender=settings.nztab_from,
        partner=settings.nztab_partner,
        partner_id=settings.nztab_partner_id,
    )


def _jobs(settings: Settings, intake: Intake, store: Database) -> list[Job]:
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
        MeetingsJob(intake, wanted, name="statuses"),
    ]
