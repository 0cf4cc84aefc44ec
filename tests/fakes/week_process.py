"""A week of days lived as fast as the work allows, in a process of its own: `-m tests.fakes.week_process FOLDER`.

At the end of each day it tells its resident memory, in bytes, a line each. The daemon's files are in `data`, what was
served is in `served.jsonl` in the folder, and none of that is kept in memory.
"""

import asyncio
import mmap
import sys
from datetime import timedelta
from pathlib import Path

from loguru import logger

from raceday_daemon.ops.memory import share_one_heap
from raceday_daemon.ops.scaled_time import ScaledTime
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.planning import plan_of_starts
from tests.auditor.written import WritingLog
from tests.scaled_daemon import scaled_daemon
from tests.simulated import FIRST

DAYS = 7
RACES_A_DAY = 40
_EVERY = timedelta(minutes=10)
_BEGIN = FIRST - timedelta(hours=12)
"""Two in the morning in Auckland; its jobs come three hours later."""
_SPEED = 1_000_000


def week() -> DayPlan:
    """Plan seven days."""
    starts = [FIRST + timedelta(days=day) + _EVERY * place for day in range(DAYS) for place in range(RACES_A_DAY)]
    return plan_of_starts(1, starts)


async def main(folder: Path) -> None:
    """Live until the last day is over."""
    over, served = asyncio.Event(), WritingLog(folder / "served.jsonl")
    async with scaled_daemon(folder / "data", week(), _BEGIN, _SPEED, served) as time:
        _tell_at_the_end_of_day(1, time, over)
        await over.wait()


def _tell_at_the_end_of_day(day: int, time: ScaledTime, over: asyncio.Event) -> None:
    async def tell() -> None:
        sys.stdout.write(f"{resident_bytes()}\n")
        sys.stdout.flush()
        if day == DAYS:
            over.set()
        else:
            _tell_at_the_end_of_day(day + 1, time, over)

    time.at("the end of the day", _BEGIN + timedelta(days=day), tell)


def resident_bytes() -> int:
    """Give the memory that this process has in use, as Linux tells it."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


if __name__ == "__main__":
    share_one_heap()
    logger.remove()
    asyncio.run(main(Path(sys.argv[1])))
