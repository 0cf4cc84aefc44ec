"""Records of looks while somebody else has their file: they wait, hold nothing up, and are written in their order."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from raceday_daemon.model.poll import CHANGED, Poll
from raceday_daemon.store import records as module
from raceday_daemon.store.records import Records, open_records
from tests.contract.test_pulse import until
from tests.contract.test_vigil import hanging
from tests.workbench import rows

NOW = datetime(2025, 7, 17, tzinfo=UTC)
POLL = Poll(race_id="race-1", due_at=NOW, began_at=NOW, ended_at=NOW, reason="every 15s", outcome=CHANGED)


@pytest.fixture
async def records(tmp_path: Path) -> AsyncIterator[Records]:
    opened = await open_records(tmp_path)
    yield opened
    await opened.close()


@pytest.fixture
def other(records: Records, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else at the same file."""
    with closing(sqlite3.connect(tmp_path / "ops.db", isolation_level=None)) as connection:
        yield connection


def written(folder: Path) -> list[str]:
    return [race_id for (race_id,) in rows(folder / "ops.db", "SELECT race_id FROM polls ORDER BY rowid")]


async def test_what_could_not_be_written_is_written_with_the_next(
    records: Records, other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.0)
    other.execute("BEGIN IMMEDIATE")
    await records.add_poll(replace(POLL, race_id="race-1"))
    await records.add_polls([replace(POLL, race_id="race-2"), replace(POLL, race_id="race-3")])
    assert written(tmp_path) == []
    other.rollback()
    await records.add_poll(replace(POLL, race_id="race-4"))
    assert written(tmp_path) == ["race-1", "race-2", "race-3", "race-4"]
    assert records.lost == 0


async def test_a_locked_file_holds_only_the_first_look_up(records: Records, other: sqlite3.Connection) -> None:
    other.execute("BEGIN IMMEDIATE")
    await records.add_poll(POLL)
    began = monotonic()
    for _ in range(100):
        await records.add_poll(POLL)
    # One more try may fall into this time; a hundred would take fifty seconds.
    assert monotonic() - began < 10
    other.rollback()


async def test_what_waits_at_the_end_is_written_then(tmp_path: Path) -> None:
    records = await open_records(tmp_path)
    with closing(sqlite3.connect(tmp_path / "ops.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        await records.add_poll(POLL)
        other.rollback()
    await records.close()
    assert written(tmp_path) == ["race-1"]


async def test_too_many_that_wait_are_lost_from_the_oldest_on_and_counted(
    records: Records, other: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_UNSAVED", 3)
    other.execute("BEGIN IMMEDIATE")
    await records.add_polls(replace(POLL, race_id=f"race-{number}") for number in range(5))
    other.rollback()
    monkeypatch.setattr(records, "_try_again_at", 0.0)
    await records.add_poll(replace(POLL, race_id="race-5"))
    assert written(tmp_path) == ["race-3", "race-4", "race-5"]
    assert records.lost == 3


async def test_an_end_that_cannot_be_recorded_is_no_failure(
    records: Records, other: sqlite3.Connection, tmp_path: Path
) -> None:
    await records.begin_life(NOW)
    other.execute("BEGIN IMMEDIATE")
    await records.end_life(NOW + timedelta(minutes=1))
    other.rollback()
    assert rows(tmp_path / "ops.db", "SELECT ended_at FROM lives") == [(None,)]


async def test_a_thread_that_does_not_come_back_holds_looks_up_once_and_loses_and_doubles_nothing(
    records: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_HOLD_UP_SECONDS", 0.1)
    async with hanging(records._database):  # a disk that hangs can't be had
        for number in range(50):
            await asyncio.wait_for(records.add_poll(replace(POLL, race_id=f"race-{number}")), 10)
        assert written(tmp_path) == []
    await records.add_poll(replace(POLL, race_id="race-50"))
    await until(lambda: len(written(tmp_path)) == 51)
    assert written(tmp_path) == [f"race-{number}" for number in range(51)]


async def test_the_end_waits_for_what_is_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_HOLD_UP_SECONDS", 0.1)
    records = await open_records(tmp_path)
    async with hanging(records._database):
        for number in range(3):
            await records.add_poll(replace(POLL, race_id=f"race-{number}"))
        closing_down = asyncio.create_task(records.close())
        await asyncio.sleep(0.1)
    await closing_down
    assert written(tmp_path) == ["race-0", "race-1", "race-2"]


async def test_a_look_that_is_given_up_while_its_record_is_written_leaves_it_once(
    records: Records, tmp_path: Path
) -> None:
    async with hanging(records._database):
        adding = asyncio.create_task(records.add_poll(POLL))
        await asyncio.sleep(0.1)
        adding.cancel()
        await asyncio.wait({adding})
        assert adding.cancelled()
    await records.add_poll(replace(POLL, race_id="race-2"))
    assert written(tmp_path) == ["race-1", "race-2"]
