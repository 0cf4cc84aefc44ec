"""`ops.db`: a record of every look at a race and of every run of a job, on this machine whatever the store is."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple
from datetime import datetime
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from time import monotonic
from typing import Final

from loguru import logger

from raceday_daemon.model.errors import StoreError
from raceday_daemon.model.job import DONE, JobRun
from raceday_daemon.model.observer import NOT_OBSERVED, Observer
from raceday_daemon.model.poll import Poll
from raceday_daemon.store.alert_passes import AlertPasses, Counts, write_alert_passes
from raceday_daemon.store.lives import CREATE_LIVES, begin_life, end_life
from raceday_daemon.store.migrations import Layouts
from raceday_daemon.store.old_records import FORGOTTEN_AT_ONCE, RecordEdges, forget_some
from raceday_daemon.store.rows import instant_text, read_instant
from raceday_daemon.store.sqlite import Database, open_database
from raceday_daemon.store.success_queries import CREATE_SUCCESS, add_success

FILE_NAME: Final = "ops.db"

# Looks wait for their records: a file that somebody has locked must not hold them up for long.
_BUSY_SECONDS: Final = 0.5
_PAUSE_SECONDS: Final = 1.0
_HOLD_UP_SECONDS: Final = 2.0
_MOST_UNSAVED: Final = 20_000

LAYOUTS: Final = Layouts(
    (
        """CREATE TABLE polls (
            race_id TEXT NOT NULL, due_at TEXT, began_at TEXT NOT NULL, ended_at TEXT NOT NULL, reason TEXT NOT NULL,
            outcome TEXT NOT NULL, race_status TEXT, bytes INTEGER, fetch_ms REAL, decode_ms REAL, commit_ms REAL,
            rows_written INTEGER NOT NULL, error TEXT
        ) STRICT""",
        "CREATE INDEX polls_race ON polls (race_id, began_at)",
        "CREATE INDEX polls_began ON polls (began_at)",
        """CREATE TABLE job_runs (
            job TEXT NOT NULL, racing_day TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT NOT NULL,
            status TEXT NOT NULL, processed INTEGER NOT NULL, failed INTEGER NOT NULL, skipped INTEGER NOT NULL,
            api_calls INTEGER NOT NULL, duration_seconds REAL NOT NULL, memory_peak_mb REAL NOT NULL,
            errors TEXT NOT NULL
        ) STRICT""",
        "CREATE INDEX job_runs_job ON job_runs (job, racing_day, started_at)",
        CREATE_LIVES,
        *CREATE_SUCCESS,
    ),
    steps=(add_success,),
)


class Records:
    """Writes the records; they may lose their last moments in a power loss, never in a crash.

    A record that cannot be written now waits for the next one, and stops nothing, also where the file's thread does
    not come back: what it tells of has happened. `lost` counts those that had to go because too many waited.
    """

    def __init__(self, database: Database, observer: Observer = NOT_OBSERVED) -> None:
        """Write to an open `ops.db`, and tell the observer of each record as it comes, written yet or not."""
        self._database = database
        self._observer = observer
        self._unsaved: deque[tuple[str, tuple[object, ...]]] = deque()
        self._try_again_at = 0.0
        self._failing = False
        self._writing: asyncio.Task[None] | None = None
        self._holds_up = False
        self._passes = AlertPasses()
        self.lost = 0

    def count_passes(self, passes: AlertPasses) -> None:
        """Write what is counted there too, with the records that follow."""
        passes.put_back(self._passes.take())
        self._passes = passes

    async def add_poll(self, poll: Poll) -> None:
        """Record a look at a race."""
        await self.add_polls([poll])

    async def add_polls(self, polls: Iterable[Poll]) -> None:
        """Record looks at races, or slots that were missed, in one transaction."""
        rows = []
        for poll in polls:
            self._observer.polled(poll)
            rows.append(tuple(map(_as_value, astuple(poll))))
        if rows:
            await self._add("polls", rows)

    @property
    def waiting(self) -> int:
        """Count the records that could not be written yet."""
        return len(self._unsaved)

    async def knows(self, poll: Poll) -> bool:
        """Say whether a look has its record: one of the race's slot, or of the moment where no slot asked for it."""
        return await self._database.transaction(lambda connection: _knows(connection, poll))

    async def last_slots(self, since: datetime) -> dict[str, datetime]:
        """Give each race's latest slot that has a record, of those due since an instant."""
        return await self._database.transaction(lambda connection: _last_slots(connection, since))

    async def add_job_run(self, run: JobRun) -> None:
        """Record a run of a job; its errors as a JSON array."""
        self._observer.job_ran(run)
        row = (
            run.job,
            run.racing_day.isoformat(),
            instant_text(run.started_at),
            instant_text(run.finished_at),
            run.status,
            run.processed,
            run.failed,
            run.skipped,
            run.api_calls,
            run.duration_seconds,
            run.memory_peak_mb,
            json.dumps([asdict(failure) for failure in run.errors], ensure_ascii=False),
        )
        await self._add("job_runs", [row])

    async def _add(self, table: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Write rows, with those that could not be written before; while the file is locked they wait here."""
        self._unsaved += [(table, row) for row in rows]
        while len(self._unsaved) > _MOST_UNSAVED:
            self._unsaved.popleft()
            self.lost += 1
        if monotonic() >= self._try_again_at:
            await self._save()

    async def _save(self) -> None:
        """Have what waits written, and wait for that a little: whoever adds a record has other things to do."""
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name="records")
        if not self._holds_up:
            await asyncio.wait({self._writing}, timeout=_HOLD_UP_SECONDS)
        self._holds_up = not self._writing.done()
        if self._writing.done():
            self._writing.result()

    async def _write(self) -> None:
        """Write what waits, and what comes to wait meanwhile."""
        while self._unsaved or not self._passes.is_empty:
            (unsaved, self._unsaved), passes = (self._unsaved, deque()), self._passes.take()
            try:
                await self._database.transaction(lambda connection: _insert(connection, unsaved, passes))  # noqa: B023
            except StoreError as error:
                self._put_back(unsaved, passes)
                self._try_again_at = monotonic() + _PAUSE_SECONDS
                if not self._failing:
                    logger.error("records wait to be written: {error}", action="records_wait", error=str(error))
                self._failing = True
                return
            except BaseException:
                self._put_back(unsaved, passes)
                raise
            if self._failing:
                logger.info("records are written again, {lost} are lost", action="records_written", lost=self.lost)
            self._failing = False

    def _put_back(self, unsaved: deque[tuple[str, tuple[object, ...]]], passes: Counts) -> None:
        self._unsaved = unsaved + self._unsaved
        self._passes.put_back(passes)

    async def last_done(self, job: str) -> datetime | None:
        """Give when a job last came to its end; where it never did, when the first job of all began, if one has."""
        return await self._database.transaction(lambda connection: _last_done(connection, job))

    async def answers(self) -> None:
        """Come back once the file's thread has; see Database.answers."""
        await self._database.answers()

    async def begin_life(self, now: datetime) -> float:
        """Note that a daemon begins; give the seconds to wait before its work, because it crashed too often."""
        return await self._database.transaction(lambda connection: begin_life(connection, now))

    async def end_life(self, now: datetime) -> None:
        """Note that the daemon ended as it should; where that can't be written it counts as a crash."""
        try:
            await self._database.transaction(lambda connection: end_life(connection, now))
        except StoreError as error:
            logger.error("the end is not recorded: {error}", action="records_wait", error=str(error))

    @property
    def file(self) -> Database:
        """Give the file itself, for those who take care of it."""
        return self._database

    async def forget(self, edges: RecordEdges) -> Counter[str]:
        """Remove what is older, some thousand rows at a time; give how many rows of each table went."""
        removed = Counter[str]()
        while True:
            some = await self._database.transaction(partial(forget_some, edges))
            removed += some
            if max(some.values(), default=0) < FORGOTTEN_AT_ONCE:
                return removed

    async def close(self) -> None:
        """Write what waits, if that can be, and close the file."""
        if self._writing:
            await asyncio.wait({self._writing})
        if self._unsaved or not self._passes.is_empty:
            await self._save()
        if self._unsaved:
            logger.error("{lost} records are lost", action="record_lost", lost=self.lost + len(self._unsaved))
        await self._database.close()


async def open_records(data_dir: Path, observer: Observer = NOT_OBSERVED) -> Records:
    """Open the records in a data folder."""
    path = data_dir / FILE_NAME
    database = await open_database(path, LAYOUTS, survives_power_loss=False, busy_seconds=_BUSY_SECONDS)
    return Records(database, observer)


def _insert(connection: Connection, rows: Iterable[tuple[str, tuple[object, ...]]], passes: Counts) -> None:
    for table, row in rows:
        connection.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
    write_alert_passes(connection, passes)


def _knows(connection: Connection, poll: Poll) -> bool:
    column, instant = ("due_at", poll.due_at) if poll.due_at else ("began_at", poll.began_at)
    query = f"SELECT 1 FROM polls WHERE race_id = ? AND {column} = ?"  # noqa: S608
    return connection.execute(query, (poll.race_id, instant_text(instant))).fetchone() is not None


def _last_done(connection: Connection, job: str) -> datetime | None:
    (done,) = connection.execute(
        "SELECT coalesce((SELECT max(finished_at) FROM job_runs WHERE job = ? AND status IN (?, ?)),"
        " (SELECT min(started_at) FROM job_runs))",
        (job, *DONE),
    ).fetchone()
    return read_instant(done) if done else None


def _as_value(value: object) -> object:
    return instant_text(value) if isinstance(value, datetime) else value


def _last_slots(connection: Connection, since: datetime) -> dict[str, datetime]:
    rows = connection.execute(
        "SELECT race_id, max(due_at) FROM polls WHERE began_at >= ? AND due_at >= ? GROUP BY race_id",
        (instant_text(since), instant_text(since)),
    )
    return {race_id: read_instant(due_at) for race_id, due_at in rows}
