"""The demo in a terminal: what a person sees who starts it, and what is left when it ends."""

import asyncio
import os
import pty
import signal
import sys
import termios
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.beside import MOST_SECONDS, Process, kill


@dataclass
class Screen:
    """A demo at a terminal, and all that it has drawn there."""

    process: Process
    person: int
    drawn: str = ""

    async def shows(self, *words: str) -> None:
        """Wait until one of some words has been drawn."""
        async with asyncio.timeout(MOST_SECONDS):
            while not any(word in self.drawn for word in words):
                self.drawn += (await asyncio.to_thread(os.read, self.person, 65536)).decode(errors="replace")

    async def interrupt(self) -> int:
        """Press Ctrl-C, read along until it has ended, and give its exit status."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(MOST_SECONDS):
            await self.shows(" looks\x1b[0m: ")
            return await self.process.wait()


@asynccontextmanager
async def demo_at(folder: Path, lines: int, columns: int, *arguments: str) -> AsyncIterator[Screen]:
    person, command = pty.openpty()
    termios.tcsetwinsize(command, (lines, columns))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "raceday_daemon", "demo", "--data-dir", str(folder), *arguments),
        stdin=command,
        stdout=command,
        stderr=command,
        env={**os.environ, "TERM": "xterm-256color"},
    )
    # Only the process has its end now, so that reading ends with it.
    os.close(command)
    try:
        yield Screen(process, person)
    finally:
        kill(process)
        await process.wait()
        os.close(person)


async def test_moving_odds_are_seen_in_a_small_terminal_and_ctrl_c_gives_it_back(tmp_path: Path) -> None:
    async with demo_at(tmp_path, 24, 80) as screen:
        await screen.shows("▲", "▼")
        assert "Ctrl-C ends it" in screen.drawn
        assert "what has happened" in screen.drawn
        assert "alerts: " in screen.drawn
        assert await screen.interrupt() == 0
        assert screen.drawn.count("\x1b[?1049h") == screen.drawn.count("\x1b[?1049l") == 1
        assert "Traceback" not in screen.drawn


async def test_a_day_that_is_over_says_so(tmp_path: Path) -> None:
    async with demo_at(tmp_path, 24, 80, "--races", "1", "--speed", "3600") as screen:
        await screen.shows("every race is over: Ctrl-C ends the demo")
        assert await screen.interrupt() == 0
