"""The store is lost for good in the middle of a run: the run ends, soon, and says so, and the next one goes on."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import raceday
from tests.end_to_end.beside import assert_day_is_made_whole, clean_day, run_once
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import keep_meetings, rows

pytestmark = needs_recordings

BUSY_SECONDS = 5.0
WAITS = ["checkpoint_lost", "release_failed", "release_failed"]
"""What a refresh tries once each after the look that met the lock: its checkpoint, the job's lease, and its own."""


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """The seven races of one meeting."""
    return keep_meetings(recorded_source, "Awapuni Synthetic")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Somebody else who has the store open."""
    with closing(sqlite3.connect(tmp_path / "raceday.db", isolation_level=None)) as connection:
        yield connection


async def test_a_store_that_is_locked_and_never_let_go_ends_the_run_after_one_wait_for_each_thing_to_be_kept(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path, other: sqlite3.Connection
) -> None:
    whole_day = await clean_day(recorded_source, tmp_path / "clean")
    locked_at: list[float] = []

    def lock(_: object) -> None:
        other.execute("BEGIN IMMEDIATE")
        locked_at.append(time.monotonic())

    recorded_source.changes[races[3]] = lock
    ended = await run_once("refresh", recorded_source, tmp_path)
    waited = time.monotonic() - locked_at[0]
    assert waited < 2 * (1 + len(WAITS)) * BUSY_SECONDS
    assert (ended.status, ended.answer["status"], ended.answer["processed"]) == (1, "failed", 1 + 1 + 3), ended.err
    told = {"item": "entrants", "kind": "store", "message": f"{tmp_path}/raceday.db: database is locked"}
    assert ended.answer["errors"] == [{"job": "entrants", **told}]
    assert [line["action"] for line in ended.log if line["level"] == "WARNING"] == WAITS
    assert "Traceback" not in ended.err
    ((record,),) = rows(tmp_path / "ops.db", "SELECT errors FROM job_runs WHERE status = 'failed'")
    assert json.loads(record) == [told]

    other.rollback()
    del recorded_source.changes[races[3]]
    await assert_day_is_made_whole(recorded_source, tmp_path, whole_day)


async def test_a_range_of_days_ends_with_the_day_that_lost_the_store(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path, other: sqlite3.Connection
) -> None:
    def lose(_: object) -> None:
        # Without its leases the store fails at once, and not after the seconds that a lock is waited for.
        other.execute("DROP TABLE leases")

    recorded_source.changes["/meetings"] = lose
    url, days = recorded_source.url, f"{DAY}..2025-07-19"
    ended = await raceday(
        *("run-once", "meetings", "--date", days, "--json"), NZTAB_API_BASE_URL=url, RACEDAY_DATA_DIR=str(tmp_path)
    )
    assert (ended.status, len(recorded_source.requests)) == (1, 1)
    assert [error["kind"] for error in ended.answer["errors"]] == ["store"]
