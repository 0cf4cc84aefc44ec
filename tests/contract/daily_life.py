"""The daily pipeline lived in virtual time: a real store, the recorded source with a card moved to any day."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from raceday_daemon.jobs.daily import DailyPipeline, Timetable
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.store.records import FILE_NAME as OPS
from tests.fakes.clock import FakeClock
from tests.fakes.recorded_source import RecordedSource
from tests.fakes.virtual_schedule import VirtualSchedule
from tests.workbench import House, keep_meetings, open_house, rows

TIMES = Timetable(
    daily={"meetings": time(17, 0), "races": time(17, 10), "entrants": time(17, 20), "refresh": time(20, 30)},
    statuses_every=timedelta(minutes=15),
)

Ran = tuple[str, str, str]
"""A job, the racing day that it was for, and the time (UTC) at which it began."""


def eve(day: date, at: str) -> datetime:
    """Give a time (UTC) of the day before, on which the jobs of a racing day are due."""
    return datetime.combine(day - timedelta(days=1), time.fromisoformat(at), UTC)


def on(day: date, at: str) -> datetime:
    """Give a time (UTC) of the day."""
    return datetime.combine(day, time.fromisoformat(at), UTC)


class Card:
    """A card of one meeting with two races, which the source answers for one day."""

    def __init__(self, source: RecordedSource, day: date, *starts: datetime, status: str = "Open") -> None:
        keep_meetings(source, "Awapuni Synthetic")
        (meeting,) = source.meetings["data"]["meetings"]
        meeting["date"] = f"{day}T00:00:00Z"
        meeting["races"] = self._races = meeting["races"][:2]
        for race, start in zip(self._races, starts or (on(day, "00:50"), on(day, "01:25")), strict=True):
            race["start_time"] = f"{start:%Y-%m-%dT%H:%M:%SZ}"
        self.set_status(status)

    def set_status(self, status: str) -> None:
        """Give every race a status."""
        for race in self._races:
            race["status"] = status


@dataclass
class Daemon:
    """A pipeline that has begun, on its data folder."""

    house: House
    schedule: VirtualSchedule
    folder: Path

    async def run_until(self, instant: datetime) -> list[Ran]:
        """Let time pass, and give the jobs that were begun meanwhile."""
        before = len(self._job_runs())
        await self.schedule.run_until(instant)
        return [(job, day, began[11:16]) for job, day, began, _ in self._job_runs()[before:]]

    def outcomes(self, *jobs: str) -> list[tuple[str, str, str]]:
        """Give each run of some jobs: the job, the time at which it began, and its status."""
        return [(job, began[11:16], status) for job, _, began, status in self._job_runs() if job in jobs]

    def _job_runs(self) -> list[tuple[Any, ...]]:
        return rows(self.folder / OPS, "SELECT job, racing_day, started_at, status FROM job_runs ORDER BY rowid")


@asynccontextmanager
async def house_of(folder: Path, source: RecordedSource, now: datetime) -> AsyncIterator[House]:
    """Put the house up at an instant; the source's answers are made when they are asked for."""
    clock = FakeClock(now)

    def made_now(answer: dict[str, Any]) -> None:
        answer["header"] = {**answer["header"], "generated_time": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"}

    source.changes[""] = made_now
    async with open_house(folder, source.url, clock) as house:
        yield house


@asynccontextmanager
async def daemon(folder: Path, source: RecordedSource, now: datetime) -> AsyncIterator[Daemon]:
    """Start the pipeline on a data folder at an instant; it has begun nothing yet."""
    async with house_of(folder, source, now) as house, asyncio.TaskGroup() as group:
        schedule = VirtualSchedule(house.clock, Tasks(group))
        DailyPipeline(house.runner(), house.store, schedule, house.clock, TIMES).begin()
        yield Daemon(house, schedule, folder)


async def away(_: web.Request) -> web.StreamResponse:
    """Answer as a source that is at fault."""
    return web.json_response({"header": {"error": "so it goes"}}, status=503)
