"""A bug in one race stops that race, a bug in the frame ends the process, and a locked file ends nothing."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from raceday_daemon.store.rows import instant_text
from tests.conftest import raceday
from tests.end_to_end.beside import until
from tests.end_to_end.daemon import Daemon, running_daemon
from tests.end_to_end.served_here import ServedHere, served_here
from tests.workbench import Row, rows

RACES = 15
LOCKED_SECONDS = 1.5


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
async def source() -> AsyncIterator[ServedHere]:
    """Fifteen races in their last minutes, so that a slot is due every second."""
    async with served_here(RACES, 90, 1) as source:
        yield source


@pytest.fixture
async def daemon(source: ServedHere, folder: Path, tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running_daemon(source, folder, tmp_path / "log") as daemon:
        yield daemon


def spoil(folder: Path, statement: str, *values: object) -> None:
    """Bring something into the store that no code of ours writes, and none can read."""
    with closing(sqlite3.connect(folder / "raceday.db", timeout=30)) as connection, connection:
        assert connection.execute(statement, values).rowcount > 0


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Keep every other writer out of a file."""
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.rollback()


def told(daemon: Daemon, action: str) -> list[dict[str, Any]]:
    return [line for line in daemon.log if line["action"] == action]


def outside_the_log(daemon: Daemon) -> list[str]:
    return [line for line in daemon.log_file.read_text().splitlines() if not line.startswith("{")]


def polled_since(folder: Path, instant: datetime) -> set[str]:
    """Give the races that were looked at well since an instant."""
    query = "SELECT DISTINCT race_id FROM polls WHERE began_at > ? AND outcome IN ('ok', 'unchanged')"
    return {race_id for (race_id,) in rows(folder / "ops.db", query, instant_text(instant))}


def lives(folder: Path) -> list[Row]:
    """Give how long each life waited before its work, and whether it ended well."""
    return rows(folder / "ops.db", "SELECT waited_seconds, ended_at IS NOT NULL FROM lives ORDER BY rowid")


async def test_a_bug_in_one_race_stops_that_race_loudly_and_no_other(daemon: Daemon, folder: Path) -> None:
    status = await daemon.watches(RACES)
    # Not the very next one, which may be under way by then.
    broken_id = status["next_turns"][2]["race_id"]
    spoil(folder, "UPDATE entrants SET importedAt = 'last week' WHERE raceId = ?", broken_id)
    await until(lambda: bool(told(daemon, "race_broken")))
    (line,) = told(daemon, "race_broken")
    assert (line["level"], line["race_id"]) == ("ERROR", broken_id)
    assert "ValueError: Invalid isoformat string: 'last week'" in line["traceback"]

    since = datetime.now(UTC)
    await until(lambda: len(polled_since(folder, since)) >= 3)
    asked = (raceday("status", *options, RACEDAY_DATA_DIR=str(folder)) for options in ((), ("--json",)))
    words, facts = await asyncio.gather(*asked)
    assert f"stopped by a bug: {line['race']}" in words.out
    assert facts.answer["broken_races"] == [{"race": line["race"], "race_id": broken_id}]
    assert facts.answer["races_watched"] == RACES - 1
    assert await daemon.stop() == 0
    looks = "SELECT outcome, error FROM polls WHERE race_id = ? ORDER BY rowid DESC LIMIT 1"
    ((outcome, error),) = rows(folder / "ops.db", looks, broken_id)
    assert (outcome, error) == ("failed", "bug: ValueError(\"Invalid isoformat string: 'last week'\")")
    assert len(told(daemon, "race_broken")) == 1
    assert outside_the_log(daemon) == []


async def test_a_daily_job_that_meets_a_bug_is_told_and_ends_nothing_but_itself(
    daemon: Daemon, source: ServedHere, folder: Path, tmp_path: Path
) -> None:
    await daemon.watches(RACES)
    assert await daemon.stop() == 0
    spoil(folder, "UPDATE races SET lastUpdated = 'last week' WHERE id = ?", source.race_ids[0])
    async with running_daemon(source, folder, tmp_path / "log 2") as again:
        # What is under way is looked through at every start.
        await until(lambda: bool(told(again, "job_broken")))
        (line,) = told(again, "job_broken")
        assert (line["level"], line["job"]) == ("ERROR", "statuses")
        assert "ValueError: Invalid isoformat string: 'last week'" in line["traceback"]
        since = datetime.now(UTC)
        await until(lambda: len(polled_since(folder, since)) >= 3)
        assert await again.stop() == 0
    newest = "SELECT job, status, errors LIKE '%\"bug\"%' FROM job_runs ORDER BY rowid DESC LIMIT 1"
    assert rows(folder / "ops.db", newest) == [("statuses", "failed", 1)]
    assert outside_the_log(again) == []


async def test_a_bug_in_the_frame_ends_the_process_and_crashing_again_and_again_it_waits_longer(
    daemon: Daemon, source: ServedHere, folder: Path, tmp_path: Path
) -> None:
    await daemon.watches(RACES)
    assert await daemon.stop() == 0
    spoil(folder, "UPDATE races SET startTime = replace(startTime, 'Z', '?') WHERE id = ?", source.race_ids[0])
    for crash in range(3):
        async with running_daemon(source, folder, tmp_path / f"crash {crash}") as crashing:
            assert await crashing.end() == 1
        (line,) = [line for line in crashing.log if line["level"] in ("ERROR", "CRITICAL")]
        assert (line["level"], line["action"]) == ("CRITICAL", "broken")
        assert "ValueError: Invalid isoformat string" in line["traceback"]
        assert outside_the_log(crashing) == []
        assert rows(folder / "raceday.db", "SELECT id FROM leases WHERE status <> 'released'") == []

    spoil(folder, "UPDATE races SET startTime = replace(startTime, '?', 'Z')")
    async with running_daemon(source, folder, tmp_path / "mended") as mended:
        await mended.watches(RACES)
        assert await mended.stop() == 0
    assert [line["seconds"] for line in told(mended, "crash_loop")] == [5]
    assert lives(folder) == [(0, 1), (0, 0), (0, 0), (0, 0), (5, 1)]


async def test_a_bug_in_the_frame_while_polls_are_under_way_cuts_them_off_and_begins_nothing_more(
    source: ServedHere, folder: Path, tmp_path: Path
) -> None:
    # The last look of the import makes the supervisor read the table of races again.
    last_of_import = source.meddler.hold(f"/events/{source.race_ids[-1]}")
    async with running_daemon(source, folder, tmp_path / "log") as daemon:
        await last_of_import.reached.wait()
        polls = source.meddler.hold("/events/")
        await polls.reached.wait()
        spoil(folder, "UPDATE races SET startTime = replace(startTime, 'Z', '?') WHERE id = ?", source.race_ids[0])
        # So that the end takes its time, in which slots come.
        with locked(folder / "ops.db"):
            last_of_import.let_go()
            await until(lambda: bool(told(daemon, "records_wait")))
            await asyncio.sleep(LOCKED_SECONDS)
        assert await daemon.end() == 1
    assert [line["action"] for line in daemon.log if line["level"] == "CRITICAL"] == ["broken"]
    assert {line["action"] for line in daemon.log if line["level"] == "ERROR"} <= {
        "records_wait",
        "record_lost",
        "job_finished",
    }
    assert outside_the_log(daemon) == []
    assert lives(folder) == [(0, 0)]


async def test_files_locked_by_another_process_end_nothing_and_what_was_not_possible_is_recorded(
    daemon: Daemon, source: ServedHere, folder: Path
) -> None:
    await daemon.watches(RACES)
    with locked(folder / "raceday.db"):
        await until(lambda: bool(told(daemon, "poll_failed")))
    with locked(folder / "ops.db"):
        await until(lambda: bool(told(daemon, "records_wait")))
    since = datetime.now(UTC)
    await until(lambda: len(polled_since(folder, since)) >= 3)
    failed = rows(folder / "ops.db", "SELECT DISTINCT error FROM polls WHERE outcome = 'failed'")
    assert failed == [(f"store: {folder}/raceday.db: database is locked",)]

    with locked(folder / "ops.db"):
        assert await daemon.stop() == 0
    assert "the end is not recorded" in told(daemon, "records_wait")[-1]["message"]
    assert not told(daemon, "race_broken")
    assert not [line for line in daemon.log if line["level"] == "CRITICAL"]
    assert outside_the_log(daemon) == []
