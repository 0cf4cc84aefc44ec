"""run-once told to stop: it winds down at once, keeps what was done, and the next run goes on from there."""

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from aiohttp import web

from tests.conftest import raceday
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import keep_meetings, rows

pytestmark = needs_recordings

QUICK_SECONDS = 3.0


@pytest.fixture
def races(recorded_source: RecordedSource) -> list[str]:
    return keep_meetings(recorded_source, "Awapuni Synthetic")


async def start(url: str, log: int = asyncio.subprocess.PIPE) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "raceday_daemon",
        *("run-once", "entrants", "--date", DAY, "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=log,
        env={**os.environ, "NZTAB_API_BASE_URL": url, "NZTAB_DELAY_SECONDS": "0", "NZTAB_FROM": "tests@example.org"},
    )


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_signal_ends_the_run_at_once_and_the_next_run_goes_on(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path, number: signal.Signals, status: int
) -> None:
    waits, never = asyncio.Event(), asyncio.Event()

    async def holds_back(_: web.Request) -> web.StreamResponse:
        waits.set()
        await never.wait()
        return web.Response()

    recorded_source.instead[races[4]] = holds_back
    process = await start(recorded_source.url)
    await waits.wait()
    told = time.monotonic()
    process.send_signal(number)
    out, err = await process.communicate()
    never.set()
    assert time.monotonic() - told < QUICK_SECONDS
    assert process.returncode == status
    assert out == b""
    assert b"Traceback" not in err
    last = json.loads(err.splitlines()[-1])
    assert last["error"].startswith("entrants: interrupted: ")
    assert (last["level"], last["status"]) == ("INFO", "interrupted")
    checkpoint = "SELECT status, json_array_length(done) FROM checkpoints WHERE job = 'entrants'"
    assert rows(tmp_path / "data" / "raceday.db", checkpoint) == [("running", 4)]
    runs = "SELECT job, status, processed FROM job_runs ORDER BY rowid"
    assert rows(tmp_path / "data" / "ops.db", runs) == [
        ("meetings", "ok", 1),
        ("races", "ok", 1),
        ("entrants", "failed", 4),
    ]

    del recorded_source.instead[races[4]]
    recorded_source.requests.clear()
    ended = await raceday("run-once", "entrants", "--date", DAY, "--json", NZTAB_API_BASE_URL=recorded_source.url)
    assert ended.status == 0
    assert (ended.answer["processed"], ended.answer["skipped"]) == (len(races) - 4, 4)
    assert [request.path.rpartition("/")[2] for request in recorded_source.requests] == races[4:]


async def test_a_run_that_is_killed_loses_only_the_batch_it_was_in(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path
) -> None:
    waits = asyncio.Event()

    async def holds_back(_: web.Request) -> web.StreamResponse:
        waits.set()
        await asyncio.sleep(60)
        return web.Response()

    recorded_source.instead[races[4]] = holds_back
    process = await start(recorded_source.url)
    await waits.wait()
    process.kill()
    await process.communicate()
    del recorded_source.instead[races[4]]

    store = tmp_path / "data" / "raceday.db"
    assert rows(store, "PRAGMA integrity_check") == [("ok",)]
    assert rows(store, "SELECT count(DISTINCT raceId) FROM entrants") == [(4,)]
    ended = await raceday("run-once", "entrants", "--date", DAY, "--json", NZTAB_API_BASE_URL=recorded_source.url)
    assert (ended.status, ended.answer["processed"]) == (0, len(races))
    assert rows(store, "SELECT count(*), count(DISTINCT raceId) FROM entrants") == [(8 * len(races), len(races))]


async def test_a_log_that_nobody_reads_does_not_hold_the_run_up(
    recorded_source: RecordedSource, races: list[str], tmp_path: Path
) -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with suppress(BlockingIOError):
        while True:
            os.write(writer, b"." * 512)
    os.set_blocking(writer, True)
    began = time.monotonic()
    process = await start(recorded_source.url, log=writer)
    out, _ = await process.communicate()
    os.close(writer)
    os.close(reader)
    assert process.returncode == 0
    assert json.loads(out)["status"] == "ok"
    assert time.monotonic() - began < 8
    assert rows(tmp_path / "data" / "raceday.db", "SELECT count(DISTINCT raceId) FROM entrants") == [(len(races),)]
