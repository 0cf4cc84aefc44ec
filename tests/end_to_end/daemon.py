"""The daemon as a process beside the test, on a day that is brought to now; it is gone at the end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiohttp

from raceday_daemon.ops.folder_lock import holder_of
from tests.end_to_end.beside import MOST_SECONDS, Process

_BETWEEN_LOOKS_SECONDS = 0.05
ROOT = Path(__file__).resolve().parents[2]


class HasUrl(Protocol):
    """A source, by where it is."""

    @property
    def url(self) -> str:
        """Give its address."""


@dataclass(frozen=True)
class Daemon:
    """A daemon under way; its log goes to a file."""

    process: Process
    folder: Path
    log_file: Path

    @property
    def log(self) -> list[dict[str, Any]]:
        """The lines of its log so far."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.startswith("{")]

    @property
    def url(self) -> str:
        """Where it answers."""
        holder = holder_of(self.folder)
        assert holder is not None
        assert holder.url is not None
        return holder.url

    async def answers(self) -> None:
        """Wait until its site is there."""
        async with asyncio.timeout(MOST_SECONDS):
            while not ((holder := holder_of(self.folder)) and holder.url):
                assert self.process.returncode is None, self.log_file.read_text()
                await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)

    async def watches(self, races: int) -> dict[str, Any]:
        """Wait until it has imported the day, watches so many races, and has looked at each; give its status."""
        await self.answers()
        async with asyncio.timeout(MOST_SECONDS), aiohttp.ClientSession() as session:
            while True:
                async with session.get(f"{self.url}/api/status") as answer:
                    status: dict[str, Any] = await answer.json()
                jobs = {run["job"] for run in status["activity"]["jobs"]} if answer.status == 200 else set()
                if "statuses" in jobs and status["races_watched"] == races:
                    return status
                await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)

    async def status(self) -> dict[str, Any]:
        """Ask it for its status until it has one."""
        await self.answers()
        async with asyncio.timeout(MOST_SECONDS), aiohttp.ClientSession() as session:
            while True:
                async with session.get(f"{self.url}/api/status") as answer:
                    if answer.status == 200:
                        status: dict[str, Any] = await answer.json()
                        return status
                await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)

    def said(self, action: str) -> list[dict[str, Any]]:
        """The lines of its log about one kind of event."""
        return [line for line in self.log if line["action"] == action]

    async def says(self, action: str) -> None:
        """Wait until its log tells of a kind of event."""
        async with asyncio.timeout(MOST_SECONDS):
            while True:
                if self.said(action):
                    return
                await asyncio.sleep(_BETWEEN_LOOKS_SECONDS)

    async def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send it a signal, and give the status that it ends with."""
        self.process.send_signal(number)
        return await self.end()

    async def end(self) -> int:
        """Wait for it to end by itself, and give its status."""
        async with asyncio.timeout(MOST_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def running_daemon(source: HasUrl, folder: Path, log_file: Path, **environment: str) -> AsyncIterator[Daemon]:
    """Run `run` on a data folder, its site on any free port."""
    async with running_program(("raceday_daemon", "run"), source, folder, log_file, environment) as daemon:
        yield daemon


@asynccontextmanager
async def running_program(
    program: tuple[str, ...], source: HasUrl, folder: Path, log_file: Path, environment: dict[str, str]
) -> AsyncIterator[Daemon]:
    """Run a module with its arguments as the daemon is run."""
    ours = {
        "NZTAB_API_BASE_URL": source.url,
        "NZTAB_DELAY_SECONDS": "0",
        "NZTAB_FROM": "tests@example.org",
        "RACEDAY_DATA_DIR": str(folder),
        "RACEDAY_HTTP_PORT": "0",
        "LOG_FORMAT": "json",
        "PYTHONPATH": str(ROOT),
    }
    with log_file.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", *program), stderr=log, env=os.environ | ours | environment
        )
    try:
        yield Daemon(process, folder, log_file)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
        await process.wait()
