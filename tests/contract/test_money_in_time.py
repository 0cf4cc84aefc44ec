"""The history of money in a real store: which bucket a look falls into, by slots, late races and moved starts."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from raceday_daemon.intake.commit import Commit
from raceday_daemon.intake.race_commit import commit_race
from raceday_daemon.model.snapshot import RaceSnapshot
from raceday_daemon.store.sqlite import Database
from raceday_daemon.store.working_store import FILE_NAME, open_working_store
from tests.builders import START, entrant, later, minutes_before, race
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import EVENT_ID, needs_recordings
from tests.workbench import open_house, rows

WIN = (
    "SELECT timeInterval, winPoolAmount, incrementalWinAmount FROM money_flow_history"
    " WHERE entrantId = 'runner-1' ORDER BY timeInterval DESC, eventTimestamp"
)
WHO = "SELECT timeInterval, entrantId FROM money_flow_history ORDER BY timeInterval DESC, eventTimestamp, entrantId"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Database]:
    store = await open_working_store(tmp_path)
    yield store
    await store.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


async def look(store: Database, answer: RaceSnapshot, due_at: datetime | None = None) -> Commit:
    """Take an answer, a second and a half after it was made."""
    now = later(1.5, answer.generated_time)
    return await store.transaction(lambda connection: commit_race(connection, answer, now, due_at))


async def test_the_money_of_a_late_race_is_followed_to_ten_minutes_after_its_start(store: Database, path: Path) -> None:
    for step, minutes in enumerate((0.5, 0, -0.9, -1, -1.9, -2, -9.9, -10, -60)):
        await look(store, minutes_before(minutes, win=100 * (step + 1)))
    intervals = [interval for interval, _, _ in rows(path, WIN)]
    assert intervals == [0, 0, 0, -1, -1, -2, -9, -10, -10]


async def test_after_a_start_that_moved_later_rows_go_on_in_the_lowest_bucket_until_time_catches_up(
    store: Database, path: Path
) -> None:
    moved = race(start_time=later(1800, START))
    await look(store, minutes_before(3, win=1_000))
    await look(store, minutes_before(2.5, win=1_100, race=moved))
    await look(store, minutes_before(-28, win=1_150, race=moved))
    await look(store, minutes_before(-29.5, win=1_180, race=moved))
    found = "SELECT timeToStart, timeInterval, intervalType, incrementalWinAmount FROM money_flow_history"
    assert rows(path, f"{found} ORDER BY eventTimestamp") == [
        (3, 3, "15s", 1_000),
        (32, 3, "5m", 1_100),
        (2, 2, "15s", 50),
        (0, 0, "15s", 30),
    ]


async def test_a_runner_that_comes_after_the_start_moved_comes_into_the_bucket_of_the_others(
    store: Database, path: Path
) -> None:
    await look(store, minutes_before(3))
    await look(store, minutes_before(2.5, entrants=(entrant(1), entrant(2)), race=race(start_time=later(1800, START))))
    assert rows(path, WHO) == [(3, "runner-1"), (3, "runner-2")]


async def test_the_bucket_of_a_scheduled_poll_is_that_of_its_slot_however_late_the_answer(
    store: Database, path: Path
) -> None:
    await look(store, minutes_before(4.9, win=500), due_at=later(-300, START))
    await look(store, minutes_before(4.7, win=600))
    assert rows(path, WIN) == [(5, 500, 500), (4, 600, 100)]


async def test_two_slots_that_met_the_same_answer_have_a_row_each_in_their_buckets(store: Database, path: Path) -> None:
    answer = minutes_before(4.5, win=500)
    await look(store, answer, due_at=later(-300, START))
    await look(store, answer, due_at=later(-240, START))
    assert rows(path, WIN) == [(5, 500, 500), (4, 500, 0)]


@needs_recordings
async def test_a_polls_slot_reaches_the_history(recorded_source: RecordedSource, tmp_path: Path) -> None:
    recorded_source.changes[EVENT_ID] = lambda answer: answer["data"]["race"].update(status="Open")
    async with open_house(tmp_path, recorded_source.url) as house:
        await house.intake.look_at_race(house.source(), EVENT_ID, "Open", reason="slot", due_at=later(-300, START))
        await house.intake.look_at_race(house.source(), EVENT_ID, "Open", reason="poll")
    found = (
        "SELECT timeInterval, timeToStart, count(*), sum(incrementalWinAmount) FROM money_flow_history GROUP BY 1, 2"
    )
    whole = rows(tmp_path / FILE_NAME, "SELECT sum(winPoolAmount) FROM entrants")[0][0]
    assert rows(tmp_path / FILE_NAME, f"{found} ORDER BY 1 DESC") == [(5, 5, 8, whole), (-10, -626, 8, 0)]
