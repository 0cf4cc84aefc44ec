"""`status --watch` at a terminal: each frame asked anew, through the end of a daemon and the start of the next."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.end_to_end.beside import MOST_SECONDS, Process, kill
from tests.end_to_end.daemon import running_daemon
from tests.fakes.live_source import bring_to_now
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import needs_recordings

pytestmark = needs_recordings


class Watch:
    """A `status --watch` under way, and all that its terminal has shown since the last time somebody waited."""

    def __init__(self, process: Process, screen: int) -> None:
        self.process = process
        self._screen = screen
        self._shown = b""
        self._more = asyncio.Event()
        asyncio.get_running_loop().add_reader(screen, self._read)

    async def shows(self, words: str) -> str:
        """Wait for some words, and give what was shown until then."""
        async with asyncio.timeout(MOST_SECONDS):
            while words.encode() not in self._shown:
                self._more.clear()
                await self._more.wait()
        shown, self._shown = self._shown.decode(errors="replace"), b""
        return shown

    def _read(self) -> None:
        self._shown += os.read(self._screen, 1 << 16)
        self._more.set()


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    person, command = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "raceday_daemon", "status", "--watch"),
        stdin=command,
        stdout=command,
        stderr=command,
        env={
            **os.environ,
            "RACEDAY_DATA_DIR": str(tmp_path / "data"),
            "TERM": "xterm",
            "COLUMNS": "300",
            "LINES": "60",
        },
    )
    watch = Watch(process, person)
    yield watch
    kill(process)
    await process.wait()
    asyncio.get_running_loop().remove_reader(person)
    os.close(person)
    os.close(command)


async def test_each_frame_is_asked_anew_until_ctrl_c(
    watch: Watch, recorded_source: RecordedSource, tmp_path: Path
) -> None:
    bring_to_now(recorded_source, "Awapuni Synthetic", first_start=300)
    folder, log_file = tmp_path / "data", tmp_path / "daemon.log"
    await watch.shows("there is no raceday.db")
    assert not folder.exists()
    for _ in range(2):
        async with running_daemon(recorded_source, folder, log_file) as daemon:
            await watch.shows(f"process {daemon.process.pid}, ")
            await watch.shows("Awapuni Synthetic R1")
            assert await daemon.stop() == 0
        await watch.shows(f"no daemon runs on {folder}; its files tell this")

    watch.process.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(watch.process.wait(), MOST_SECONDS) == 0


async def test_told_to_end_it_gives_the_terminal_its_cursor_back(watch: Watch) -> None:
    hidden = await watch.shows("there is no raceday.db")
    assert "\x1b[?25l" in hidden
    watch.process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(watch.process.wait(), MOST_SECONDS) == 143
    await watch.shows("\x1b[?25h")
