"""A run that was stopped for too long is followed by another, and when it wakes up it finds that out and ends."""

import asyncio
import json
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from aiohttp import web

from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.model.poll import CHANGED, STALE
from raceday_daemon.store.rows import instant_text
from tests.conftest import Ended
from tests.end_to_end.beside import (
    MOST_SECONDS,
    Process,
    end_of,
    facts,
    run_once,
    running,
    stop_between_transactions,
)
from tests.fakes.answering_server import Gate
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import needs_recordings
from tests.workbench import Row, keep_meetings, rows

pytestmark = needs_recordings

LONGEST_STALE = timedelta(seconds=max(terms.stale_seconds for terms in LEASE_OF_JOB.values()))
ANOTHER_MACHINE = "another-machine/1/pid:[4026531836]/12345678-1"

# The calls of a run that was stopped are not to run out of time: that is another way to end.
patiently_running = partial(running, RACEDAY_ENTRANTS_BATCH_RACES="2", NZTAB_TIMEOUT_SECONDS="100")


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    """The seven races of one meeting."""
    return keep_meetings(recorded_source, "Awapuni Synthetic")


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def let_time_pass(folder: Path) -> None:
    """Put the last signs of all holders back beyond any stale time."""
    last_sign = instant_text(datetime.now(UTC) - LONGEST_STALE - timedelta(seconds=1))
    with closing(sqlite3.connect(folder / "raceday.db", isolation_level=None)) as connection:
        connection.execute("UPDATE leases SET lastHeartbeat = ? WHERE status = 'held'", (last_sign,))


def epochs(folder: Path, job: str) -> list[Row]:
    """Read the epochs of a job's lease with their status."""
    query = "SELECT epoch, status FROM leases WHERE leaseId = ? ORDER BY epoch"
    return rows(folder / "raceday.db", query, LEASE_OF_JOB[job].lease_id)


async def as_recorded(request: web.Request) -> web.StreamResponse:
    return await request.match_info.handler(request)


async def an_older_answer(request: web.Request) -> web.StreamResponse:
    """Answer what was so a minute before the recording."""
    sent = await request.match_info.handler(request)
    assert isinstance(sent, web.Response)
    assert sent.text
    answer = json.loads(sent.text)
    made = datetime.fromisoformat(answer["header"]["generated_time"])
    answer["header"]["generated_time"] = (made - timedelta(minutes=1)).isoformat()
    answer["data"]["race"]["description"] = "as it was a minute before"
    return web.json_response(answer)


async def reached(gate: Gate) -> None:
    async with asyncio.timeout(MOST_SECONDS):
        await gate.reached.wait()


async def stopped_at(race: str, source: RecordedSource, folder: Path, process: Process) -> Gate:
    """Stop a run while it waits for a race's answer, which comes, an older one, once the gate is opened."""
    gate = source.instead[race] = Gate(an_older_answer)
    await reached(gate)
    del source.instead[race]
    await stop_between_transactions(process, folder / "raceday.db")
    return gate


async def awoken(process: Process, gate: Gate) -> Ended:
    """Wake a stopped run, whose answer has come meanwhile, and wait for its end."""
    gate.open()
    process.send_signal(signal.SIGCONT)
    return await end_of(process)


def assert_lost(ended: Ended, folder: Path) -> None:
    """The run says that its entrants were taken over, by whom, and its record says so too."""
    assert ended.status == 1, ended.err
    assert ended.answer["status"] == "failed"
    (error,) = ended.answer["errors"]
    ((taker,),) = rows(folder / "raceday.db", "SELECT owner FROM leases WHERE id = 'daily-entrants-lock.2'")
    words = f"daily-entrants-lock was taken over by {taker}; stopped, so that nothing is done twice"
    told = {"item": "entrants", "kind": "lease_lost", "message": words}
    assert error == {"job": "entrants", **told}
    assert "Traceback" not in ended.err
    records = rows(folder / "ops.db", "SELECT status, errors FROM job_runs WHERE job = 'entrants' AND processed > 0")
    assert ("failed", [told]) in [(status, json.loads(errors)) for status, errors in records]


@pytest.mark.parametrize("job", ["entrants", "refresh", "all"])
async def test_a_run_that_wakes_up_when_another_has_done_its_work_ends_as_lost_and_changes_nothing(
    recorded_source: RecordedSource, races: list[str], data_dir: Path, tmp_path: Path, job: str
) -> None:
    await run_once(job, recorded_source, tmp_path / "alone")
    async with patiently_running(job, recorded_source, data_dir) as first:
        gate = await stopped_at(races[3], recorded_source, data_dir, first)
        too_early = await run_once(job, recorded_source, data_dir)
        assert (too_early.status, too_early.answer["status"]) == (5, "refused")
        let_time_pass(data_dir)
        second = await run_once(job, recorded_source, data_dir)
        assert second.status == 0, second.err
        assert (second.answer["status"], second.answer["skipped"]) == ("ok", 2), "the first's one batch is kept"
        asked = len(recorded_source.requests)
        ended = await awoken(first, gate)
    assert_lost(ended, data_dir)
    assert len(recorded_source.requests) == asked
    assert facts(data_dir) == facts(tmp_path / "alone")
    assert epochs(data_dir, "entrants") == [(1, "released"), (2, "released")]
    looks = rows(data_dir / "ops.db", "SELECT outcome FROM polls WHERE race_id = ? ORDER BY rowid", races[3])
    assert looks == [(CHANGED,), (STALE,)]


async def test_a_run_that_wakes_up_while_another_is_at_its_work_leaves_it_in_peace(
    recorded_source: RecordedSource, races: list[str], data_dir: Path, tmp_path: Path
) -> None:
    await run_once("all", recorded_source, tmp_path / "alone")
    async with patiently_running("all", recorded_source, data_dir) as first:
        gate = await stopped_at(races[3], recorded_source, data_dir, first)
        let_time_pass(data_dir)
        at_work = recorded_source.instead[races[5]] = Gate(as_recorded)
        async with patiently_running("all", recorded_source, data_dir) as second:
            await reached(at_work)
            before = facts(data_dir)
            assert_lost(await awoken(first, gate), data_dir)
            assert facts(data_dir) == before
            assert epochs(data_dir, "entrants") == [(1, "released"), (2, "held")]
            at_work.open()
            ended = await end_of(second)
    assert (ended.status, ended.answer["status"], ended.answer["skipped"]) == (0, "ok", 2), ended.err
    assert facts(data_dir) == facts(tmp_path / "alone")
    assert epochs(data_dir, "entrants") == [(1, "released"), (2, "released")]


async def test_a_run_of_another_machine_is_waited_for_until_it_is_stale(
    recorded_source: RecordedSource, races: list[str], data_dir: Path
) -> None:
    await run_once("meetings", recorded_source, data_dir)
    with closing(sqlite3.connect(data_dir / "raceday.db", isolation_level=None)) as connection:
        now = instant_text(datetime.now(UTC))
        held = "UPDATE leases SET owner = ?, lastHeartbeat = ?, status = 'held' WHERE leaseId = 'daily-meetings-lock'"
        connection.execute(held, (ANOTHER_MACHINE, now))
    refused = await run_once("meetings", recorded_source, data_dir)
    assert (refused.status, refused.answer["status"]) == (5, "refused")
    assert refused.answer["errors"][0]["message"].startswith(f"daily-meetings-lock is held by {ANOTHER_MACHINE} since ")

    let_time_pass(data_dir)
    ended = await run_once("meetings", recorded_source, data_dir)
    assert (ended.status, ended.answer["status"]) == (0, "ok"), ended.err
    assert epochs(data_dir, "meetings") == [(1, "held"), (2, "released")]
