"""What the polling reads from the store: races by their time and status, whatever the date of their card."""

import sqlite3
from collections.abc import AsyncIterator, Iterable
from contextlib import closing
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.cadence.slots import RaceTimes
from raceday_daemon.model.changes import Record
from raceday_daemon.model.race import Race
from raceday_daemon.store.race_queries import write
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.watch_queries import WatchedRace, days_under_way, races_between, times_of_race
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import MEETING_ID, NOW, START, later, meeting, race

HOUR = 3600
MIDNIGHT_NZ = datetime.fromisoformat("2025-07-17T12:00:00Z")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


async def keep(store: Database, *records: Record) -> None:
    """Store what is given, and a meeting for the races."""
    await store.transaction(lambda connection: write(connection, [meeting(), *records]))


async def between(store: Database, first: datetime, last: datetime) -> list[WatchedRace]:
    return await store.transaction(partial(races_between, first_start=first, last_start=last))


async def days(store: Database, around: datetime = START) -> list[date]:
    """Give the days under way by the races of the hours before and after an instant."""
    first, last = later(-HOUR, around), later(HOUR, around)
    return await store.transaction(partial(days_under_way, first_start=first, last_start=last))


def at(race_id: str, seconds: float, **changes: Any) -> Race:
    return race(race_id=race_id, start_time=later(seconds, START), **changes)


def ids(races: Iterable[WatchedRace]) -> list[str]:
    return [one.race_id for one in races]


class TestRacesBetween:
    async def test_are_those_that_start_within_both_ends_soonest_first(self, store: Database) -> None:
        starts = {"sooner": -0.001, "last": 60, "first": 0, "b": 30, "a": 30, "later": 60.001}
        await keep(store, *(at(race_id, seconds) for race_id, seconds in starts.items()))
        assert ids(await between(store, START, later(60, START))) == ["first", "a", "b", "last"]

    async def test_come_with_their_name_and_what_their_slots_follow_from(self, store: Database) -> None:
        marks = {"imported_at": later(-HOUR), "finalized_at": NOW, "abandoned_at": later(1.5, NOW)}
        await keep(store, at("race-7", 0, race_number=7, status="Interim", **marks))
        assert await between(store, START, START) == [
            WatchedRace("race-7", "Awapuni R7", RaceTimes(start_time=START, status="Interim", **marks))
        ]

    async def test_know_what_has_not_happened_yet_as_none(self, store: Database) -> None:
        await keep(store, race())
        (watched,) = await between(store, START, START)
        assert watched.times == RaceTimes(start_time=START, status="Open")

    @pytest.mark.parametrize("status", ["Open", "Closed", "Interim", "Final", "Abandoned", "Delayed"])
    async def test_have_any_status_since_settlement_is_looked_at_too(self, store: Database, status: str) -> None:
        await keep(store, race(status=status))
        assert ids(await between(store, START, START)) == ["race-1"]

    async def test_have_any_date_so_that_a_card_is_polled_past_midnight(self, store: Database) -> None:
        await keep(
            store,
            race(race_id="of the 17th", start_time=later(HOUR, MIDNIGHT_NZ), race_date_nz="2025-07-17"),
            meeting(meeting_id="next", date=date(2025, 7, 18)),
            race(race_id="of the 18th", meeting_id="next", start_time=later(2 * HOUR, MIDNIGHT_NZ)),
        )
        found = await between(store, MIDNIGHT_NZ, later(3 * HOUR, MIDNIGHT_NZ))
        assert ids(found) == ["of the 17th", "of the 18th"]

    async def test_leave_out_withdrawn_races_and_those_of_withdrawn_meetings(self, store: Database) -> None:
        await keep(
            store,
            race(race_id="stays"),
            race(race_id="withdrawn", withdrawn_at=NOW),
            meeting(meeting_id="gone", withdrawn_at=NOW),
            race(race_id="of a withdrawn meeting", meeting_id="gone"),
        )
        assert ids(await between(store, START, START)) == ["stays"]

    async def test_leave_out_a_race_without_a_stored_meeting(self, store: Database) -> None:
        await store.transaction(lambda connection: write(connection, [race()]))
        assert await between(store, START, START) == []


class TestTimesOfARace:
    async def test_are_those_stored_even_of_one_that_is_withdrawn(self, store: Database) -> None:
        await keep(store, race(status="Final", finalized_at=NOW, withdrawn_at=NOW))
        assert await store.transaction(partial(times_of_race, race_id="race-1")) == RaceTimes(
            start_time=START, status="Final", finalized_at=NOW
        )

    async def test_are_none_for_a_race_that_is_not_stored(self, store: Database) -> None:
        assert await store.transaction(partial(times_of_race, race_id="race-1")) is None


class TestDaysUnderWay:
    @pytest.mark.parametrize("status", ["Open", "Closed", "Interim", "Delayed"])
    async def test_have_a_race_that_is_not_over(self, store: Database, status: str) -> None:
        await keep(store, race(race_id="over", status="Final"), race(status=status))
        assert await days(store) == [date(2025, 7, 17)]

    async def test_are_none_once_all_races_are_over(self, store: Database) -> None:
        await keep(store, race(status="Final"), race(race_id="race-2", status="Abandoned"))
        assert await days(store) == []

    async def test_are_the_dates_of_the_cards_each_once_and_in_order(self, store: Database) -> None:
        await keep(
            store,
            meeting(meeting_id="next", date=date(2025, 7, 18)),
            *(race(race_id=f"next-{number}", meeting_id="next") for number in range(2)),
            *(race(race_id=f"race-{number}", start_time=later(60, START)) for number in range(2)),
        )
        assert await days(store) == [date(2025, 7, 17), date(2025, 7, 18)]

    async def test_keep_the_date_of_their_card_past_midnight(self, store: Database) -> None:
        await keep(store, race(start_time=later(HOUR, MIDNIGHT_NZ)))
        assert await days(store, later(HOUR, MIDNIGHT_NZ)) == [date(2025, 7, 17)]

    @pytest.mark.parametrize("seconds", [-HOUR - 1, HOUR + 1])
    async def test_leave_out_races_that_start_at_another_time(self, store: Database, seconds: float) -> None:
        await keep(store, at("race-1", seconds))
        assert await days(store) == []

    async def test_leave_out_what_is_withdrawn(self, store: Database) -> None:
        await keep(
            store,
            race(withdrawn_at=NOW),
            meeting(meeting_id="gone", withdrawn_at=NOW),
            race(race_id="race-2", meeting_id="gone"),
        )
        assert await days(store) == []


def plan(path: Path, query: Any) -> list[str]:
    """Give SQLite's plan of the one statement that a query runs."""
    statements: list[str] = []
    with closing(sqlite3.connect(path)) as connection:
        connection.set_trace_callback(statements.append)
        query(connection, first_start=NOW, last_start=START)
        connection.set_trace_callback(None)
        (statement,) = statements
        return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize("query", [races_between, days_under_way])
async def test_the_races_of_a_time_are_found_by_an_index_on_the_start(
    store: Database, tmp_path: Path, query: Any
) -> None:
    await keep(store, *(at(f"race-{number}", 60 * number, meeting_id=MEETING_ID) for number in range(2_000)))
    steps = plan(tmp_path / FILE_NAME, query)
    assert any(step.startswith("SEARCH r USING INDEX") and "startTime>? AND startTime<?" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN")]
