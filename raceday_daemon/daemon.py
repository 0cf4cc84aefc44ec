"""The daemon: its parts put together, started from the sinks to the sources, and taken down in reverse."""

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from loguru import logger

from raceday_daemon.announcing import polling_words, standing_words, tell_end, tell_up
from raceday_daemon.assembly import Files, Ways, open_alerts, open_files, open_site, open_ways
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.delivering import Delivery, delivering, open_delivery
from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.living import Beside, LivingParts, put_together
from raceday_daemon.measuring import Measures, begin_measuring, measure_files, measure_life
from raceday_daemon.model.errors import HeldElsewhereError, LeaseLostError
from raceday_daemon.model.lease import POLLER_LEASE
from raceday_daemon.onward import Onward, aim, forwarding, open_onward
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.folder_lock import hold_folder
from raceday_daemon.ops.groups import refusals_alone
from raceday_daemon.ops.log_sink import LogSink
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.ops.self_check import Question
from raceday_daemon.ops.signals import stop_wish
from raceday_daemon.ops.systemd import ServiceManager
from raceday_daemon.ops.tasks import Tasks, done_before
from raceday_daemon.polling.round_watch import RoundWatch
from raceday_daemon.polling.schedule import ApSchedule
from raceday_daemon.settings import Settings
from raceday_daemon.store.rows import instant_text
from raceday_daemon.vigil import Vigil, watched
from raceday_daemon.web.app import Site

STAGE_SECONDS: Final = 120.0
"""Each stage of a start may take so long, as far as the service manager is concerned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _House:
    """What is there for the whole life of the process, however often the polling begins.

    `onward` is there with Appwrite.
    """

    settings: Settings
    profile: Profile
    files: Files
    ways: Ways
    onward: Onward | None
    measures: Measures
    delivery: Delivery
    site: Site
    pulse: Pulse
    vigil: Vigil
    stop: asyncio.Event


async def run(settings: Settings, profile: Profile, sink: LogSink | None = None) -> None:
    """Keep the racing day fresh until told to stop; `sink` is what writes the log, to be measured.

    Raises LeaseHeldError where another daemon has the data folder, StoreError where it can't be used, AddressError
    where its site can't be served, ChannelError where a channel for notifications can't be had. A bug in a part that
    all races depend on comes out as an ExceptionGroup.
    """
    manager, stop, pulse = ServiceManager.of(os.environ), stop_wish(), Pulse()
    with hold_folder(settings.raceday_data_dir, instant_text(SystemClock().now())) as lock:
        async with AsyncExitStack() as parts:
            await parts.enter_async_context(watched(stop, pulse, manager, settings.raceday_grace_seconds))
            measures = begin_measuring(profile, sink)
            site = await open_site(parts, settings, lock, measures.metrics, stop.is_set)
            manager.needs(STAGE_SECONDS, "starting: opening the files")
            files = await open_files(parts, settings, observer=measures.instruments)
            manager.needs(STAGE_SECONDS, "starting: seeing where rows go")
            await aim(files, settings)
            delivery = await open_delivery(parts, settings, files)
            await _wait_after_crashes(files, site, stop, manager)
            if not stop.is_set():
                onward = await _open_onward(parts, settings, files, manager, stop)
                measure_files(measures, settings, files, onward.status if onward else None)
                house = _House(
                    settings=settings,
                    profile=profile,
                    files=onward.files if onward else files,
                    ways=await open_ways(parts, settings, files.clock),
                    onward=onward,
                    measures=measures,
                    delivery=delivery,
                    site=site,
                    pulse=pulse,
                    vigil=Vigil(_asked_parts(files), manager, files.clock),
                    stop=stop,
                )
                # The first to be called at the end, whatever ends it: what is taken down then may hang, as at any stop.
                parts.callback(stop.set)
                with refusals_alone():
                    await _work(house)
                await tell_end(onward.forwarder.state if onward else None)
            await files.records.end_life(files.clock.now())


async def _open_onward(
    parts: AsyncExitStack, settings: Settings, files: Files, manager: ServiceManager, stop: asyncio.Event
) -> Onward | None:
    """Open the way to Appwrite, where the settings name one, and see to its tables for a while."""
    onward = await open_onward(parts, settings, files)
    if onward:
        manager.needs(STAGE_SECONDS, "starting: looking at the tables in Appwrite")
        await done_before(stop, onward.tables.begin(tries_writing=True))
    return onward


def _asked_parts(files: Files) -> dict[str, Question]:
    return {"the thread of raceday.db": files.store.answers, "the thread of ops.db": files.records.answers}


async def _wait_after_crashes(files: Files, site: Site, stop: asyncio.Event, manager: ServiceManager) -> None:
    seconds = await files.records.begin_life(files.clock.now())
    if seconds:
        manager.needs(seconds + STAGE_SECONDS, f"crashed again and again: waiting {seconds:g} s")
        site.why_not_yet = f"the daemon crashed again and again: it waits for {seconds:g} s before it begins"
        logger.error("crashed again and again: waiting {seconds:g} s", action="crash_loop", seconds=seconds)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)


async def _work(house: _House) -> None:
    """Poll until told to stop; whenever another daemon on the same Appwrite has taken that over, stand by again."""
    async with forwarding(house.onward), asyncio.TaskGroup() as group:
        keeping = group.create_task(house.vigil.keep(), name="vigil")
        while not house.stop.is_set():
            try:
                with refusals_alone():
                    await _live(house)
            except (LeaseLostError, HeldElsewhereError) as error:
                if house.onward is None:
                    raise
                logger.warning("the polling stops here: {error}", action="stood_down", error=str(error))
        keeping.cancel()


async def _live(house: _House) -> None:
    """Stand by until this daemon may poll, and then poll until told to stop.

    Raises LeaseHeldError where it may not, and LeaseLostError where it may no longer.
    """
    files, post = house.files, house.onward.post if house.onward else None
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group)
        schedule = ApSchedule(files.clock, tasks)
        alerts = await open_alerts(house.settings, house.profile, files, house.delivery.queue)
        parts = _put_together(house, schedule, tasks, alerts)
        measure_life(house.measures, parts.inside, alerts)
        house.site.inside = parts.inside
        if post:
            house.vigil.in_place(lambda: standing_words(post))
        if post and not await done_before(house.stop, post.wait()):
            logger.info("stopping, while standing by", action="stopping", under_way=0)
            return
        async with files.leases.held(POLLER_LEASE, parts.supervisor.progress, is_alone=True, post=post):
            if post and not await done_before(house.stop, post.settle()):
                return
            # What was refilled tells of episodes that nobody here has seen begin.
            await files.store.transaction(alerts.reopen)
            async with delivering(house.delivery):
                await _keep_fresh(house, schedule, parts)
                logger.info("stopping, {under_way} tasks under way", action="stopping", under_way=tasks.under_way)
                await _finish(house, tasks)


def _put_together(house: _House, schedule: ApSchedule, tasks: Tasks, alerts: Alerts) -> LivingParts:
    post = house.onward.post if house.onward else None
    return put_together(
        house.settings,
        house.profile,
        house.files,
        house.ways,
        schedule,
        tasks,
        house.pulse,
        alerts,
        Beside(
            answers=house.measures.instruments.answers,
            onward=house.onward.status if house.onward else None,
            channels=house.delivery.status,
            remove_rule=house.onward.remove_rule if house.onward else None,
            remote_pruning=house.onward.remote_pruning if house.onward else None,
            committed=house.site.committed,
            standing_by=lambda: post.standing_by if post else None,
            troubles=lambda: house.vigil.troubles,
        ),
    )


async def _finish(house: _House, tasks: Tasks) -> None:
    """Let what is under way end, then send on what still waits, all within the grace; people are told what is begun."""
    clock, grace_seconds = house.files.clock, house.settings.raceday_grace_seconds
    until = clock.monotonic() + grace_seconds
    await tasks.drain(grace_seconds)
    async with asyncio.TaskGroup() as group:
        group.create_task(house.delivery.end(until - clock.monotonic()), name="end of the delivery")
        if house.onward:
            await house.onward.end(until - clock.monotonic())


async def _keep_fresh(house: _House, schedule: ApSchedule, parts: LivingParts) -> None:
    """Poll and run the daily jobs until told to stop; whatever ends it, nothing more is begun then."""
    house.pulse.tell_steps(schedule.clock_was_set, parts.clock_was_set)
    schedule.start()
    try:
        await parts.begin()
        supervisor, zone = parts.supervisor, ZoneInfo(house.settings.raceday_timezone)
        polls = RoundWatch(supervisor, house.files.clock, house.vigil.awake_seconds)
        house.vigil.in_place(partial(polling_words, supervisor, zone), polls)
        await done_before(house.stop, tell_up(supervisor, house.files.clock, zone, house.site.url))
        await house.stop.wait()
    finally:
        house.pulse.tell_steps()
        schedule.stop()
