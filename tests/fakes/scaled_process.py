"""A simulated day at high speed in a process of its own: `-m tests.fakes.scaled_process FOLDER SEED BEGIN END SPEED`.

BEGIN and END are instants of the day that `day_of` plans. The daemon's files are in `data`, and what was served is in
`served.jsonl` in the folder.
"""

import asyncio
import sys
from datetime import datetime
from pathlib import Path

from loguru import logger

from raceday_daemon.simulator.faults import Faults
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.planning import plan_day
from tests.auditor.written import WritingLog
from tests.scaled_daemon import scaled_daemon
from tests.simulated import FIRST

FAULTS = Faults(errors=0.03, garbage=0.03, wrong_day=0.03)


def day_of(seed: int) -> DayPlan:
    """Plan a day of six races, with everything that can happen."""
    return plan_day(seed, FIRST, races=6)


async def main(folder: Path, seed: int, begin: datetime, end: datetime, speed: float) -> None:
    """Live until the end, or until killed."""
    ended = asyncio.Event()

    async def stop() -> None:
        ended.set()

    served = WritingLog(folder / "served.jsonl")
    async with scaled_daemon(folder / "data", day_of(seed), begin, speed, served, FAULTS) as time:
        time.at("the end", end, stop)
        await ended.wait()


if __name__ == "__main__":
    logger.remove()
    begin, end = map(datetime.fromisoformat, sys.argv[3:5])
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), begin, end, float(sys.argv[5])))
