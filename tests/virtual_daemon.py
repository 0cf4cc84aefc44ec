"""The daemon's polling and daily jobs in virtual time, against a simulated day on the same clock."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path

from aiohttp.test_utils import TestServer

from raceday_daemon.cadence.profile import STANDARD, Profile
from raceday_daemon.jobs.daily import DailyPipeline, Timetable
from raceday_daemon.model.exchange import NOT_RECORDED, Recorder
from raceday_daemon.nztab.breaker import Breaker
from raceday_daemon.nztab.client import Client
from raceday_daemon.nztab.lanes import Lane, Unlimited
from raceday_daemon.nztab.source import Source
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.polling.race_loop import Tools
from raceday_daemon.polling.supervisor import Supervisor
from raceday_daemon.simulator.faults import NO_FAULTS, Faults
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.store.outbox import Outbox
from tests.fakes.clock import FakeClock
from tests.fakes.virtual_schedule import VirtualSchedule
from tests.workbench import House, open_house

TIMETABLE = Timetable(
    daily={"meetings": time(17), "races": time(17, 10), "entrants": time(17, 20), "refresh": time(20, 30)},
    statuses_every=timedelta(minutes=15),
)
_POLLS = Lane("poll", Unlimited(), attempts=1, longest_wait_seconds=0.0, rest_seconds=10.0)


@dataclass(frozen=True, slots=True)
class VirtualDaemon:
    """The parts that a test looks at."""

    house: House
    clock: FakeClock
    schedule: VirtualSchedule
    supervisor: Supervisor

    async def run_until(self, end: datetime) -> None:
        """Let the daemon's time pass."""
        await self.schedule.run_until(end)


@asynccontextmanager
async def simulated_source(
    plan: DayPlan, clock: FakeClock, faults: Faults = NO_FAULTS
) -> AsyncIterator[tuple[Simulator, str]]:
    """Serve a planned day over loopback, on a clock; give the simulator and where it is."""
    simulator = Simulator(plan, clock, faults=faults)
    server = TestServer(simulator.app, host="127.0.0.1")
    await server.start_server()
    try:
        yield simulator, str(server.make_url("")).rstrip("/")
    finally:
        await server.close()


@asynccontextmanager
async def virtual_daemon(
    folder: Path,
    url: str,
    clock: FakeClock,
    profile: Profile = STANDARD,
    *,
    timeout_seconds: float = 15,
    recorder: Recorder = NOT_RECORDED,
    outbox: Outbox | None = None,
) -> AsyncIterator[VirtualDaemon]:
    """Start the daemon's parts at the clock's instant; leaving stops them as a signal would."""
    async with AsyncExitStack() as parts:
        house = await parts.enter_async_context(open_house(folder, url, clock, timeout_seconds, recorder, outbox))
        group = await parts.enter_async_context(asyncio.TaskGroup())
        tasks = Tasks(group)
        schedule = VirtualSchedule(clock, tasks)
        tools = Tools(
            profile=profile,
            store=house.store,
            intake=house.intake,
            source=Source(Client(house.transport, Breaker(clock, rest_seconds=10.0), _POLLS)),
            records=house.records,
            schedule=schedule,
            clock=clock,
            is_lagging=lambda: False,
        )
        supervisor = Supervisor(tools, tasks)
        house.intake.tell_changes(supervisor.ask)
        await house.records.begin_life(clock.now())
        await supervisor.begin()
        DailyPipeline(house.runner(), house.store, schedule, clock, TIMETABLE).begin()
        yield VirtualDaemon(house, clock, schedule, supervisor)
        await tasks.drain(0)
        await house.records.end_life(clock.now())
