"""The house put together by hand for a test: real files, a clock of its own, the real client to a loopback source."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from raceday_daemon.intake.intake import Intake
from raceday_daemon.jobs.entrants import EntrantsJob
from raceday_daemon.jobs.job import Job
from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.jobs.meetings import MeetingsJob, StatusesJob
from raceday_daemon.jobs.races import RacesJob
from raceday_daemon.jobs.runner import JobRunner
from raceday_daemon.model.exchange import NOT_RECORDED, Recorder
from raceday_daemon.model.progress import NoProgress
from raceday_daemon.nztab.breaker import Breaker
from raceday_daemon.nztab.client import Client
from raceday_daemon.nztab.lanes import Lane, Unlimited
from raceday_daemon.nztab.source import Source
from raceday_daemon.nztab.transport import Identification, Transport, open_session
from raceday_daemon.nztab.wanted import Wanted
from raceday_daemon.ops.clock import SystemClock
from raceday_daemon.store.outbox import Outbox
from raceday_daemon.store.records import Records, open_records
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.fakes.clock import FakeClock
from tests.fakes.recorded_source import RecordedSource

Row = tuple[Any, ...]

AFTER_THE_RECORDINGS = datetime(2025, 7, 17, 12, tzinfo=UTC)
"""An hour before the racing day's jobs end; an answer from the future is refused."""

WANTED = Wanted.of(("NZ", "AUS"), ("T", "H"))
_ONE_TRY = Lane("daily", Unlimited(), attempts=1, longest_wait_seconds=0.0)


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Read a file with the package's own queries."""
    with closing(sqlite3.connect(path)) as connection:
        yield connection


def rows(path: Path, query: str, *values: object) -> list[Row]:
    """Read a file beside whoever has it open."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query, values).fetchall()


def named_rows(path: Path, query: str, *values: object) -> list[dict[str, Any]]:
    """Read a file's rows by the names of their columns."""
    with closing(sqlite3.connect(path)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query, values)]


def dump(path: Path) -> dict[str, list[Row]]:
    """Read all that a file holds, a table at a time."""
    tables = [str(name) for (name,) in rows(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {name: rows(path, f'SELECT * FROM "{name}" ORDER BY 1, 2') for name in tables}


def keep_meetings(source: RecordedSource, *names: str) -> list[str]:
    """Leave only these meetings on the recorded day; give the ids of their races, soonest first."""
    data = source.meetings["data"]
    data["meetings"] = [meeting for meeting in data["meetings"] if meeting["name"] in names]
    races = [race for meeting in data["meetings"] for race in meeting["races"]]
    return [race["id"] for race in sorted(races, key=lambda race: (race["start_time"], race["id"]))]


@dataclass(frozen=True, kw_only=True)
class House:
    """The parts; `runner` gives a job runner whose calls are tried once."""

    clock: FakeClock
    store: Database
    records: Records
    intake: Intake
    transport: Transport
    breaker: Breaker

    def source(self) -> Source:
        """Give a source that counts its own calls."""
        return Source(Client(self.transport, self.breaker, _ONE_TRY))

    def runner(
        self,
        *others: Job,
        batch_items: int = 20,
        batch_seconds: float | None = None,
        most_races: int | None = None,
    ) -> JobRunner:
        """Give a runner of the four daily jobs and `others`; the knobs are those of the entrants job."""
        jobs: list[Job] = [
            MeetingsJob(self.intake, WANTED),
            RacesJob(self.intake, self.store),
            EntrantsJob(self.intake, self.store, batch_items, batch_seconds, most_races),
            StatusesJob(self.intake, WANTED),
            *others,
        ]
        return JobRunner(
            jobs=jobs,
            new_source=self.source,
            store=self.store,
            records=self.records,
            leases=LeaseKeeper(self.store, SystemClock()),
            clock=self.clock,
            progress=NoProgress(),
        )


@asynccontextmanager
async def open_house(
    folder: Path,
    url: str,
    clock: FakeClock | None = None,
    timeout_seconds: float = 15,
    recorder: Recorder = NOT_RECORDED,
    outbox: Outbox | None = None,
) -> AsyncIterator[House]:
    """Put the house up on a data folder, and take it down again; with an outbox its rows are to be sent on."""
    clock = clock or FakeClock(AFTER_THE_RECORDINGS)
    async with AsyncExitStack() as parts:
        store = await open_working_store(folder)
        parts.push_async_callback(store.close)
        records = await open_records(folder)
        parts.push_async_callback(records.close)
        session = await parts.enter_async_context(open_session(timeout_seconds))
        yield House(
            clock=clock,
            store=store,
            records=records,
            intake=Intake(store, records, clock, outbox),
            transport=Transport(session, url, clock, Identification(user_agent="tests"), recorder),
            breaker=Breaker(clock),
        )
