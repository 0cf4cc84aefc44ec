"""A process that waits for a lease, and works under it until it is lost: `python -m tests.fakes.lease_holder FOLDER S`.

Every S seconds it writes a row into the table `work`, in a transaction that is the holder's alone. Its steps are lines
in FOLDER/log: refused, taken, lost, and after that once more a try to write, which is fenced off or GOT THROUGH.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path
from sqlite3 import Connection

from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.model.errors import LeaseHeldError, LeaseLostError
from raceday_daemon.model.lease import Lease, LeaseTerms
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.leases import check_lease
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store

TERMS = LeaseTerms(lease_id="takeover", heartbeat_seconds=0.2, stale_seconds=2.0, limit_seconds=None)

_PAUSE_SECONDS = 0.002
_CREATE_WORK = "CREATE TABLE IF NOT EXISTS work (number INTEGER PRIMARY KEY, epoch INTEGER)"


def note(folder: Path, step: str, epoch: int) -> None:
    """Write a line of the log."""
    with (folder / "log").open("a") as log:
        log.write(f"{step} {epoch} {os.getpid()}\n")


def write(connection: Connection, lease: Lease) -> None:
    """Do a piece of work, as the holder only."""
    check_lease(connection, lease)
    connection.execute("INSERT INTO work (epoch) VALUES (?)", (lease.epoch,))


async def work_until_lost(folder: Path, store: Database, seconds: float) -> Lease:
    """Take the lease as soon as that can be, and work under it; give it when it is lost."""
    keeper = LeaseKeeper(store, SystemClock())
    while True:
        try:
            async with keeper.held(TERMS, lambda: "working") as lease:
                note(folder, "taken", lease.epoch)
                while True:
                    await store.transaction(partial(write, lease=lease))
                    await asyncio.sleep(seconds)
        except LeaseHeldError:
            note(folder, "refused", 0)
            await asyncio.sleep(_PAUSE_SECONDS)
        except LeaseLostError:
            note(folder, "lost", lease.epoch)
            return lease


async def main(folder: Path, seconds: float) -> None:
    """Hold the lease once, and try to write after it is lost."""
    store = await open_working_store(folder)
    await store.transaction(lambda connection: connection.execute(_CREATE_WORK).close())
    lost = await work_until_lost(folder, store, seconds)
    try:
        await store.transaction(partial(write, lease=lost))
        note(folder, "GOT THROUGH", lost.epoch)
    except LeaseLostError:
        note(folder, "fenced off", lost.epoch)
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
