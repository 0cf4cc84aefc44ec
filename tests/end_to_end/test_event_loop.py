"""A recorded day through the daily jobs, and the daemon polling, in asyncio's debug mode: nothing holds the loop up."""

import asyncio
import logging
import signal
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import TestServer

from raceday_daemon.cadence.profile import Profile, Step
from raceday_daemon.daemon import run
from raceday_daemon.ops.folder_lock import holder_of
from raceday_daemon.settings import Settings
from tests.end_to_end.beside import MOST_SECONDS, until
from tests.end_to_end.simulated import simulated_day, starts_from_now
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY, needs_recordings
from tests.workbench import open_house

pytestmark = needs_recordings

# Long enough for a machine with other work; a call that blocks takes far longer.
SLOW_SECONDS = 0.5
POLL_SLOW_SECONDS = 0.5
RACES = 30
POLLS = 100
EVERY_2_SECONDS = Profile(name="every two seconds", before=(Step(from_seconds=600, every_seconds=2),))


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


@pytest.fixture
def _signals() -> Iterator[None]:
    """Put back what a daemon in this process does with the signals."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_signals")
async def test_the_daemon_polling_never_holds_the_event_loop_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    loop, folder = asyncio.get_running_loop(), tmp_path / "data"
    async with simulated_day(tmp_path, starts_from_now(RACES, 90, 0)) as source:
        settings = Settings(
            nztab_api_base_url=source.url, nztab_delay_seconds=0, raceday_data_dir=folder, raceday_http_port=0
        )
        loop.set_debug(True)
        loop.slow_callback_duration = POLL_SLOW_SECONDS
        with caplog.at_level(logging.WARNING, logger="asyncio"):
            daemon = asyncio.create_task(run(settings, EVERY_2_SECONDS))
            await until(lambda: daemon.done() or is_answering(folder))
            await has_polled(folder)
            assert not daemon.done()
            signal.raise_signal(signal.SIGTERM)
            await asyncio.wait_for(daemon, MOST_SECONDS)
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


def is_answering(folder: Path) -> bool:
    holder = holder_of(folder)
    return holder is not None and holder.url is not None


async def has_polled(folder: Path) -> None:
    """Ask the daemon for its status again and again, until it has polled so many slots."""
    holder = holder_of(folder)
    assert holder
    async with asyncio.timeout(MOST_SECONDS), aiohttp.ClientSession() as session:
        polled = 0
        while polled < POLLS:
            await asyncio.sleep(0.25)
            async with session.get(f"{holder.url}/api/status") as answer:
                status = await answer.json()
                polled = status["activity"]["lateness"]["slots"] if answer.status == 200 else 0


async def test_work_that_does_hold_it_up_would_be_seen(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    loop.set_debug(True)
    loop.slow_callback_duration = 0.01
    loop.call_soon(lambda: threading.Event().wait(0.02))
    with caplog.at_level(logging.WARNING, logger="asyncio"):
        await asyncio.sleep(0.05)
    assert any("took 0." in record.getMessage() for record in caplog.records)
