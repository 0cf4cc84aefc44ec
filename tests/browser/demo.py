"""A demo as a process beside the test, its site on loopback."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.daemon import Daemon, running_program


@dataclass(frozen=True)
class _NoSource:
    url: str = "http://127.0.0.1:9"


@asynccontextmanager
async def a_demo(folder: Path, log_file: Path, *, speed: int, races: int, port: int = 0) -> AsyncIterator[Daemon]:
    """Run `demo`, and wait until its site is there."""
    wish = ("--speed", str(speed), "--races", str(races), "--port", str(port), "--data-dir", str(folder))
    async with running_program(("raceday_daemon", "demo", *wish), _NoSource(), folder, log_file, {}) as daemon:
        await daemon.status()
        yield daemon
