"""A process that takes one lease again and again, for tests to kill: `python -m tests.fakes.lease_fighter FOLDER`.

While it holds the lease it also holds a lock of the kernel's on a file, which falls with the process: a second holder
would find it locked. Every step is a line in `log`: taken, released, TWO HOLDERS; with epoch, process and time.
"""

import asyncio
import fcntl
import os
import random
import sys
import time
from pathlib import Path

from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.model.errors import LeaseHeldError
from raceday_daemon.model.lease import LeaseTerms
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.working_store import open_working_store

STALE_SECONDS = 3.0
TERMS = LeaseTerms(lease_id="fight", heartbeat_seconds=0.5, stale_seconds=STALE_SECONDS, limit_seconds=None)


async def fight(folder: Path) -> None:
    """Take the lease, hold it for a moment, let it go; for ever."""
    store = await open_working_store(folder)
    keeper = LeaseKeeper(store, SystemClock())
    with (folder / "log").open("a", buffering=1) as log, (folder / "witness").open("a") as witness:

        def note(step: str, epoch: int) -> None:
            log.write(f"{step} {epoch} {os.getpid()} {time.monotonic()}\n")

        while True:
            try:
                async with keeper.held(TERMS, lambda: "fighting") as lease:
                    note("taken", lease.epoch)
                    try:
                        fcntl.flock(witness, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    except BlockingIOError:
                        note("TWO HOLDERS", lease.epoch)
                    await asyncio.sleep(random.uniform(0, 0.002))
                    fcntl.flock(witness, fcntl.LOCK_UN)
                    note("released", lease.epoch)
            except LeaseHeldError:
                await asyncio.sleep(0.001)


if __name__ == "__main__":
    asyncio.run(fight(Path(sys.argv[1])))
