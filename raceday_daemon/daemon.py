"""The daemon: its parts put together, started from the sinks to the sources, and taken down in reverse."""

import asyncio
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from loguru import logger

from raceday_daemon.assembly import Files, Ways, open_files, open_ways
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.living import LivingParts, put_together
from raceday_daemon.model.clock import Clock
from raceday_daemon.model.lease import POLLER_LEASE
from raceday_daemon.onward import aim, forwarding
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.folder_lock import hold_folder
from raceday_daemon.ops.groups import refusals_alone
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.ops.signals import stop_wish
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.polling.schedule import ApSchedule
from raceday_daemon.settings import Settings
from raceday_daemon.store.rows import instant_text
from raceday_daemon.web.app import Site
from raceday_daemon.web.server import serving

if TYPE_CHECKING:
    from raceday_daemon.appwrite.forwarder import Forwarder


async def run(settings: Settings, profile: Profile) -> None:
    """Keep the racing day fresh until told to stop.

    Raises LeaseHeldError where another daemon has the data folder, StoreError where it can't be used, AddressError
    where its site can't be served. A bug in a part that all races depend on comes out as an ExceptionGroup.
    """
    stop = stop_wish()
    with hold_folder(settings.raceday_data_dir, instant_text(SystemClock().now())) as lock:
        async with AsyncExitStack() as parts:
            site = Site(lock, settings.raceday_http_host)
            served = serving(site.app(), settings.raceday_http_host, settings.raceday_http_port)
            lock.note(replace(lock.holder, url=await parts.enter_async_context(served)))
            files = await open_files(parts, settings)
            await aim(files, settings)
            await _wait_after_crashes(files, stop)
            if not stop.is_set():
                ways = await open_ways(parts, settings, files.clock)
                with refusals_alone():
                    await _work(settings, profile, files, ways, site, stop)
            await files.records.end_life(files.clock.now())


async def _wait_after_crashes(files: Files, stop: asyncio.Event) -> None:
    seconds = await files.records.begin_life(files.clock.now())
    if seconds:
        logger.error("crashed again and again: waiting {seconds:g} s", action="crash_loop", seconds=seconds)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


async def _work(
    settings: Settings, profile: Profile, files: Files, ways: Ways, site: Site, stop: asyncio.Event
) -> None:
    async with forwarding(settings, files) as forwarder, asyncio.TaskGroup() as group:
        tasks = Tasks(group)
        schedule, pulse = ApSchedule(files.clock, tasks), Pulse()
        onward = forwarder.status if forwarder else None
        parts = put_together(settings, profile, files, ways, schedule, tasks, pulse, onward=onward)
        pulse.tell_steps(schedule.look_at_clock, parts.clock_was_set)
        beating = group.create_task(pulse.beat(), name="pulse")
        site.inside = parts.inside
        async with files.leases.held(POLLER_LEASE, parts.supervisor.progress, is_alone=True):
            await _keep_fresh(schedule, parts, site, stop)
            logger.info("stopping, {under_way} tasks under way", action="stopping", under_way=tasks.under_way)
            await _finish(tasks, forwarder, files.clock, settings.raceday_grace_seconds)
        beating.cancel()


async def _finish(tasks: Tasks, forwarder: "Forwarder | None", clock: Clock, grace_seconds: float) -> None:
    """Let what is under way end, then send on what still waits, all within the grace."""
    until = clock.monotonic() + grace_seconds
    await tasks.drain(grace_seconds)
    if forwarder and (waiting := await forwarder.drain(until - clock.monotonic())):
        logger.warning(
            "{rows} rows still wait for Appwrite; the next start sends them", action="rows_waiting", rows=waiting
        )


async def _keep_fresh(schedule: ApSchedule, parts: LivingParts, site: Site, stop: asyncio.Event) -> None:
    """Poll and run the daily jobs until told to stop; whatever ends it, nothing more is begun then."""
    schedule.start()
    try:
        await parts.begin()
        watched = len(parts.supervisor.loops)
        logger.info("watching {races} races; status at {url}", action="up", races=watched, url=site.url)
        await stop.wait()
    finally:
        schedule.stop()
