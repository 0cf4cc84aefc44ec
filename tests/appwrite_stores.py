"""Working stores of several machines on one Appwrite of the tests: what one sends, another takes over."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from raceday_daemon.appwrite.connection import Appwrite
from raceday_daemon.appwrite.forwarder import Forwarder
from raceday_daemon.appwrite.rules import RulesMirror
from raceday_daemon.appwrite.succession import Heir
from raceday_daemon.intake.alerts import Alerts
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.changes import Record
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.ops.tasks import cut_off
from raceday_daemon.store.outbox import Outbox, read_state
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.schema import Table
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import NOW, later
from tests.fakes.clock import FakeClock, WallClockAt
from tests.workbench import named_rows

MOST_SECONDS = 30.0


@dataclass(frozen=True)
class Machine:
    """A machine's folder and store, and the hand that takes over on it."""

    folder: Path
    store: Database
    appwrite: Appwrite
    outbox: Outbox
    rules: RulesMirror
    heir: Heir

    async def write(self, *records: Record, now: datetime = NOW) -> None:
        """Write rows, which are to be sent."""
        sending = self.outbox.sending(now, is_patient=False)
        await self.store.transaction(lambda connection: write(connection, records, sending))

    async def look(self, answer: RaceSnapshot, due_at: datetime | None = None, alerts: Alerts | None = None) -> None:
        """Take an answer, a second and a half after it was made; `alerts` tell of it."""
        now = later(1.5, answer.generated_time)
        sending = self.outbox.sending(now, is_patient=False)
        telling = alerts.telling(now, sending) if alerts else None
        await self.store.transaction(lambda connection: commit_race(connection, answer, now, due_at, sending, telling))

    async def send(self, now: datetime | None = None) -> None:
        """Send all that waits; the wall clock shows `now`, or the real time."""
        clock = WallClockAt(now) if now else SystemClock()
        forwarder = Forwarder(self.folder, self.store, self.appwrite, clock, self.outbox, 1_000_000)
        running = asyncio.create_task(forwarder.run())
        assert await forwarder.drain(MOST_SECONDS) == 0
        await cut_off(running)

    async def waiting(self) -> int:
        """Count what waits."""
        return (await self.store.transaction(read_state)).waiting

    def rows(self, table: Table) -> dict[str, dict[str, Any]]:
        """Read a table by the rows' ids."""
        rows = named_rows(self.folder / FILE_NAME, f'SELECT * FROM "{table.sqlite_name}"')
        return {row["id"]: row for row in rows}


@asynccontextmanager
async def machine(
    folder: Path, appwrite: Appwrite, now: datetime = NOW, *, is_thinned: bool = False
) -> AsyncIterator[Machine]:
    """Open a machine's store, new if need be; the history that it sends may be thinned."""
    store, clock = await open_working_store(folder), FakeClock(now)
    rules = RulesMirror(appwrite, store, clock)
    try:
        yield Machine(folder, store, appwrite, Outbox(is_thinned=is_thinned), rules, Heir(appwrite, store, rules))
    finally:
        await store.close()
