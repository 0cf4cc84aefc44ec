"""A big Saturday as fast as the work allows, in two processes: `-m tests.fakes.saturday_process PART FOLDER RACES`.

PART is `source` or `daemon`. The daemon's time stands in a file of eight bytes, which the source reads: so neither runs
ahead of the other. The daemon's files are in `data`; once all races are over it tells its peak of memory, in megabytes.
"""

import asyncio
import mmap
import struct
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from raceday_daemon.assembly import open_site
from raceday_daemon.cadence.profile import STANDARD
from raceday_daemon.measuring import begin_measuring
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.folder_lock import hold_folder
from raceday_daemon.ops.logs import start_logging
from raceday_daemon.ops.memory import share_one_heap
from raceday_daemon.ops.process import memory_peak_mb
from raceday_daemon.ops.scaled_time import ScaledTime
from raceday_daemon.ops.tasks import Tasks
from raceday_daemon.settings import Settings
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving as serving_day
from raceday_daemon.store.demo_queries import read_outcome
from raceday_daemon.store.rows import instant_text
from tests.scaled_daemon import living_on

RACES = 380
_BEGIN = datetime(2025, 7, 18, 16, tzinfo=UTC)
"""Four in the morning of a Saturday in Auckland; the jobs come an hour later."""
_FIRST = datetime(2025, 7, 18, 23, tzinfo=UTC)
_HOURS = 11
"""From the first start in New Zealand to the last one in Western Australia."""
_SPEED = 1_000_000
_LOOK_FOR_END = timedelta(minutes=10)


def saturday(races: int) -> DayPlan:
    """Plan the day, with all that can happen."""
    return plan_of_starts(1, [_FIRST + timedelta(hours=_HOURS) * place / races for place in range(races)])


class SharedInstant:
    """An instant in a file, for a process beside this one: a Clock there."""

    def __init__(self, file: Path) -> None:
        """Open the file, made at the beginning of the day if need be."""
        if not file.exists():
            file.write_bytes(struct.pack("d", _BEGIN.timestamp()))
        with file.open("r+b") as opened:
            self._shared = mmap.mmap(opened.fileno(), 8)

    def set(self, instant: datetime) -> None:
        """Let it be this instant."""
        # In one piece: pack_into writes zeros first, and the other process could read them.
        self._shared[:] = struct.pack("d", instant.timestamp())

    def now(self) -> datetime:
        """Give it."""
        return datetime.fromtimestamp(struct.unpack_from("d", self._shared)[0], UTC)

    def monotonic(self) -> float:
        """Give its seconds since the day began."""
        return (self.now() - _BEGIN).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Sleep by the real clock: nothing of the day waits for it."""
        await asyncio.sleep(seconds)


class ToldTime(ScaledTime):
    """Time that runs fast and is told to the source, whoever looks at it: whatever asks has looked before."""

    def __init__(self, tasks: Tasks, shared: SharedInstant) -> None:
        """Stand at the beginning of the day."""
        super().__init__(_BEGIN, _SPEED, tasks)
        self._shared = shared

    def now(self) -> datetime:
        """Give the present instant."""
        instant = super().now()
        self._shared.set(instant)
        return instant


async def source(folder: Path, races: int) -> None:
    """Serve the day until killed."""
    clock = SharedInstant(folder / "instant")
    async with serving_day(Simulator(saturday(races), clock, keep=0)) as url:
        (folder / "url.new").write_text(url)
        (folder / "url.new").rename(folder / "url")
        await asyncio.Event().wait()


async def daemon(folder: Path, races: int) -> None:
    """Live until every race is over; the site is served all the while, and the log is written."""
    over, data, url = asyncio.Event(), folder / "data", (folder / "url").read_text()
    measures = begin_measuring(STANDARD)
    with hold_folder(data, instant_text(SystemClock().now())) as lock:
        async with AsyncExitStack() as parts, asyncio.TaskGroup() as group:
            served_by = Settings(raceday_http_port=0, raceday_data_dir=data)
            site = await open_site(parts, served_by, lock, measures.metrics, over.is_set)
            tasks = Tasks(group)
            time = ToldTime(tasks, SharedInstant(folder / "instant"))
            async with living_on(time, _SPEED, tasks, group, url, data, measures) as living:
                site.inside = living.inside
                _look_for_end(time, data, races, over)
                await over.wait()
    sys.stdout.write(f"{memory_peak_mb():.1f}\n")


def _look_for_end(time: ScaledTime, data: Path, races: int, over: asyncio.Event) -> None:
    async def look() -> None:
        outcome = await asyncio.to_thread(read_outcome, data, 0.0)
        if outcome.is_done and outcome.races.total() == races:
            over.set()
        else:
            time.at("the day's end", time.now() + _LOOK_FOR_END, look)

    time.at("the day's end", _FIRST + timedelta(hours=_HOURS), look)


def main(part: str, folder: Path, races: int) -> None:
    """Be the source, or the daemon."""
    share_one_heap()
    sink = start_logging("DEBUG" if part == "daemon" else "CRITICAL", "json", [])
    asyncio.run({"source": source, "daemon": daemon}[part](folder, races))
    sink.close()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
