"""A whole recorded day through the daily jobs, in asyncio's debug mode: nothing ever holds the loop up."""

import asyncio
import logging
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer

from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import open_house

pytestmark = needs_recordings

SLOW_SECONDS = 0.25


@pytest.fixture
def source_elsewhere() -> Iterator[str]:
    """The recorded source in a thread and a loop of its own, so that only the daemon's work counts; its address."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="recorded-source")
    thread.start()

    async def serve() -> TestServer:
        server = TestServer(RecordedSource().app)
        await server.start_server()
        return server

    server = asyncio.run_coroutine_threadsafe(serve(), loop).result(10)
    yield str(server.make_url("")).rstrip("/")
    asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def test_a_whole_day_never_holds_the_event_loop_up(
    source_elsewhere: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = SLOW_SECONDS
    with caplog.at_level(logging.WARNING, logger="asyncio"):
        async with open_house(tmp_path, source_elsewhere) as house:
            runs = await house.runner().run("all", date.fromisoformat(DAY))
    assert [(run.job, run.status, run.processed) for run in runs] == [
        ("meetings", "ok", 12),
        ("races", "ok", 12),
        ("entrants", "ok", 96),
        ("statuses", "ok", 12),
    ]
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_work_that_does_hold_it_up_would_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0.01
    loop.call_soon(lambda: threading.Event().wait(0.02))
    with caplog.at_level(logging.WARNING, logger="asyncio"):
        await asyncio.sleep(0.05)
    assert any("took 0." in record.getMessage() for record in caplog.records)
