"""A log that nobody reads, at DEBUG and faster than it could be: polls stay on time, and what is dropped is counted.

RACEDAY_UNREAD_SECONDS says how long nobody reads (`make soak`: a minute).
"""

import asyncio
import json
import os
import re
import sqlite3
import struct
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.end_to_end.beside import MOST_SECONDS, Process, until
from tests.end_to_end.served_here import ServedHere, served_here
from tests.end_to_end.simulated import ROOT, assert_each_slot_is_accounted_for_once, slots
from tests.fakes.chatty_daemon import LINES_AT_ONCE
from tests.workbench import rows

# Read here: the fixture of conftest.py takes our names out of the environment of each test.
UNREAD_SECONDS = float(os.environ.get("RACEDAY_UNREAD_SECONDS", "0"))
RACES = 15
MORE_THAN_WAITS = 12_000
MORE_THAN_A_PIPE_HOLDS = 1_000
GRACE_SECONDS = 8.0


@dataclass(frozen=True)
class Unread:
    """A daemon whose output goes into a pipe that is full, and the end that nobody reads."""

    process: Process
    reader: int
    folder: Path
    counter: Path

    @property
    def logged(self) -> int:
        """Count the lines that the library beside the daemon has logged."""
        number: int = struct.unpack("q", self.counter.read_bytes())[0] if self.counter.exists() else 0
        return number

    def polls(self) -> int:
        """Count the slots that were polled well; before there is a table of them, none."""
        query = "SELECT count(*) FROM polls WHERE due_at IS NOT NULL AND outcome IN ('ok', 'unchanged')"
        file = self.folder / "ops.db"
        with suppress(sqlite3.OperationalError):
            return int(rows(file, query)[0][0]) if file.exists() else 0
        return 0

    async def has_logged_and_polled(self, lines: int) -> None:
        """Wait until so many lines must have been logged, the time is over, and races are polled all the same."""
        await until(lambda: self.logged > lines)
        before = self.polls()
        await asyncio.sleep(UNREAD_SECONDS)
        await until(lambda: self.polls() > before + 3)


@asynccontextmanager
async def unread(source: ServedHere, tmp_path: Path) -> AsyncIterator[Unread]:
    reader, writer = os.pipe()
    ours = {
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "DEBUG",
        "NZTAB_API_BASE_URL": source.url,
        "NZTAB_DELAY_SECONDS": "0",
        "RACEDAY_DATA_DIR": str(tmp_path / "data"),
        "RACEDAY_GRACE_SECONDS": str(GRACE_SECONDS),
        "RACEDAY_HTTP_PORT": "0",
        "PYTHONPATH": str(ROOT),
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.fakes.chatty_daemon", str(tmp_path / "counter")),
        stdout=writer,
        stderr=writer,
        env=os.environ | ours,
    )
    os.close(writer)
    try:
        yield Unread(process, reader, tmp_path / "data", tmp_path / "counter")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        os.close(reader)


@pytest.fixture
async def source() -> AsyncIterator[ServedHere]:
    async with served_here(RACES, 90 + UNREAD_SECONDS, 1) as source:
        yield source


def lines_of(reader: int) -> Iterator[str]:
    """Read lines to the end."""
    with os.fdopen(os.dup(reader), "r") as stream:
        yield from stream


def assert_on_time(folder: Path) -> None:
    """See that each slot has its record, and that hardly any came too late, on a machine with other work."""
    outcomes = [slot[2] for of_race in slots(folder).values() for slot in of_race]
    assert outcomes.count("missed") <= len(outcomes) / 10
    assert_each_slot_is_accounted_for_once(folder)


async def test_polls_stay_on_time_and_once_it_is_read_again_it_says_how_much_was_dropped(
    source: ServedHere, tmp_path: Path
) -> None:
    async with unread(source, tmp_path) as daemon:
        await daemon.has_logged_and_polled(MORE_THAN_WAITS)
        read: list[str] = []
        reading = threading.Thread(target=lambda: read.extend(lines_of(daemon.reader)))
        reading.start()
        await until(lambda: any("log lines were dropped" in line for line in read))
        daemon.process.terminate()
        async with asyncio.timeout(MOST_SECONDS):
            assert await daemon.process.wait() == 0
        reading.join()
        logged = daemon.logged
    assert_on_time(tmp_path / "data")
    told = [int(found[1]) for line in read if (found := re.match(r"(\d+) log lines were dropped", line))]
    numbers = [int(line["message"].split()[1]) for line in map(as_json, read) if line.get("logger") == "chatty"]
    assert numbers == sorted(set(numbers))
    lacking = numbers[-1] - numbers[0] + 1 - len(numbers)
    # Lines of the daemon's own may be among those dropped; those of the library are nearly all.
    assert 0 < lacking <= sum(told) <= lacking + logged // LINES_AT_ONCE + 1000


def as_json(line: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(line) if line.startswith("{") else {}
    return found


async def test_a_daemon_whose_log_nobody_reads_still_ends_well_and_in_time(source: ServedHere, tmp_path: Path) -> None:
    async with unread(source, tmp_path) as daemon:
        await daemon.has_logged_and_polled(MORE_THAN_A_PIPE_HOLDS)
        daemon.process.terminate()
        async with asyncio.timeout(GRACE_SECONDS + 10):
            assert await daemon.process.wait() == 0
    assert_on_time(tmp_path / "data")
    assert rows(tmp_path / "data" / "ops.db", "SELECT ended_at IS NOT NULL FROM lives") == [(1,)]
