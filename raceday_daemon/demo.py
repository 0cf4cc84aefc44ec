"""The demo: a simulated racing day through the daemon's own parts, on a clock that runs fast."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Final

from loguru import logger

from raceday_daemon.assembly import open_alerts, open_files, open_site, open_ways, recordings_folder
from raceday_daemon.cadence.profile import Profile
from raceday_daemon.demo_rules import write_demo_rules
from raceday_daemon.living import Beside, LivingParts, put_together
from raceday_daemon.measuring import Measures, begin_measuring, measure_files, measure_life
from raceday_daemon.model.errors import RealRacesError
from raceday_daemon.ops.demo_folder import is_demo_folder, make_demo_folder
from raceday_daemon.ops.folder_lock import hold_folder
from raceday_daemon.ops.log_sink import LogSink
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.ops.scaled_time import ScaledTime
from raceday_daemon.ops.signals import stop_wish
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.recordings.retention import remove_days_before
from raceday_daemon.settings import Settings
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving as serving_day
from raceday_daemon.store.demo_queries import Outcome, read_outcome
from raceday_daemon.store.records import FILE_NAME as RECORDS
from raceday_daemon.store.rows import instant_text
from raceday_daemon.store.working_store import FILE_NAME as STORE
from raceday_daemon.views.demo import DemoView
from raceday_daemon.web.app import Site

BEGIN: Final = datetime(2026, 2, 7, 1, tzinfo=UTC)
"""A Saturday afternoon in Auckland: always the same one, so that a seed always gives the same rows."""

_FIRST_START: Final = timedelta(minutes=6)
_BETWEEN_STARTS_SECONDS: Final = 360.0
_FRAME_SECONDS: Final = 0.25
_LOOK_FOR_END: Final = timedelta(minutes=1)
_GIVE_UP_AFTER: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWish:
    """What is wanted of a demo; `on_view` draws it in a terminal, else only the log tells."""

    speed: float
    races: int
    seed: int
    until_done: bool
    on_view: bool


async def run_demo(settings: Settings, profile: Profile, wish: DemoWish, sink: LogSink | None = None) -> Outcome:
    """Live a simulated day until it is over, if so wished, or until told to stop; give what came of it.

    `sink` is what writes the log, to be measured.
    Raises RealRacesError, LeaseHeldError, StoreError or AddressError where the folder or the port can't be had.
    """
    began, stop = monotonic(), stop_wish()
    data_dir = settings.raceday_data_dir
    with hold_folder(data_dir, instant_text(datetime.now(UTC))) as lock:
        _make_room(data_dir, recordings_folder(settings))
        async with AsyncExitStack() as parts, asyncio.TaskGroup() as group:
            tasks = Tasks(group)
            time = ScaledTime(BEGIN, wish.speed, tasks)
            plan = plan_day(wish.seed, BEGIN + _FIRST_START, races=wish.races, every_seconds=_BETWEEN_STARTS_SECONDS)
            url = await parts.enter_async_context(serving_day(Simulator(plan, time, keep=0)))
            measures = begin_measuring(profile, sink)
            site = await open_site(parts, settings, lock, measures.metrics, stop.is_set)
            living, helpers = await _start(
                parts, _simulated(settings, url), profile, site, measures, time, tasks, group
            )
            _once_done(time, data_dir, plan.over_at, stop.set if wish.until_done else _tell_done)
            view = DemoView(
                data_dir, time, living.supervisor, wish.speed, settings.raceday_timezone, lock.holder.url or ""
            )
            await (view.show(stop, _FRAME_SECONDS) if wish.on_view else stop.wait())
            for helper in helpers:
                helper.cancel()
            await tasks.drain(settings.raceday_grace_seconds)
    return read_outcome(data_dir, monotonic() - began)


async def _start(
    parts: AsyncExitStack,
    settings: Settings,
    profile: Profile,
    site: Site,
    measures: Measures,
    time: ScaledTime,
    tasks: Tasks,
    group: asyncio.TaskGroup,
) -> tuple[LivingParts, list[asyncio.Task[None]]]:
    """Start the daemon's parts on the scaled time; give them and what keeps them going."""
    files = await open_files(parts, settings, time, measures.instruments)
    ways, pulse = await open_ways(parts, settings, time), Pulse()
    await files.store.transaction(partial(write_demo_rules, now=time.now()))
    # A busy machine makes a demo slower, never different: no load is shed.
    alerts = await open_alerts(settings, profile, files)
    living = put_together(
        *(settings, profile, files, ways, time, tasks, pulse, alerts),
        Beside(answers=measures.instruments.answers, committed=site.committed, sheds_load=False, speed=time.speed),
    )
    measure_files(measures, settings, files)
    measure_life(measures, living.inside, alerts)
    site.inside = living.inside
    await living.begin()
    return living, [group.create_task(pulse.beat(), name="pulse"), group.create_task(time.run(), name="time")]


def _simulated(settings: Settings, url: str) -> Settings:
    """Give the settings with the simulator as the source, asked without a pause; nothing of it goes to Appwrite."""
    source = {"nztab_api_base_url": url, "nztab_delay_seconds": 0.0, "nztab_polls_per_second": 0.0}
    return settings.model_copy(update={**source, "raceday_store": "sqlite"})


def _make_room(data_dir: Path, recordings: Path) -> None:
    """Take the files of an earlier demo away; a folder with anything of real races is left as it is."""
    found = [place for place in (data_dir / STORE, data_dir / RECORDS, recordings) if place.exists()]
    if found and not is_demo_folder(data_dir):
        raise RealRacesError(
            f"{found[0]} holds real races, which a demo would mix with made up ones;"
            " name another folder with --data-dir"
        )
    make_demo_folder(data_dir)
    for name in (STORE, RECORDS):
        for file in data_dir.glob(f"{name}*"):
            file.unlink()
    remove_days_before(recordings, date.max)


def _once_done(time: ScaledTime, data_dir: Path, over_at: datetime, act: Callable[[], None]) -> None:
    """Act at the first minute at which every race is stored as over, or when none of them ever will be."""
    latest = over_at + _GIVE_UP_AFTER

    async def look() -> None:
        if (await asyncio.to_thread(read_outcome, data_dir, 0.0)).is_done or time.now() > latest:
            act()
        else:
            time.at("the demo's end", time.now() + _LOOK_FOR_END, look)

    time.at("the demo's end", over_at, look)


def _tell_done() -> None:
    logger.info("every race is over: Ctrl-C ends the demo", action="demo_over")
