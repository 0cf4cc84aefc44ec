"""The parts of the house that the daemon and the single commands share, built from the settings."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from raceday_daemon import __version__
from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.exchange import NOT_RECORDED, Recorder
from raceday_daemon.model.observer import NOT_OBSERVED, Observer
from raceday_daemon.model.success import SUCCESS_WINDOW
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.settings import Settings
from raceday_daemon.store.delivery_queue import DeliveryQueue
from raceday_daemon.store.old_records import RecordEdges
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.records import Records, open_records
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store

if TYPE_CHECKING:
    from raceday_daemon.cadence.profile import Profile
    from raceday_daemon.intake.alerts import Alerts
    from raceday_daemon.intake.intake import Intake
    from raceday_daemon.jobs.job import Job
    from raceday_daemon.jobs.runner import JobRunner
    from raceday_daemon.metrics.metrics import Metrics
    from raceday_daemon.model.progress import Progress
    from raceday_daemon.nztab.breaker import Breaker
    from raceday_daemon.nztab.lanes import Lane
    from raceday_daemon.nztab.source import Source
    from raceday_daemon.ops.folder_lock import FolderLock
    from raceday_daemon.web.app import Site

# What is imported at the top is light. The client and its models are imported only once something may really be asked:
# a refusal costs next to nothing.


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The data folder's files, open, and what works on them alone; `observer` is told of all that is done with them."""

    observer: Observer
    store: Database
    records: Records
    leases: LeaseKeeper
    clock: Clock
    outbox: Outbox


async def open_files(
    parts: AsyncExitStack,
    settings: Settings,
    clock: Clock | None = None,
    observer: Observer = NOT_OBSERVED,
    *,
    forgets: bool = True,
) -> Files:
    """Open the files of the data folder, by the machine's clock or another; StoreError where that can't be done.

    `forgets` removes records that are too old at once: a folder may know no daemon, only commands.
    """
    clock = clock or SystemClock()
    store = await open_working_store(settings.raceday_data_dir)
    parts.push_async_callback(store.close)
    records = await open_records(settings.raceday_data_dir, observer)
    parts.push_async_callback(records.close)
    if forgets:
        await records.forget(record_edges(settings, clock))
    # A file whose rows go somewhere queues them whoever writes, also a command that was started without the settings.
    # Where they go is looked up in each transaction: a daemon may begin meanwhile.
    return Files(
        observer=observer,
        store=store,
        records=records,
        leases=LeaseKeeper(store, clock),
        clock=clock,
        outbox=Outbox(if_aimed=True, is_thinned=settings.raceday_appwrite_history == "thin"),
    )


async def open_site(
    parts: AsyncExitStack, settings: Settings, lock: "FolderLock", metrics: "Metrics", is_ending: Callable[[], bool]
) -> "Site":
    """Serve the site of the daemon that holds a folder, and note in the lock where; AddressError where it can't be."""
    from raceday_daemon.web.access import Gatekeeper
    from raceday_daemon.web.app import Site
    from raceday_daemon.web.server import serving

    names = (settings.raceday_http_host, *settings.raceday_http_names)
    token = settings.raceday_api_token
    gatekeeper = Gatekeeper(settings.raceday_http_host, token.get_secret_value() if token else None)
    site = Site(lock, names, metrics, gatekeeper, is_ending, settings.raceday_timezone)
    served = serving(site.app(), settings.raceday_http_host, settings.raceday_http_port)
    lock.note(replace(lock.holder, url=await parts.enter_async_context(served)))
    return site


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceWay:
    """A way to the source by one lane: its breaker, and sources that each count their own calls."""

    breaker: "Breaker"
    new_source: "Callable[[], Source]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """The two ways to the source, which share its connections: polls don't wait, nor rest, with the daily jobs."""

    daily: SourceWay
    poll: SourceWay


async def open_ways(parts: AsyncExitStack, settings: Settings, clock: Clock) -> Ways:
    """Open the way to the source; nothing is asked yet. What is answered is recorded where the settings say so."""
    from stamina.instrumentation import set_on_retry_hooks

    from raceday_daemon.nztab.breaker import Breaker
    from raceday_daemon.nztab.client import Client, tell_retry
    from raceday_daemon.nztab.lanes import daily_lane, poll_lane
    from raceday_daemon.nztab.source import Source
    from raceday_daemon.nztab.transport import Identification, Transport, open_session

    set_on_retry_hooks((tell_retry,))
    identification = Identification(
        user_agent=f"raceday-daemon/{__version__}",
        sender=settings.nztab_from,
        partner=settings.nztab_partner,
        partner_id=settings.nztab_partner_id,
    )
    recorder = await _open_recorder(parts, settings, clock)
    session = await parts.enter_async_context(open_session(settings.nztab_timeout_seconds))
    transport = Transport(session, settings.nztab_api_base_url, clock, identification, recorder)

    def way(lane: "Lane") -> SourceWay:
        breaker = Breaker(clock, rest_seconds=lane.rest_seconds)
        return SourceWay(breaker=breaker, new_source=lambda: Source(Client(transport, breaker, lane)))

    return Ways(
        daily=way(daily_lane(settings.nztab_delay_seconds)), poll=way(poll_lane(settings.nztab_polls_per_second))
    )


async def _open_recorder(parts: AsyncExitStack, settings: Settings, clock: Clock) -> Recorder:
    await forget_old_recordings(settings, clock)
    if not settings.raceday_record:
        return NOT_RECORDED
    from raceday_daemon.recordings.writer import RecordingFiles

    recorder = RecordingFiles(recordings_folder(settings))
    # Its last files may take a moment, in which the daemon still says that it lives.
    parts.push_async_callback(asyncio.to_thread, recorder.close)
    return recorder


async def open_alerts(
    settings: Settings, profile: "Profile", files: Files, deliveries: DeliveryQueue | None = None
) -> "Alerts":
    """Build the alerts, with the rules and open episodes that there are; StoreError where they can't be read.

    What is told is queued in `deliveries`, where it is sent onward.
    """
    from raceday_daemon.alerting.new_money import MoneyLimits
    from raceday_daemon.intake.alerts import Alerts
    from raceday_daemon.intake.scene import Soundness

    limits = MoneyLimits(settings.raceday_alert_pool_percent, settings.raceday_alert_new_money_dollars * 100)
    alerts = Alerts(Soundness(limits, profile.step_seconds_at), files.observer, deliveries)
    files.records.count_passes(alerts.watch.passes)
    await files.store.transaction(alerts.reopen)
    return alerts


def job_runner(settings: Settings, files: Files, intake: "Intake", way: SourceWay, progress: "Progress") -> "JobRunner":
    """Build the runner of the daily jobs."""
    from raceday_daemon.jobs.runner import JobRunner

    return JobRunner(
        jobs=_jobs(settings, intake, files.store),
        new_source=way.new_source,
        store=files.store,
        records=files.records,
        leases=files.leases,
        clock=files.clock,
        progress=progress,
    )


def _jobs(settings: Settings, intake: "Intake", store: Database) -> "Sequence[Job]":
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


def record_edges(settings: Settings, clock: Clock) -> RecordEdges:
    """Say which records of `ops.db` the settings keep no longer."""
    return RecordEdges(
        polls=_days_before(clock.now(), settings.raceday_polls_retention_days),
        job_runs=_days_before(clock.now(), settings.raceday_job_runs_retention_days),
        alert_passes=clock.now() - SUCCESS_WINDOW,
    )


async def forget_old_recordings(settings: Settings, clock: Clock) -> None:
    """Remove the racing days of recordings that the settings keep no longer, also while nothing is recorded."""
    folder = recordings_folder(settings)
    if not settings.raceday_recordings_retention_days or not folder.is_dir():
        return
    from raceday_daemon.recordings.retention import remove_days_before

    kept = racing_day(clock.now()) - timedelta(days=settings.raceday_recordings_retention_days)
    await asyncio.to_thread(remove_days_before, folder, kept)


def recordings_folder(settings: Settings) -> Path:
    """Give the folder that answers are recorded in."""
    return settings.raceday_data_dir / "recordings"


def _days_before(now: datetime, days: int) -> datetime | None:
    return now - timedelta(days=days) if days else None
