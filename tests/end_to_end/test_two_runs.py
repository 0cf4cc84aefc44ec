"""Two runs at the same moment on one data folder: of one job the second is refused, of different jobs both are done."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from tests.end_to_end.beside import MOST_SECONDS, Facts, end_of, facts, run_once, running
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import keep_meetings, rows

pytestmark = needs_recordings


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """The seven races of one meeting."""
    return keep_meetings(recorded_source, "Awapuni Synthetic")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


class Gate:
    """Holds the answers of a path back, so that whoever asks is in the middle of a job, until it is opened."""

    def __init__(self, source: RecordedSource, path: str) -> None:
        self.waiting = 0
        self._source, self._path = source, path
        self._asked, self._opened = asyncio.Condition(), asyncio.Event()
        source.instead[path] = self._hold_back

    async def wait_for(self, callers: int) -> None:
        """Return once that many callers wait."""
        async with asyncio.timeout(MOST_SECONDS), self._asked:
            await self._asked.wait_for(lambda: self.waiting >= callers)

    def open(self) -> None:
        """Let everybody through, from now on too."""
        self._source.instead.pop(self._path)
        self._opened.set()

    async def _hold_back(self, request: web.Request) -> web.StreamResponse:
        async with self._asked:
            self.waiting += 1
            self._asked.notify_all()
        await self._opened.wait()
        return await request.match_info.handler(request)


async def facts_after(job: str, source: RecordedSource, folder: Path) -> Facts:
    ended = await run_once(job, source, folder)
    assert ended.status == 0, ended.err
    assert ended.answer["status"] == "ok"
    return facts(folder)


async def test_the_second_of_two_runs_is_refused_and_says_who_is_at_it_since_when(
    recorded_source: RecordedSource, races: list[str], data_dir: Path
) -> None:
    gate = Gate(recorded_source, "/meetings")
    async with running("all", recorded_source, data_dir) as first:
        await gate.wait_for(1)
        ((taken_at,),) = rows(data_dir / "raceday.db", "SELECT startTime FROM leases")
        second = await run_once("all", recorded_source, data_dir)
        gate.open()
        ended = await end_of(first)

    assert second.status == 5
    assert second.answer | {"duration_seconds": 0, "errors": []} == {
        "job": "all",
        "date": DAY,
        "status": "refused",
        "processed": 0,
        "failed": 1,
        "skipped": 0,
        "api_calls": 0,
        "duration_seconds": 0,
        "errors": [],
    }
    (error,) = second.answer["errors"]
    assert (error["job"], error["item"], error["kind"]) == ("all", "all", "held")
    assert error["message"].startswith("daily-meetings-lock is held by ")
    assert f"/{first.pid}/" in error["message"]
    assert f" since {taken_at}" in error["message"]
    assert timedelta(0) < datetime.now(UTC) - datetime.fromisoformat(taken_at) < timedelta(seconds=MOST_SECONDS)
    assert ended.status == 0, ended.err
    assert ended.answer["status"] == "ok"


async def test_a_refusal_is_logged_with_what_it_cost_which_is_less_than_a_run(
    recorded_source: RecordedSource, races: list[str], data_dir: Path
) -> None:
    gate = Gate(recorded_source, "/meetings")
    async with running("all", recorded_source, data_dir) as first:
        await gate.wait_for(1)
        second = await run_once("all", recorded_source, data_dir)
        gate.open()
        ended = await end_of(first)
    (line,) = second.log
    assert (line["action"], line["level"], line["status"]) == ("job_refused", "WARNING", "refused")
    assert line["error"].startswith("all: held: daily-meetings-lock is held by ")
    assert 0 < line["duration_ms"] < 1000
    assert 0 < line["memory_peak_mb"] < ended.log[-1]["memory_peak_mb"]
    refusals = rows(data_dir / "ops.db", "SELECT job, processed, failed FROM job_runs WHERE status = 'refused'")
    assert refusals == [("all", 0, 1)]


async def test_the_first_of_two_runs_stores_everything_once_and_the_next_is_not_refused(
    recorded_source: RecordedSource, races: list[str], data_dir: Path, tmp_path: Path
) -> None:
    alone = await facts_after("all", recorded_source, tmp_path / "alone")
    recorded_source.requests.clear()
    gate = Gate(recorded_source, "/meetings")
    async with running("all", recorded_source, data_dir) as first:
        await gate.wait_for(1)
        second = await run_once("all", recorded_source, data_dir)
        gate.open()
        ended = await end_of(first)
    assert (ended.status, second.status) == (0, 5)
    assert len(recorded_source.requests) == ended.answer["api_calls"], "who is refused asks the source nothing"
    assert facts(data_dir) == alone
    assert rows(data_dir / "raceday.db", "SELECT DISTINCT status FROM leases") == [("released",)]
    assert await facts_after("all", recorded_source, data_dir) == alone


async def test_meetings_and_statuses_run_at_the_same_moment(
    recorded_source: RecordedSource, races: list[str], data_dir: Path, tmp_path: Path
) -> None:
    await facts_after("meetings", recorded_source, tmp_path / "alone")
    alone = await facts_after("statuses", recorded_source, tmp_path / "alone")
    await facts_after("meetings", recorded_source, data_dir)
    gate = Gate(recorded_source, "/meetings")
    async with (
        running("meetings", recorded_source, data_dir) as meetings,
        running("statuses", recorded_source, data_dir) as statuses,
    ):
        await gate.wait_for(2)
        gate.open()
        both = await asyncio.gather(end_of(meetings), end_of(statuses))
    assert [(ended.status, ended.answer["status"], ended.answer["processed"]) for ended in both] == [(0, "ok", 1)] * 2
    assert facts(data_dir) == alone


async def test_refresh_beside_entrants_does_all_but_the_entrants_and_both_leave_a_whole_day(
    recorded_source: RecordedSource, races: list[str], data_dir: Path, tmp_path: Path
) -> None:
    alone = await facts_after("entrants", recorded_source, tmp_path / "alone")
    gate = Gate(recorded_source, races[2])
    async with running("entrants", recorded_source, data_dir) as entrants:
        await gate.wait_for(1)
        refresh = await run_once("refresh", recorded_source, data_dir)
        gate.open()
        ended = await end_of(entrants)
    assert (refresh.status, refresh.answer["status"], refresh.answer["processed"]) == (5, "refused", 1 + 1)
    (error,) = refresh.answer["errors"]
    assert (error["job"], error["kind"]) == ("entrants", "held")
    assert error["message"].startswith("daily-entrants-lock is held by ")
    assert f"/{entrants.pid}/" in error["message"]
    assert (ended.status, ended.answer["status"], ended.answer["failed"]) == (0, "ok", 0), ended.err
    assert facts(data_dir) == alone
    assert (await run_once("refresh", recorded_source, data_dir)).status == 0


async def test_entrants_beside_refresh_is_refused_while_refresh_looks_at_the_races(
    recorded_source: RecordedSource, races: list[str], data_dir: Path
) -> None:
    gate = Gate(recorded_source, races[2])
    async with running("refresh", recorded_source, data_dir) as refresh:
        await gate.wait_for(1)
        entrants = await run_once("entrants", recorded_source, data_dir)
        gate.open()
        ended = await end_of(refresh)
    assert (entrants.status, entrants.answer["status"], entrants.answer["api_calls"]) == (5, "refused", 0)
    assert f"/{refresh.pid}/" in entrants.answer["errors"][0]["message"]
    assert (ended.status, ended.answer["processed"], ended.answer["failed"]) == (0, 1 + 1 + len(races), 0), ended.err


async def test_a_first_run_waits_while_another_makes_the_store(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "raceday.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with running("meetings", recorded_source, tmp_path) as process:
            end = asyncio.create_task(end_of(process))
            await asyncio.wait([end], timeout=1.5)
            other.rollback()
            ended = await end
    assert ended.status == 0, ended.err
    assert ended.answer["status"] == "ok"
