"""A simulated day served by the test itself, in real time: what a daemon is answered can be held back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from raceday_daemon.cadence.racing_day import racing_day
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving
from tests.end_to_end.simulated import starts_from_now
from tests.fakes.meddler import Meddler


@dataclass(frozen=True)
class ServedHere:
    """Where the day is served, what it is, and the hand in it."""

    url: str
    plan: DayPlan
    meddler: Meddler

    @property
    def race_ids(self) -> list[str]:
        """Give the ids of its races, soonest first."""
        return [race.race_id for race in self.plan.races]


@asynccontextmanager
async def served_here(races: int, first_seconds: float, every_seconds: float) -> AsyncIterator[ServedHere]:
    """Serve plain races that start in so many seconds, and then one every so often; nothing is held back at the end."""
    starts = [datetime.fromtimestamp(start, UTC) for start in starts_from_now(races, first_seconds, every_seconds)]
    plan, meddler = _of_today(plan_of_starts(1, starts, plain=True)), Meddler()
    simulator = Simulator(plan, SystemClock(), keep=0)
    meddler.come_between(simulator.app)
    async with serving(simulator) as url:
        yield ServedHere(url, plan, meddler)
        meddler.let_go()


def _of_today(plan: DayPlan) -> DayPlan:
    """Let every meeting be today's, on whichever side of midnight its races start."""
    today = racing_day(datetime.now(UTC))
    return replace(plan, meetings=tuple(replace(meeting, day=today) for meeting in plan.meetings))
