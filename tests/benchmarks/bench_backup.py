"""A backup of a large file beside forty races in their last five minutes: what it takes, and what the polls notice."""

import asyncio
import os
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pytest

from tests.benchmarks.polling_run import run_daemon
from tests.conftest import raceday
from tests.copied_folders import filled
from tests.workbench import rows

ROWS = int(os.environ.get("RACEDAY_BENCH_ROWS", "2000000"))
RACES = 40


@dataclass(frozen=True)
class Beside:
    """A backup that was taken while races were polled: since when and for how long, and the most that the log grew."""

    since: float
    seconds: float
    size_mb: float
    log_mb: float


def fill(folder: Path) -> None:
    """Make a store as large as that of a long season."""
    filled(folder)
    with closing(sqlite3.connect(folder / "raceday.db")) as store, store:
        row = "INSERT INTO odds_history VALUES (?, ?, ?, 'race-1', 'fixed_win', ?, ?, ?)"
        runner = "0f57e087-f4d4-5cf6-be1d-6d1b1e9a9a3"
        values = (
            (os.urandom(18).hex(), f"{runner}{number % 10}", f"{runner}{number % 10}", number % 97 / 4, at(number), 60)
            for number in range(ROWS)
        )
        store.executemany(row, values)


def at(number: int) -> str:
    return f"2025-07-17T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"


async def backed_up(folder: Path, after_seconds: float) -> Beside:
    await asyncio.sleep(after_seconds)
    log, began, largest = folder / "data" / "raceday.db-wal", time.time(), 0
    backup = asyncio.create_task(
        raceday("backup", str(folder / "b.tar.gz"), "--json", RACEDAY_DATA_DIR=str(folder / "data"))
    )
    while not backup.done():
        largest = max(largest, log.stat().st_size)
        await asyncio.sleep(0.1)
    ended = await backup
    assert ended.status == 0, ended.err
    size = sum(one["bytes"] for one in ended.answer["files"].values())
    return Beside(began, time.time() - began, size / 1e6, largest / 1e6)


def noticed(folder: Path, since: float, until: float) -> str:
    slots = rows(
        folder / "data" / "ops.db",
        "SELECT (julianday(began_at) - julianday(due_at)) * 86400000, commit_ms, outcome FROM polls"
        " WHERE due_at >= strftime('%Y-%m-%dT%H:%M:%S.000Z', ?, 'unixepoch')"
        " AND due_at < strftime('%Y-%m-%dT%H:%M:%S.000Z', ?, 'unixepoch')",
        since,
        until,
    )
    late, commits = [row[0] for row in slots], [row[1] for row in slots if row[1] is not None]
    missed = sum(row[2] == "missed" for row in slots)
    return (
        f"{len(slots)} slots, {missed} missed, late ms: median {median(late):.0f}, worst {max(late):.0f};"
        f" commit ms: median {median(commits):.1f}, worst {max(commits):.1f}"
    )


async def test_polls_beside_a_backup(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await asyncio.to_thread(fill, tmp_path / "data")
    begin = time.time() // 60 * 60 + 60
    starts = [begin + 200 + place * 60 / RACES for place in range(RACES)]
    running = run_daemon(tmp_path, starts, until=begin + 120, warm_up_until=begin)
    ran, backup = await asyncio.gather(running, backed_up(tmp_path, begin + 60 - time.time()))
    until = backup.since + backup.seconds
    with capsys.disabled():
        print(f"\nbackup of {backup.size_mb:.0f} MB in {backup.seconds:.1f} s, log {backup.log_mb:.1f} MB")  # noqa: T201
        print(f"meanwhile: {noticed(tmp_path, backup.since, until)}")  # noqa: T201
        print(f"before:    {noticed(tmp_path, begin, backup.since)}")  # noqa: T201
    assert ran.missed == 0
