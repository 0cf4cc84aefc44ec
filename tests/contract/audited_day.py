"""A simulated day with everything that can happen, lived through in virtual time while the source fails at times."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from raceday_daemon.simulator.faults import Faults
from raceday_daemon.simulator.planning import plan_day
from raceday_daemon.simulator.server import Simulator
from tests.auditor.audit import audit
from tests.auditor.finding import What
from tests.fakes.clock import FakeClock
from tests.simulated import FIRST
from tests.virtual_daemon import simulated_source, virtual_daemon

BEGIN = FIRST - timedelta(hours=9, minutes=30)
"""Before the pipeline's first job."""
OUTAGE = (FIRST + timedelta(minutes=10), FIRST + timedelta(minutes=13))
FAULTS = Faults(errors=0.04, timeouts=0.002, stalls=0.002, garbage=0.03, wrong_day=0.03, outages=(OUTAGE,))
_PATIENCE_SECONDS = 1.0
"""Of the real clock: a silence costs the test as much, and an answer that takes longer is a fault more."""

STORE, OPS = "raceday.db", "ops.db"

Change = Callable[[sqlite3.Connection], int]
"""Changes rows of a file, and gives how many."""


def shifted(column: str, seconds: int) -> str:
    """Give the SQL of an instant so many seconds after that of a column."""
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', {column}, '{seconds:+} seconds')"


def one_of(table: str, where: str = "TRUE") -> str:
    """Name one row of a table, always the same."""
    return f"rowid = (SELECT rowid FROM {table} WHERE {where} ORDER BY rowid LIMIT 1 OFFSET 2)"


def changed(table: str, assignments: str, where: str = "TRUE") -> Change:
    """Change one row."""
    return lambda connection: (
        connection.execute(f"UPDATE {table} SET {assignments} WHERE {one_of(table, where)}").rowcount
    )


def gone(table: str, where: str = "TRUE") -> Change:
    """Remove one row."""
    return lambda connection: connection.execute(f"DELETE FROM {table} WHERE {one_of(table, where)}").rowcount


def again(table: str, where: str = "TRUE", **others: str) -> Change:
    """Add one row again, with other values (each an SQL expression)."""

    def add(connection: sqlite3.Connection) -> int:
        names = [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
        values = ", ".join(others.get(name, f'"{name}"') for name in names)
        return connection.execute(
            f"INSERT INTO {table} SELECT {values} FROM {table} WHERE {one_of(table, where)}"
        ).rowcount

    return add


@dataclass(frozen=True)
class Spoiled:
    """What is changed in a copy of the files, and what the auditor must say of it: `where` is a part of its words."""

    name: str
    change: Change
    what: What
    where: str


@dataclass(frozen=True)
class LivedDay:
    """What a day left: its files, and the simulator that still knows what it served; `end` is when it was stopped."""

    folder: Path
    simulator: Simulator
    end: datetime

    def copy(self, folder: Path, *changes: tuple[str, Change]) -> Path:
        """Copy the files, and change the copies."""
        for name in (STORE, OPS):
            shutil.copy(self.folder / name, folder / name)
        for name, change in changes:
            with closing(sqlite3.connect(folder / name)) as connection, connection:
                assert change(connection) > 0, "nothing was changed"
        return folder

    def found_in(self, folder: Path, *changes: tuple[str, Change]) -> list[tuple[What, str]]:
        """Spoil a copy, and give what the auditor says: what and where."""
        found = audit(self.copy(folder, *changes), self.simulator, until=self.end)
        return [(one.what, one.where) for one in found]


async def live(folder: Path, seed: int = 1, *, races: int = 8, begin: datetime = BEGIN) -> LivedDay:
    """Live through a day."""
    clock, plan = FakeClock(begin), plan_day(seed, FIRST, races=races)
    end = plan.over_at + timedelta(minutes=45)
    async with (
        simulated_source(plan, clock, FAULTS) as (simulator, url),
        virtual_daemon(folder, url, clock, timeout_seconds=_PATIENCE_SECONDS) as daemon,
    ):
        await daemon.run_until(end)
    return LivedDay(folder, simulator, end)
