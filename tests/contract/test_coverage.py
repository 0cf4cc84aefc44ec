"""A racing day's coverage: what became of each slot of each race, from the two files."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.cadence.profile import PROFILES
from raceday_daemon.model.changes import Record
from raceday_daemon.model.coverage import Coverage, RaceCoverage, SlotCounts
from raceday_daemon.model.poll import Poll
from raceday_daemon.store.coverage import read_coverage
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.records import Records, open_records
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import open_working_store
from tests.builders import START, later, meeting, race

DAY = date(2025, 7, 17)
IMPORTED = START - timedelta(hours=8)
AT_START = START + timedelta(milliseconds=1)
EVERY_SLOT = [-3600, -3300, -3000, -2700, -2400, -2100, -1800, -1500, -1200, -1080, -960, -840, -720, -600, -540]
EVERY_SLOT += [-480, -420, -360, *range(-300, 1, 15)]
"""The offsets of the standard table, up to the start."""

NOTHING = SlotCounts(due=0, polled=0, failed=0, missed={}, without_record=0, buckets_filled=0, buckets_due=0)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    records = await open_records(tmp_path)
    yield records
    await records.close()


@pytest.fixture
async def card(store: Database, records: Records) -> None:
    """One race that was imported long before its first slot."""
    await keep(store, meeting(), race(imported_at=IMPORTED))


async def keep(store: Database, *rows: Record) -> None:
    await store.transaction(lambda connection: write(connection, rows))


async def fill_buckets(store: Database, *intervals: int, race_id: str = "race-1", runners: int = 2) -> None:
    rows = [
        (f"{race_id}-{runner}-{interval}", *(f"runner-{runner}",) * 2, race_id, "bucketed_aggregation", interval)
        for interval in intervals
        for runner in range(runners)
    ]
    insert = (
        'INSERT INTO "money_flow_history" ("id", "entrant", "entrantId", "raceId", "type", "timeInterval",'
        " \"eventTimestamp\", \"pollingTimestamp\") VALUES (?, ?, ?, ?, ?, ?, '2025', '2025')"
    )
    await store.transaction(lambda connection: connection.executemany(insert, rows).close())


def slots(offsets: Iterable[float], outcome: str = "ok", status: str | None = "Open", **changes: Any) -> list[Poll]:
    """Give the records of slots that many seconds from the start."""
    due = [later(offset, START) for offset in offsets]
    record = Poll(
        race_id="race-1",
        due_at=None,
        began_at=START,
        ended_at=START,
        reason="every 15s",
        outcome=outcome,
        race_status=status,
    )
    return [replace(record, **{"due_at": at, "began_at": at, "ended_at": at, **changes}) for at in due]


def coverage(folder: Path, now: datetime = AT_START, day: date = DAY) -> Coverage:
    return read_coverage(folder, PROFILES["standard"], day, now)


def the_race(folder: Path, now: datetime = AT_START) -> RaceCoverage:
    (only,) = coverage(folder, now).races
    return only


@pytest.mark.usefixtures("card")
async def test_a_race_that_was_polled_at_every_slot_is_covered(
    store: Database, records: Records, tmp_path: Path
) -> None:
    await records.add_polls(slots(EVERY_SLOT))
    every_bucket = (60, 55, 50, 45, 40, 35, 30, 25, 20, 15, 10, 5, 4, 3, 2, 1, 0)
    await fill_buckets(store, *every_bucket)
    assert coverage(tmp_path) == Coverage(
        racing_day=DAY,
        now=AT_START,
        races=(
            RaceCoverage(
                race="Awapuni R1",
                race_id="race-1",
                start_time=START,
                status="Open",
                slots=replace(NOTHING, due=39, polled=39, buckets_filled=17, buckets_due=17),
                last_look_at=START,
            ),
        ),
        totals=replace(NOTHING, due=39, polled=39, buckets_filled=17, buckets_due=17),
    )


@pytest.mark.usefixtures("card")
async def test_slots_are_polled_failed_or_missed_for_a_reason(records: Records, tmp_path: Path) -> None:
    await records.add_polls(
        [
            *slots([-300], "ok"),
            *slots([-285], "unchanged"),
            *slots([-270], "stale"),
            *slots([-255, -240], "failed", status=None),
            *slots([-225, -210], "missed", reason="overload"),
            *slots([-195], "missed", reason="down"),
        ]
    )
    told = the_race(tmp_path, START - timedelta(seconds=181)).slots
    assert told == SlotCounts(
        due=8,
        polled=3,
        failed=2,
        missed={"overload": 2, "down": 1},
        without_record=0,
        buckets_filled=0,
        buckets_due=3,
    )


@pytest.mark.usefixtures("card")
async def test_slots_that_nobody_was_there_for_are_due_without_a_record(records: Records, tmp_path: Path) -> None:
    assert the_race(tmp_path, START - timedelta(hours=1, seconds=1)).slots == NOTHING
    assert the_race(tmp_path).slots == replace(NOTHING, due=39, without_record=39)
    await records.add_polls(slots([-3600, -3300]))
    assert the_race(tmp_path, START - timedelta(minutes=44)).slots == replace(
        NOTHING, due=4, polled=2, without_record=2, buckets_due=2
    )


async def test_slots_are_due_from_the_import_on(store: Database, records: Records, tmp_path: Path) -> None:
    await keep(store, meeting(), race(imported_at=START - timedelta(seconds=31)))
    assert the_race(tmp_path).slots == replace(NOTHING, due=3, without_record=3)


@pytest.mark.usefixtures("card")
async def test_only_buckets_count_whose_slots_were_due_while_the_race_was_open(
    store: Database, records: Records, tmp_path: Path
) -> None:
    await records.add_polls(
        [
            *slots([-120], "missed", reason="busy"),
            *slots([-60], "failed", status=None),
            *slots([0, 60]),
            *slots([120], "failed", status=None),
            *slots([180], status="Closed"),
            *slots([240], "failed", status=None),
            *slots([300], status="Interim"),
        ]
    )
    # The bucket of an hour is that of the daily job, for which no slot was due.
    await fill_buckets(store, 60, 2, 0, -3)
    told = the_race(tmp_path, START + timedelta(seconds=301)).slots
    assert (told.buckets_filled, told.buckets_due) == (2, 5)


@pytest.mark.usefixtures("card")
async def test_the_last_look_may_be_one_that_no_slot_asked_for(records: Records, tmp_path: Path) -> None:
    assert the_race(tmp_path).last_look_at is None
    by_hand = slots([-30], due_at=None, reason="by hand")
    await records.add_polls([*slots([-45]), *by_hand, *slots([-15], "missed")])
    assert the_race(tmp_path).last_look_at == START - timedelta(seconds=30)
    assert the_race(tmp_path, START - timedelta(seconds=14)).slots.due == 2


async def test_races_are_those_of_the_days_meetings_soonest_first_and_add_up(
    store: Database, records: Records, tmp_path: Path
) -> None:
    tomorrow = meeting(meeting_id="meeting-2", date=date(2025, 7, 18))
    after_midnight = START + timedelta(hours=12)
    await keep(
        store,
        meeting(),
        tomorrow,
        race(race_id="race-3", race_number=3, start_time=after_midnight, imported_at=IMPORTED),
        race(race_id="race-1", imported_at=IMPORTED),
        race(race_id="race-2", race_number=2, imported_at=IMPORTED, withdrawn_at=IMPORTED),
        race(race_id="race-4", meeting_id="meeting-2", start_time=START, imported_at=IMPORTED),
    )
    await records.add_polls(
        [
            *slots([-300, -285]),
            *slots([-270], "missed", reason="down"),
            *slots([-300], race_id="race-4"),
            *slots([39_600, 39_900], "missed", reason="down", race_id="race-3"),
        ]
    )
    told = coverage(tmp_path, START - timedelta(seconds=269))
    assert [one.race_id for one in told.races] == ["race-1", "race-3"]
    assert told.totals == replace(NOTHING, due=5, polled=2, missed={"down": 3}, buckets_due=4)
    assert told.races[0].slots.missed == {"down": 1}
    assert [one.race_id for one in coverage(tmp_path, day=date(2025, 7, 18)).races] == ["race-4"]
    assert coverage(tmp_path, day=date(2025, 7, 19)).races == ()


@pytest.mark.usefixtures("card")
async def test_of_slots_longer_ago_than_records_are_kept_nothing_is_said(tmp_path: Path) -> None:
    assert the_race(tmp_path, START + timedelta(days=8)).slots == NOTHING
