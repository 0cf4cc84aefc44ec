"""A simulated day in a process of its own, in real time: `-m tests.fakes.simulator_process FOLDER SEED START...`.

The starts are seconds since 1970. The address is written to `url` in the folder once it is served.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.simulator.planning import plan_of_starts
from raceday_daemon.simulator.server import Simulator
from raceday_daemon.simulator.serving import serving


async def main(folder: Path, seed: int, starts: list[float]) -> None:
    """Serve until killed."""
    plan = plan_of_starts(seed, [datetime.fromtimestamp(start, UTC) for start in starts], plain=True)
    async with serving(Simulator(plan, SystemClock(), keep=0), port=0) as url:
        (folder / "url.new").write_text(url)
        (folder / "url.new").rename(folder / "url")
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), [float(start) for start in sys.argv[3:]]))
