"""The daemon's own parts on a clock that runs fast, against a simulated day on the same clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime
from pathlib import Path

from raceday_daemon.assembly import open_alerts, open_files, open_ways
from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.living import Beside, LivingParts, put_together
from raceday_daemon.measuring import Measures, begin_measuring, measure_files, measure_life
from raceday_daemon.onward import Onward, aim, open_onward, visiting
from raceday_daemon.ops.pulse import Pulse
from raceday_daemon.ops.scaled_time import ScaledTime
from raceday_daemon.ops.tasks import Tasks, cut_off
from raceday_daemon.settings import Settings
from raceday_daemon.simulator.faults import NO_FAULTS, Faults
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.served import ServedLog
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving

_MOST_DRAIN_SECONDS = 30


@asynccontextmanager
async def scaled_daemon(
    data_dir: Path,
    plan: DayPlan,
    begin: datetime,
    speed: float,
    served: ServedLog,
    faults: Faults = NO_FAULTS,
    measures: Measures | None = None,
) -> AsyncIterator[ScaledTime]:
    """Live from an instant on, and give the time; what the simulator serves is noted in `served`.

    What is done is counted in `measures`, where they are given.
    Rows go to the Appwrite that the environment names, if any.
    """
    async with asyncio.TaskGroup() as group:
        tasks = Tasks(group)
        time = ScaledTime(begin, speed, tasks)
        simulator = Simulator(plan, time, faults=faults, cached=16)
        simulator.served = served
        measures = measures or begin_measuring(STANDARD)
        async with serving(simulator) as url, living_on(time, speed, tasks, group, url, data_dir, measures):
            yield time


@asynccontextmanager
async def living_on(
    time: ScaledTime,
    speed: float,
    tasks: Tasks,
    group: asyncio.TaskGroup,
    url: str,
    data_dir: Path,
    measures: Measures,
) -> AsyncIterator[LivingParts]:
    """Live by a time that runs fast, on the source at `url`, and give the parts; what is under way ends with it."""
    settings = Settings(
        nztab_api_base_url=url,
        nztab_delay_seconds=0,
        nztab_polls_per_second=0,
        nztab_from="tests@example.org",
        raceday_data_dir=data_dir,
    )
    async with AsyncExitStack() as parts:
        files = await open_files(parts, settings, time, measures.instruments)
        await aim(files, settings)
        onward = await open_onward(parts, settings, files)
        if onward:
            await onward.tables.begin()
        await parts.enter_async_context(visiting(onward, [racing_day(files.clock.now())]))
        await files.records.begin_life(time.now())
        ways, pulse = await open_ways(parts, settings, time), Pulse()
        alerts = await open_alerts(settings, STANDARD, files)
        living = put_together(
            *(settings, STANDARD, files, ways, time, tasks, pulse, alerts),
            Beside(answers=measures.instruments.answers, sheds_load=False),
        )
        measure_files(measures, settings, files, onward.status if onward else None)
        measure_life(measures, living.inside, alerts)
        await living.begin()
        passing = group.create_task(time.run(), name="time")
        yield living
        await cut_off(passing)
        await tasks.drain(settings.raceday_grace_seconds)
        if onward:
            await _all_sent(onward)
        await files.records.end_life(time.now())


async def _all_sent(onward: Onward) -> None:
    """Wait until nothing waits for Appwrite; by real time, since this one stands still."""
    async with asyncio.timeout(_MOST_DRAIN_SECONDS):
        while await onward.forwarder.drain(0):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
