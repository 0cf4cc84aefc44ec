"""A working store with races of many days, and a housekeeping of it: what tests of retention share."""

import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from raceday_daemon.assembly import Files
from raceday_daemon.cadence.racing_day import AUCKLAND
from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.keeping_house import HouseKept, Manner, count_old_rows, keep_house
from raceday_daemon.model.alerts import Notification
from raceday_daemon.model.changes import Record
from raceday_daemon.model.market import OddsPoint
from raceday_daemon.model.observer import NOT_OBSERVED
from raceday_daemon.settings import Settings
from raceday_daemon.store.looks import note_card, note_event
from raceday_daemon.store.outbox import Outbox, append
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.records import open_records
from raceday_daemon.store.schema import Table
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import big_bet, entrant, meeting, money_point, pools, race, results
from tests.fakes.clock import FakeClock

TODAY = date(2025, 7, 17)
NIGHT = datetime(2025, 7, 16, 15, tzinfo=UTC)
"""Three in the morning of that racing day."""

OF_RACE = ("races", "entrants", "race_pools", "race_results", "odds_history", "money_flow_history", "big_bets", "looks")
HISTORY = ("odds_history", "money_flow_history", "big_bets")


def days_ago(days: int) -> date:
    """Give a racing day so many before today's."""
    return TODAY - timedelta(days=days)


def afternoon(day: date, hour: int = 14) -> datetime:
    """Give an hour of a racing day in Auckland."""
    return datetime.combine(day, time(hour), AUCKLAND).astimezone(UTC)


def race_rows(race_id: str, day: date, start: datetime | None = None, points: int = 2) -> list[Record]:
    """Give all the rows of a race of that day's card, with so many points of each kind of history for a runner."""
    start = start or afternoon(day)
    runner = f"{race_id}-1"
    instants = [start - timedelta(minutes=5 * number) for number in range(points)]
    return [
        meeting(meeting_id=f"meeting-{day}", date=day),
        race(race_id=race_id, meeting_id=f"meeting-{day}", start_time=start, status="Final"),
        entrant(1, entrant_id=runner, race_id=race_id),
        pools(race_id=race_id),
        results(race_id=race_id),
        *(_price(runner, race_id, at) for at in instants),
        *(money_point(entrant_id=runner, race_id=race_id, event_timestamp=at) for at in instants),
        *(big_bet(f"{race_id}-bet-{number}", race_id=race_id, placed_at=at) for number, at in enumerate(instants)),
    ]


def _price(entrant_id: str, race_id: str, at: datetime) -> OddsPoint:
    return OddsPoint(
        entrant_id=entrant_id,
        race_id=race_id,
        type="fixed_win",
        odds=2.0,
        event_timestamp=at,
        time_to_start_seconds=0,
    )


def notification(notification_id: str, created_at: datetime, race_id: str = "race-of-old") -> Notification:
    """Give what somebody was told."""
    return Notification(
        notification_id=notification_id,
        user_id="ann",
        title="t",
        message="m",
        type="odds_below",
        race_id=race_id,
        event_timestamp=created_at,
        created_at=created_at,
    )


@asynccontextmanager
async def open_store(folder: Path, now: datetime = NIGHT) -> AsyncIterator["PrunedStore"]:
    """Open a folder's files, by a clock that stands at `now`."""
    clock = FakeClock(now)
    store, records = await open_working_store(folder), await open_records(folder)
    files = Files(
        observer=NOT_OBSERVED,
        store=store,
        records=records,
        leases=LeaseKeeper(store, clock),
        clock=clock,
        outbox=Outbox(),
    )
    await store.apart(lambda connection: connection.execute("PRAGMA synchronous = OFF").close())
    try:
        yield PrunedStore(folder, files, clock)
    finally:
        await records.close()
        await store.close()


class PrunedStore:
    """Open files, and what is done with them."""

    def __init__(self, folder: Path, files: Files, clock: FakeClock) -> None:
        self.folder = folder
        self.files = files
        self.clock = clock

    async def put(self, *records: Record) -> None:
        """Write rows, and the looks at their races."""

        def work(connection: sqlite3.Connection) -> None:
            write(connection, records)
            for (race_id,) in connection.execute("SELECT id FROM races").fetchall():
                note_event(connection, race_id, self.clock.now())
            for (meeting_id,) in connection.execute("SELECT id FROM meetings").fetchall():
                note_card(connection, meeting_id, self.clock.now())

        await self.files.store.transaction(work)

    async def put_races(self, days: Sequence[int], points: int = 2) -> None:
        """Write a race for each of these days ago, `race-N`."""
        for number in days:
            await self.put(*race_rows(f"race-{number}", days_ago(number), points=points))

    async def wait_for_appwrite(self, table: Table, row_id: str, *, refused: bool = False) -> None:
        """Let a row wait, or be refused."""

        def work(connection: sqlite3.Connection) -> None:
            append(connection, [(table, row_id)], NIGHT, is_patient=False)
            if refused:
                connection.execute("UPDATE outbox SET refusedAt = ?, reason = 'no' WHERE rowId = ?", ("x", row_id))

        await self.files.store.transaction(work)

    def settings(self, **settings: Any) -> Settings:
        """Give settings that keep everything but what is named."""
        for_ever = {
            f"raceday_{name}_retention_days": 0
            for name in ("history", "races", "notifications", "polls", "job_runs", "recordings")
        }
        days = {f"raceday_{name}_retention_days": value for name, value in settings.items() if name != "others"}
        return Settings(**{"raceday_data_dir": self.folder, **for_ever, **days, **settings.get("others", {})})

    async def keep_house(self, **settings: Any) -> HouseKept:
        """Keep the house by such settings, as the daemon does by night, but without its rests."""
        return await keep_house(self.settings(**settings), self.files, manner=Manner(rests=False))

    def count(self, **settings: Any) -> dict[str, Any]:
        """Count what would go."""
        return count_old_rows(self.settings(**settings), self.clock).facts()

    def rows(self, table: str) -> list[tuple[Any, ...]]:
        """Read a table."""
        with closing(sqlite3.connect(self.folder / FILE_NAME)) as connection:
            return connection.execute(f'SELECT * FROM "{table}" ORDER BY 1, 2').fetchall()

    def races_in(self, table: str) -> set[str]:
        """Name the races that a table has rows of."""
        column = "id" if table in ("races", "looks") else "raceId"
        with closing(sqlite3.connect(self.folder / FILE_NAME)) as connection:
            found = connection.execute(f'SELECT "{column}" FROM "{table}"').fetchall()
        return {race_id for (race_id,) in found if not race_id.startswith("meeting")}
