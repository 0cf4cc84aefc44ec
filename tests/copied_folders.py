"""Data folders to be copied: a few races in them, rows that wait, and what is done to take and put back a backup."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

from raceday_daemon.backups.manifest import Manifest
from raceday_daemon.backups.restoring import restore_backup
from raceday_daemon.backups.taking import Taken, take_backup
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.changes import Record
from raceday_daemon.model.poll import Poll
from raceday_daemon.ops.stoppable import Stopping
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.records import open_records
from raceday_daemon.store.working_store import open_working_store
from tests.builders import NOW, entrant, later, meeting, minutes_before, race

VERSION, DAY = "0.1.0", "2025-07-17"
FILES = ("raceday.db", "ops.db")


def look_record(race_id: str = "race-1", began_at: datetime = NOW, **changes: object) -> Poll:
    """Give the record of a look that a slot asked for."""
    facts = {"race_id": race_id, "due_at": began_at, "began_at": began_at, "ended_at": later(0.5, began_at)}
    rest = {"reason": "every 15s", "outcome": "ok", "rows_written": 3, "race_status": "Open"}
    return Poll(**{**dict.fromkeys(Poll.__dataclass_fields__), **facts, **rest, **changes})  # type: ignore[arg-type]


async def _fill(folder: Path, records: tuple[Record, ...]) -> None:
    store, ops = await open_working_store(folder), await open_records(folder)
    runners = (entrant(1, fixed_win_odds=5.0), entrant(2, fixed_win_odds=3.0))
    answer = minutes_before(10, 2_000, race=race(race_date_nz=DAY), entrants=runners)
    await store.transaction(lambda connection: write(connection, [meeting(), *records]))
    await store.transaction(lambda connection: commit_race(connection, answer, NOW, None))
    await ops.add_poll(look_record())
    await ops.close()
    await store.close()


def filled(folder: Path, *records: Record) -> Path:
    """Make a data folder with a meeting, a race that was looked at once, and further rows; nobody has it open."""
    asyncio.run(_fill(folder, records or (race(),)))
    return folder


def execute(file: Path, statement: str, *values: object) -> None:
    """Change a file by hand."""
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement, values)


def _no_steps(_total: int) -> Callable[[int], None]:
    return lambda _done: None


def taken(
    folder: Path,
    target: Path,
    begin: Callable[[int], Callable[[int], None]] = _no_steps,
    stopping: Stopping | None = None,
) -> Taken:
    """Take a backup."""
    return take_backup(folder, target, VERSION, NOW, begin, stopping or Stopping())


def restored(
    folder: Path,
    file: Path,
    begin: Callable[[int], Callable[[int], None]] = _no_steps,
    stopping: Stopping | None = None,
) -> Manifest:
    """Put one back."""
    return restore_backup(folder, file, NOW.isoformat(), begin, stopping or Stopping())


def left_in(folder: Path) -> set[str]:
    """Give what lies in a folder, but for its lock."""
    return {one.name for one in folder.iterdir()} - {"daemon.lock"} if folder.exists() else set()
