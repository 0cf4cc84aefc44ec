"""A simulated day in a process of its own, in real time: `-m tests.fakes.simulator_process FOLDER SEED START...`.

The starts are seconds since 1970. The address is written to `url` in the folder once it is served, and what was served
to `served.jsonl`.
"""

import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.simulator.plan import DayPlan
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving
from tests.auditor.written import WritingLog


def plain_day(seed: int, starts: Sequence[float]) -> DayPlan:
    """Plan a day of plain races."""
    return plan_of_starts(seed, [datetime.fromtimestamp(start, UTC) for start in starts], plain=True)


async def main(folder: Path, seed: int, starts: list[float]) -> None:
    """Serve until killed."""
    simulator = Simulator(plain_day(seed, starts), SystemClock())
    simulator.served = WritingLog(folder / "served.jsonl")
    async with serving(simulator) as url:
        (folder / "url.new").write_text(url)
        (folder / "url.new").rename(folder / "url")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), [float(start) for start in sys.argv[3:]]))
