"""The command as a process beside the test, on a machine with less than it needs if need be; it is gone at the end."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress
from datetime import date
from pathlib import Path
from typing import Any, Final

from tests.conftest import Ended
from tests.fakes.recorded_source import RecordedSource
from tests.recordings import DAY
from tests.workbench import named_rows, open_house, rows

Process = asyncio.subprocess.Process
Facts = dict[str, list[dict[str, Any]]]

PYTHON: Final = (sys.executable,)
MOST_SECONDS: Final = 40.0

_WRITING_TIMES = {"lastUpdated", "importedAt", "lastPollTime", "pollingTimestamp"}
_SET_LIMIT = """import os, resource, sys
resource.setrlimit(getattr(resource, sys.argv[1]), (int(sys.argv[2]),) * 2)
os.execv(sys.executable, [sys.executable, *sys.argv[3:]])"""


def limited(limit: str, amount: int) -> tuple[str, ...]:
    """Give a Python whose process may have only so much of something (RLIMIT_...)."""
    return (*PYTHON, "-c", _SET_LIMIT, limit, str(amount))


@asynccontextmanager
async def running(
    job: str,
    source: RecordedSource,
    folder: Path,
    *,
    python: tuple[str, ...] = PYTHON,
    out: int = asyncio.subprocess.PIPE,
    **environment: str,
) -> AsyncIterator[Process]:
    """Run `run-once` on a data folder, without delay between calls."""
    # What measures coverage would meet the fault too, or be killed while it writes; and so would .pyc files.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    ours = {
        "NZTAB_API_BASE_URL": source.url,
        "NZTAB_DELAY_SECONDS": "0",
        "NZTAB_FROM": "tests@example.org",
        "PYTHONDONTWRITEBYTECODE": "1",
        "RACEDAY_DATA_DIR": str(folder),
    }
    process = await asyncio.create_subprocess_exec(
        *python,
        *("-m", "raceday_daemon", "run-once", job, "--date", DAY, "--json"),
        stdout=out,
        stderr=asyncio.subprocess.PIPE,
        env=surroundings | ours | environment,
    )
    try:
        yield process
    finally:
        kill(process)
        await process.communicate()


def kill(process: Process) -> None:
    """Send SIGKILL to a process that still runs."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to come true that nothing tells of."""
    async with asyncio.timeout(MOST_SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def stop_between_transactions(process: Process, store: Path) -> None:
    """Send SIGSTOP to a process while it holds no lock of the store; in a transaction it would keep out everybody."""
    looked_for = os.WSTOPPED | os.WNOHANG | os.WNOWAIT
    with closing(sqlite3.connect(store, timeout=MOST_SECONDS, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        process.send_signal(signal.SIGSTOP)
        await until(lambda: os.waitid(os.P_PID, process.pid, looked_for) is not None)
        lock.rollback()


async def end_of(process: Process) -> Ended:
    """Wait for a process to end, and give what it said."""
    async with asyncio.timeout(MOST_SECONDS):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, (out or b"").decode(), err.decode())


async def run_once(
    job: str,
    source: RecordedSource,
    folder: Path,
    *,
    python: tuple[str, ...] = PYTHON,
    out: int = asyncio.subprocess.PIPE,
    **environment: str,
) -> Ended:
    """Run `run-once` to its end."""
    async with running(job, source, folder, python=python, out=out, **environment) as process:
        return await end_of(process)


def facts(folder: Path) -> Facts:
    """Read every table of a data folder's store but the leases, without the times of writing."""
    store = folder / "raceday.db"
    tables = rows(store, "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'leases'")
    return {
        name: [
            {column: value for column, value in row.items() if column not in _WRITING_TIMES}
            for row in named_rows(store, f'SELECT * FROM "{name}" ORDER BY 1, 2')
        ]
        for (name,) in tables
    }


async def assert_day_is_made_whole(source: RecordedSource, folder: Path, whole_day: Facts, **options: Any) -> None:
    """Run `all` once more: it ends well, both files are sound, and the store holds the whole day."""
    ended = await run_once("all", source, folder, **options)
    assert ended.status == 0, ended.err
    assert (ended.answer["status"], ended.answer["errors"]) == ("ok", [])
    assert_files_are_sound(folder)
    assert facts(folder) == whole_day


def assert_files_are_sound(folder: Path) -> None:
    """Let SQLite look through the files that are there."""
    for file in folder.glob("*.db"):
        assert rows(file, "PRAGMA integrity_check") == [("ok",)], file


async def clean_day(source: RecordedSource, folder: Path) -> Facts:
    """Run `all` within the test, on a new folder; give what the whole day is."""
    async with open_house(folder, source.url) as house:
        runs = await house.runner().run("all", date.fromisoformat(DAY))
    assert [run.status for run in runs] == ["ok"] * 4
    source.requests.clear()
    return facts(folder)
